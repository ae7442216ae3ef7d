import { availableParallelism } from 'node:os';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import type { RunWork } from '../many-runs/work-left.ts';
import { listTasks, retrainingOptionsOf, searchOptionsOf, type Table1Plan } from './table1-plan.ts';

/** Needs of Table 1 on the CPU engine of this machine. */
export interface Table1Estimate {
  /** Work of the runs, in the order of `listTasks`. */
  readonly works: readonly RunWork[];
  /** Bytes that the largest network takes. */
  readonly memoryBytes: number;
  /** What the seconds hold for; null if another engine was asked for: they then only serve to compare runs. */
  readonly on: string | null;
}

/**
 * Estimates the runs of Table 1. The cells of a published genotype stand in for those of a retraining, which are not
 * known beforehand.
 */
export function estimateTable1(
  plan: Table1Plan,
  overrides: RunOverrides,
  { test }: Pick<Cifar10, 'test'>,
): Table1Estimate {
  const trained = retrainingOptionsOf(plan, STAND_IN, 0, overrides);
  const threads = trained.threads === 0 ? availableParallelism() : trained.threads;
  const cpu = { engine: 'cpu', backend: 'native', threads } as const;
  const retraining = estimateRetraining(trained, test.count, cpu);
  const searches = listTasks(plan).map((task) => {
    const options = searchOptionsOf(plan, task, overrides);
    return { ...estimateSearch(options, setUpSearch(options), cpu), epochs: options.epochs };
  });
  return {
    works: searches.map(({ seconds, epochs }) => ({
      search: { seconds: known(seconds), epochs },
      retraining: { seconds: known(retraining.seconds), epochs: trained.epochs },
    })),
    memoryBytes: Math.max(...[retraining, ...searches].map(({ memoryBytes }) => memoryBytes)),
    on: trained.engine === 'tfjs' ? null : `on ${threads} threads of the CPU engine`,
  };
}

/** @throws Error if the time is not known; that of the CPU engine's native kernels is */
function known(seconds: number | null): number {
  if (seconds === null) throw new Error('the speed of the CPU engine is not known');
  return seconds;
}
