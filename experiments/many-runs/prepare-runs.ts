import { availableParallelism } from 'node:os';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { chooseLanes, type LaneRequest, type Lanes, type PlannedRun } from './choose-lanes.ts';
import type { RunOverrides } from './run-part.ts';
import { type RunWork, WorkLeft } from './work-left.ts';

/** Options of the runs that an experiment plans. */
export interface PlannedRuns extends Pick<PlannedRun, 'engine' | 'threads'> {
  /** Options of every search, in the order of the tasks. */
  searches(overrides: RunOverrides): readonly SearchOptions[];
  /** Options of a retraining, with cells that stand in for those to be found; null if nothing is retrained. */
  retraining(overrides: RunOverrides): RetrainingOptions | null;
}

/** How the runs are made, and what that takes. */
export interface PreparedRuns extends Lanes {
  /** Work of every run, in the order of the tasks. */
  readonly works: readonly RunWork[];
  /** Estimated seconds of the experiment; null if another engine than that for CPUs was asked for. */
  readonly seconds: number | null;
  /** What the seconds hold for. */
  readonly on: string;
}

/** Chooses how many runs are made at the same time, and estimates their work on the CPU engine of this machine. */
export function prepareRuns(
  { engine, threads, searches, retraining }: PlannedRuns,
  request: LaneRequest,
  { test }: Pick<Cifar10, 'test'>,
): PreparedRuns {
  const estimate = (overrides: RunOverrides): Estimate => {
    return estimateRuns(searches(overrides), retraining(overrides), test.count);
  };
  const { memoryBytes, works: tasks } = estimate({});
  const lanes = chooseLanes(request, { engine, threads, memoryBytes }, tasks.length);
  const { works, on } = estimate(lanes.overrides);
  const { seconds } = new WorkLeft(works, lanes.lanes);
  return { ...lanes, works, on, seconds: engine === 'tfjs' ? null : seconds };
}

interface Estimate extends Pick<PreparedRuns, 'works' | 'on'> {
  /** Memory of the largest network. */
  readonly memoryBytes: number;
}

function estimateRuns(
  searches: readonly SearchOptions[],
  retraining: RetrainingOptions | null,
  testPictures: number,
): Estimate {
  const { threads: asked = 0 } = searches[0] ?? {};
  const threads = asked === 0 ? availableParallelism() : asked;
  const cpu = { engine: 'cpu', backend: 'native', threads } as const;
  const retrained = retraining === null ? null : estimateRetraining(retraining, testPictures, cpu);
  const estimates = searches.map((options) => estimateSearch(options, setUpSearch(options), cpu));
  const retrainingWork = {
    seconds: retrained === null ? 0 : known(retrained.seconds),
    epochs: retraining?.epochs ?? 0,
  };
  return {
    works: estimates.map(({ seconds }, i) => ({
      search: { seconds: known(seconds), epochs: searches[i]?.epochs ?? 0 },
      retraining: retrainingWork,
    })),
    memoryBytes: Math.max(retrained?.memoryBytes ?? 0, ...estimates.map(({ memoryBytes }) => memoryBytes)),
    on: `on ${threads} ${threads === 1 ? 'thread' : 'threads'} of the CPU engine`,
  };
}

/** @throws Error if the time is not known; that of the CPU engine's native kernels is */
function known(seconds: number | null): number {
  if (seconds === null) throw new Error('the speed of the CPU engine is not known');
  return seconds;
}
