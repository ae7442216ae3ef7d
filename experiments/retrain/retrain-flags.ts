import { existsSync, readFileSync } from 'node:fs';
import { addOptionFlags, type JobFlags, jobCommand, parseJobFlags } from '../../src/command/job-flags.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { OptionsError, parseOptions } from '../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { type RetrainingOptionsInput, retrainingOptionsSchema } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from '../../src/retrain/presets.ts';
import { type Genotype, genotypeSchema } from '../../src/space/genotype.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../src/space/published-genotypes.ts';
import { groupOfOption, STAND_IN } from '../cifar10/search-flags.ts';

/** Command line of a retraining. */
export interface RetrainCommandLine extends JobFlags<RetrainingPresetName> {
  /** Name, file or text; null if a run is resumed, which has a genotype. */
  readonly genotype: string | null;
  readonly options: Omit<RetrainingOptionsInput, 'genotype'>;
}

const EXAMPLES = [
  ['--genotype DARTS_V2 --preset quick', 'train a published genotype'],
  ['--genotype runs/RUN/genotype.json --preset paper', 'train what a search found, at the sizes of the paper'],
] as const;

/**
 * Reads the command line of a retraining.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown option, a value that is not a number when one is needed, or a missing genotype
 */
export function readRetrainCommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): RetrainCommandLine | null {
  const description = 'Trains the network of a genotype from scratch, tests it, and leaves a run folder.';
  const command = jobCommand(io, description, RETRAINING_PRESET_NAMES, EXAMPLES);
  command.option(
    '--genotype <genotype>',
    'name of a published genotype, text as the PyTorch repositories print it, or a file',
  );
  const { genotype: _, ...shape } = retrainingOptionsSchema.shape;
  const defaults = resolveRetrainingOptions({ genotype: STAND_IN }, 'quick');
  addOptionFlags(command, shape, defaults, (name) => groupOfOption(name, 'Training:'));
  const parsed = parseJobFlags<RetrainingPresetName>(command, argv, io);
  if (parsed === null) return null;
  const { genotype, ...options } = parsed.others as { genotype?: string } & RetrainCommandLine['options'];
  if (genotype === undefined && parsed.flags.resume === undefined) {
    throw new OptionsError('--genotype must be given: the name of a published genotype, text, or a file');
  }
  return { ...parsed.flags, genotype: genotype ?? null, options };
}

/**
 * Finds the genotype that the user means.
 *
 * @param meant name of a published one; text as the PyTorch repositories print it; or a file that holds such text, or
 *   what a run leaves as genotype.json
 * @throws OptionsError if it is none of these
 * @throws GenotypeError if text breaks the syntax or a rule
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
    const { code } = cause as NodeJS.ErrnoException;
    const what = `${JSON.stringify(path)} is neither a published genotype nor a file that can be read (${code})`;
    throw new OptionsError(`${what}; published are ${names}`, { cause });
  }
}

/** Reads a genotype as data, alone or among the results of a search. */
function readJson(text: string): Genotype {
  let data: { readonly genotype?: unknown };
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new OptionsError((cause as Error).message, { cause });
  }
  return parseOptions(genotypeSchema, data.genotype ?? data);
}
