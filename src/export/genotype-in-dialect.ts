import { isDeepStrictEqual } from 'node:util';
import type { Genotype } from '../space/genotype.ts';
import { GenotypeError } from '../space/genotype-syntax.ts';
import { type GenotypeDialect, readGenotype, writeGenotype } from '../space/genotype-text.ts';

/** A genotype as text, and the dialect of the text. */
export interface GenotypeInDialect {
  readonly text: string;
  readonly dialect: GenotypeDialect;
}

/**
 * Writes a genotype as text that is read as the same genotype, entry by entry.
 *
 * @param dialect dialect of the text. @default pairs, or triples if pairs cannot say it
 * @throws GenotypeError if the dialect asked for cannot say it
 */
export function genotypeInDialect(genotype: Genotype, dialect?: GenotypeDialect): GenotypeInDialect {
  if (dialect === undefined) {
    try {
      return genotypeInDialect(genotype, 'pairs');
    } catch (error) {
      if (!(error instanceof GenotypeError)) throw error;
      return genotypeInDialect(genotype, 'triples');
    }
  }
  const text = writeGenotype(genotype, dialect);
  if (!isDeepStrictEqual(readGenotype(text), genotype)) {
    throw new GenotypeError(`${dialect} say the entries in another order, which the network's weights depend on`);
  }
  return { text, dialect };
}
