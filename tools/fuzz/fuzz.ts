import { join } from 'node:path';
import { Random } from '../../src/math/random.ts';
import { fuzzJobOptions, fuzzOptimizerOptions, fuzzOptimizerState, fuzzStudyState } from './option-values.ts';
import { fuzzResume, fuzzRunFolder, type RunCorpus } from './run-folders.ts';
import { fuzzBytes, fuzzDataFolder, fuzzGenotype, fuzzLogs, fuzzTable } from './texts.ts';

/** What cases need. */
export interface FuzzPlace {
  /** Folder that cases write into. */
  readonly folder: string;
  readonly runs: RunCorpus;
}

type Target = (random: Random, place: FuzzPlace) => Promise<string | null> | string | null;

/** What is fuzzed, by name. A target returns what is wrong; null if the case was read, or refused by one sentence. */
const TARGETS = {
  'run-folder': (random, { runs, folder }) => fuzzRunFolder(runs, random, join(folder, 'copy')),
  'job-options': fuzzJobOptions,
  'optimizer-options': fuzzOptimizerOptions,
  'optimizer-state': fuzzOptimizerState,
  'study-state': fuzzStudyState,
  genotype: (random, { folder }) => fuzzGenotype(random, join(folder, 'genotype.txt')),
  table: (random, { folder }) => fuzzTable(random, join(folder, 'table.jsonl')),
  bytes: fuzzBytes,
  logs: (random, { folder }) => fuzzLogs(random, join(folder, 'log')),
  'data-folder': (random, { folder }) => fuzzDataFolder(random, join(folder, 'pictures')),
  resume: (random, { runs, folder }) => fuzzResume(runs, random, join(folder, 'copy')),
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;
export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];

/** Runs one case of a target. The same seed and number give the same case. */
export async function runCase(
  name: TargetName,
  seed: number,
  number: number,
  place: FuzzPlace,
): Promise<string | null> {
  try {
    return await TARGETS[name](Random.fromSeed(seed, `${name} ${number}`), place);
  } catch (error) {
    return `it was not caught: ${error instanceof Error ? error.stack : String(error)}`;
  }
}
