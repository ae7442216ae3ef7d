import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../../src/math/random.ts';
import { Box } from './boxes.ts';
import { resultsOf, type WorkFacts, workFacts } from './tables.ts';

/** How every process makes its runs. */
export const HOW = ['--threads', '1', '--json'];

/** Surroundings of the checks. */
export interface Checks {
  /** A folder for their files, and one with pictures. */
  readonly folder: string;
  readonly data: string;
  readonly random: Random;
  tell(line: string): void;
}

/** @throws Error that says what is not as it must be */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Makes a table by one process, without disturbance. @param table flags that say which */
export async function makeAlone({ folder, data }: Checks, name: string, table: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const argv = ['experiments/table1.ts', ...table, ...HOW, '--parallel', '1', '--data', data, '--out', path];
  const { code, stderr } = await new Box('box-0', argv).ended;
  must(code === 0, `the undisturbed table ended with ${code}: ${stderr}`);
  return path;
}

/** Compares a table with the undisturbed one. @returns what the records say */
export async function compare({ tell }: Checks, alone: string, path: string): Promise<WorkFacts> {
  const collected = await new Box('box-0', ['experiments/table1.ts', '--collect', path, '--json']).ended;
  must(collected.code === 0, `collecting ended with ${collected.code}: ${collected.stderr}`);
  must(isDeepStrictEqual(resultsOf(path), resultsOf(alone)), `${path} differs from ${alone}`);
  const facts = workFacts(path);
  must(facts.twice === 0, `${facts.twice} steps or epochs stand twice in ${path}`);
  tell(`  the table equals that of one process; ${facts.attempts} attempts, ${facts.deaths} killed, nothing twice`);
  return facts;
}

/** Seconds since a time of the process's clock, or between two. */
export function seconds(start: number, end = performance.now()): string {
  return ((end - start) / 1000).toFixed(2);
}
