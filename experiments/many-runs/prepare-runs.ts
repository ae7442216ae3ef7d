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

/** Runs of an experiment, in words. */
interface NamedRuns extends Pick<PlannedRun, 'engine' | 'threads'> {
  /** Name of the experiment. */
  readonly title: string;
  readonly preset: string;
  /** Parts of a run, or kinds of runs. */
  readonly parts: string;
}

/** Runs of an experiment that are about to be made: a search each, and the retraining of what it finds. */
export interface ComingRuns extends NamedRuns {
  /** Options of every search, in the order of the tasks. */
  searches(overrides: RunOverrides): readonly SearchOptions[];
  /** Options of a retraining, with cells that stand in for those to be found; null if nothing is retrained. */
  retraining(overrides: RunOverrides): RetrainingOptions | null;
}

/** How the runs are made, and the work of each in the order of the tasks. */
export interface PreparedRuns extends Lanes {
  readonly works: readonly RunWork[];
}

/** Runs of an experiment that estimates them itself. */
export interface EstimatedRuns extends NamedRuns {
  /** Estimates the runs on the CPU engine. */
  estimate(overrides: RunOverrides, cpu: EngineSpeed): Estimate;
}

/** Needs of the runs of an experiment. */
export interface Estimate extends Pick<PreparedRuns, 'works'> {
  /** Memory of the largest network. */
  readonly memoryBytes: number;
}

/**
 * Chooses how many runs are made at the same time, and tells how long they take together on the CPU engine of this
 * machine.
 */
export function prepareRuns(
  { searches, retraining, ...named }: ComingRuns,
  request: LaneRequest,
  tools: Pick<JobTools, 'data' | 'display' | 'tell'>,
): PreparedRuns {
  const estimate = (overrides: RunOverrides, cpu: EngineSpeed): Estimate => {
    return estimateRuns(searches(overrides), retraining(overrides), tools.data.test.count, cpu);
  };
  return prepareEstimatedRuns({ ...named, estimate }, request, tools);
}

/** Does what `prepareRuns` does for runs of several kinds. */
export function prepareEstimatedRuns(
  { title, preset, parts, engine, threads: planned, estimate: estimateOn }: EstimatedRuns,
  request: LaneRequest,
  { display, tell }: Pick<JobTools, 'display' | 'tell'>,
): PreparedRuns {
  const estimate = (overrides: RunOverrides, threads: number): Estimate => {
    return estimateOn(overrides, { engine: 'cpu', backend: 'native', threads });
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

/** Work of a phase that a run lacks. */
export const NO_WORK = { seconds: 0, epochs: 0 };

/** @throws Error if the time is not known; that of the CPU engine's native kernels is */
export function known(seconds: number | null): number {
  if (seconds === null) throw new Error('the speed of the CPU engine is not known');
  return seconds;
}
