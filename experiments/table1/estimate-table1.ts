import { availableParallelism } from 'node:os';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { STAND_IN } from '../cifar10/flags.ts';
import {
  listTasks,
  retrainingOptionsOf,
  searchOptionsOf,
  type Table1Overrides,
  type Table1Plan,
} from './table1-plan.ts';
import type { PhaseSeconds } from './time-left.ts';

/**
 * Estimates the runs of Table 1 on this machine's CPU. For a retraining, whose cells are not known beforehand, those of
 * a published genotype stand in.
 *
 * @returns `runs` in the order of `listTasks`; `on` says what they hold for, null where another engine is asked for:
 *   they are then good for comparing runs only
 */
export function estimateTable1(
  plan: Table1Plan,
  overrides: Table1Overrides,
  { test }: Pick<Cifar10, 'test'>,
): { readonly runs: readonly PhaseSeconds[]; readonly on: string | null } {
  const { engine, threads: asked } = retrainingOptionsOf(plan, STAND_IN, 0, overrides);
  const threads = asked === 0 ? availableParallelism() : asked;
  const cpu = { engine: 'cpu', backend: 'native', threads } as const;
  const retraining = estimateRetraining(retrainingOptionsOf(plan, STAND_IN, 0, overrides), test.count, cpu);
  const runs = listTasks(plan).map((task) => {
    const options = searchOptionsOf(plan, task, overrides);
    const search = estimateSearch(options, setUpSearch(options), cpu);
    // Of this engine the speed is known.
    return { search: search.seconds as number, retraining: retraining.seconds as number };
  });
  return { runs, on: engine === 'tfjs' ? null : `on ${threads} threads of the CPU engine` };
}
