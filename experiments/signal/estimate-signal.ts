import { availableParallelism } from 'node:os';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { speedOf } from '../../src/engine/estimate.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import type { RunWork } from '../many-runs/work-left.ts';
import type { RandomCell } from './random-cells.ts';
import { retrainingOptionsOf, type SignalPlan, searchOptionsOf } from './signal-plan.ts';
import type { SignalTask } from './signal-task.ts';
import { VIEWS } from './supernet-view.ts';

/** Needs of the experiment on the CPU engine of this machine. */
export interface SignalEstimate {
  /** Work of the runs, in the order of the tasks. */
  readonly works: readonly RunWork[];
  /** Bytes that the largest network takes. */
  readonly memoryBytes: number;
  /** What the seconds hold for; null if another engine was asked for: they then only serve to compare runs. */
  readonly on: string | null;
}

const NONE = { seconds: 0, epochs: 0 };

/** Estimates the runs of the experiment. */
export function estimateSignal(
  plan: SignalPlan,
  tasks: readonly SignalTask[],
  cells: readonly RandomCell[],
  overrides: RunOverrides,
  { test }: Pick<Cifar10, 'test'>,
): SignalEstimate {
  const [{ genotype }] = cells as readonly [RandomCell];
  const { engine, threads: asked } = retrainingOptionsOf(plan, genotype, 0, overrides);
  const threads = asked === 0 ? availableParallelism() : asked;
  const cpu = { engine: 'cpu', backend: 'native', threads } as const;
  const speed = speedOf(cpu)?.macs ?? Number.NaN;
  const needs = tasks.map((task) => {
    if (task.kind === 'cell') {
      const options = retrainingOptionsOf(plan, (cells[task.index] as RandomCell).genotype, task.seed, overrides);
      const { seconds, memoryBytes } = estimateRetraining(options, test.count, cpu);
      return { memoryBytes, work: { search: NONE, retraining: { seconds: known(seconds), epochs: options.epochs } } };
    }
    const options = searchOptionsOf(plan, task, overrides);
    const { seconds, memoryBytes, macs } = estimateSearch(options, setUpSearch(options), cpu);
    const pictures = plan.ages.length * VIEWS.length * cells.length * plan.miniBatches * options.batch;
    const search = { seconds: known(seconds) + (pictures * macs) / speed, epochs: options.epochs };
    return { memoryBytes, work: { search, retraining: NONE } };
  });
  return {
    works: needs.map(({ work }) => work),
    memoryBytes: Math.max(...needs.map(({ memoryBytes }) => memoryBytes)),
    on: engine === 'tfjs' ? null : `on ${threads} ${threads === 1 ? 'thread' : 'threads'} of the CPU engine`,
  };
}

/** @throws Error if the time is not known; that of the CPU engine's native kernels is */
function known(seconds: number | null): number {
  if (seconds === null) throw new Error('the speed of the CPU engine is not known');
  return seconds;
}
