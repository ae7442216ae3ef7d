import { isDeepStrictEqual } from 'node:util';
import type { Genotype } from '../../src/space/genotype.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { type GenotypeDialect, readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';

/**
 * A genotype as text that is read as the same genotype, entry by entry: in pairs where they can say it, else in triples.
 *
 * @param dialect the only one to take. @default whichever can
 * @throws GenotypeError where the dialect asked for cannot say it
 */
export function genotypeText(genotype: Genotype, dialect?: GenotypeDialect): string {
  if (dialect === undefined) {
    try {
      return genotypeText(genotype, 'pairs');
    } catch (error) {
      if (!(error instanceof GenotypeError)) throw error;
      return genotypeText(genotype, 'triples');
    }
  }
  const text = writeGenotype(genotype, dialect);
  if (!isDeepStrictEqual(readGenotype(text), genotype)) {
    throw new GenotypeError(`${dialect} say the entries in another order, which the network's weights depend on`);
  }
  return text;
}
