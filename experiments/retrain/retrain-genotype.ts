import { existsSync, readFileSync } from 'node:fs';
import { OptionsError } from '../../src/options/options-error.ts';
import { parseOptions } from '../../src/options/parse-options.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { genotypeSchema } from '../../src/space/genotype.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../src/space/published-genotypes.ts';

/**
 * The genotype that somebody means.
 *
 * @param meant a published one's name; text as the PyTorch repositories print it; or a file that holds such text, or
 *   what a run leaves as genotype.json
 * @throws OptionsError where it is none of these
 * @throws GenotypeError where text breaks the syntax or a rule
 */
export function findGenotype(meant: string): Genotype {
  if (Object.hasOwn(PUBLISHED_GENOTYPES, meant)) return publishedGenotype(meant);
  // A file's name may hold a bracket too: `genotype (1).txt`.
  if (meant.includes('(') && !existsSync(meant)) return readGenotype(meant);
  const text = readText(meant);
  try {
    return text.trimStart().startsWith('{') ? readJson(text) : readGenotype(text);
  } catch (error) {
    if (!(error instanceof GenotypeError || error instanceof OptionsError)) throw error;
    throw new OptionsError(`${meant} holds no genotype: ${error.message}`, { cause: error });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const names = Object.keys(PUBLISHED_GENOTYPES).join(', ');
    const why = (cause as Error).message;
    throw new OptionsError(`genotype must be text, a file (${why}), or a published one: ${names}`, { cause });
  }
}

/** A genotype as data, alone or with what a search says of it. */
function readJson(text: string): Genotype {
  let data: { readonly genotype?: unknown };
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new OptionsError((cause as Error).message, { cause });
  }
  return parseOptions(genotypeSchema, data.genotype ?? data);
}
