import { availableParallelism } from 'node:os';
import { describeDuration } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { EngineSpeed } from '../../src/engine/estimate.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { chooseLanes, type LaneRequest, type Lanes, type PlannedRun } from './choose-lanes.ts';
import type { RunOverrides } from './run-part.ts';
import { type RunWork, WorkLeft } from './work-left.ts';

/** Runs of an experiment that are about to be made. */
export interface ComingRuns extends Pick<PlannedRun, 'engine' | 'threads'> {
  /** Name of the experiment. */
  readonly title: string;
  readonly preset: string;
  /** Parts of a run, in words. */
  readonly parts: string;
  /** Options of every search, in the order of the tasks. */
  searches(overrides: RunOverrides): readonly SearchOptions[];
  /** Options of a retraining, with cells that stand in for those to be found; null if nothing is retrained. */
  retraining(overrides: RunOverrides): RetrainingOptions | null;
}

/** How the runs are made, and the work of each in the order of the tasks. */
export interface PreparedRuns extends Lanes {
  readonly works: readonly RunWork[];
}

/**
 * Chooses how many runs are made at the same time, and tells how long they take together on the CPU engine of this
 * machine.
 */
export function prepareRuns(
  { title, preset, parts, engine, threads: planned, searches, retraining }: ComingRuns,
  request: LaneRequest,
  { data, display, tell }: Pick<JobTools, 'data' | 'display' | 'tell'>,
): PreparedRuns {
  const estimate = (overrides: RunOverrides, threads: number): Estimate => {
    const cpu = { engine: 'cpu', backend: 'native', threads } as const;
    return estimateRuns(searches(overrides), retraining(overrides), data.test.count, cpu);
  };
  const { memoryBytes, works: tasks } = estimate({}, 1);
  const chosen = chooseLanes(request, { engine, threads: planned, memoryBytes }, tasks.length);
  const { lanes, overrides } = chosen;
  const threads = (overrides.threads ?? planned) || availableParallelism();
  const { works } = estimate(overrides, threads);
  const seconds = engine === 'tfjs' ? null : new WorkLeft(works, lanes).seconds;
  tell({ event: 'planned', preset, runs: works.length, parallel: lanes, expectedSeconds: seconds }, () => {
    const on = `on ${threads} ${threads === 1 ? 'thread' : 'threads'} of the CPU engine${lanes === 1 ? '' : ' each'}`;
    const time = seconds === null ? 'an unknown time' : `about ${describeDuration(seconds)} ${on}`;
    display.line(`${title.padEnd(9)}  ${preset}: ${works.length} ${parts}, ${lanes} at a time; in all ${time}`);
  });
  return { ...chosen, works };
}

interface Estimate extends Pick<PreparedRuns, 'works'> {
  /** Memory of the largest network. */
  readonly memoryBytes: number;
}

function estimateRuns(
  searches: readonly SearchOptions[],
  retraining: RetrainingOptions | null,
  testPictures: number,
  cpu: EngineSpeed,
): Estimate {
  const trained = retraining === null ? null : estimateRetraining(retraining, testPictures, cpu);
  const retrainingWork =
    trained === null ? NO_WORK : { seconds: known(trained.seconds), epochs: retraining?.epochs ?? 0 };
  const searched = searches.map((options) => ({ options, ...estimateSearch(options, setUpSearch(options), cpu) }));
  return {
    works: searched.map(({ options: { epochs }, seconds }) => {
      return { search: { seconds: known(seconds), epochs }, retraining: retrainingWork };
    }),
    memoryBytes: Math.max(trained?.memoryBytes ?? 0, ...searched.map(({ memoryBytes }) => memoryBytes)),
  };
}

const NO_WORK = { seconds: 0, epochs: 0 };

/** @throws Error if the time is not known; that of the CPU engine's native kernels is */
function known(seconds: number | null): number {
  if (seconds === null) throw new Error('the speed of the CPU engine is not known');
  return seconds;
}
