import { availableParallelism } from 'node:os';
import { counted, describeDuration } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import { chooseLanes, type LaneRequest, type Lanes } from './choose-lanes.ts';
import type { Estimate } from './estimate-runs.ts';
import type { PlannedRuns } from './planned-runs.ts';
import type { RunOverrides } from './run-part.ts';
import { WorkLeft } from './work-left.ts';

/** How the runs are made, and the work of each in the order of the tasks. */
export interface PreparedRuns extends Lanes, Pick<Estimate, 'works'> {}

/**
 * Chooses how many runs are made at the same time, and tells how long they take together on the CPU engine of this
 * machine.
 */
export function prepareRuns(
  { title, preset, parts, engine, threads: planned, estimate: estimateOn }: PlannedRuns,
  request: LaneRequest,
  { data, display, tell }: Pick<JobTools, 'data' | 'display' | 'tell'>,
): PreparedRuns {
  const estimate = (overrides: RunOverrides, threads: number): Estimate => {
    return estimateOn(data.test.count, overrides, { engine: 'cpu', backend: 'native', threads });
  };
  const { memoryBytes, works: tasks } = estimate({}, 1);
  const chosen = chooseLanes(request, { engine, threads: planned, memoryBytes }, tasks.length);
  const { lanes, overrides } = chosen;
  const threads = (overrides.threads ?? planned) || availableParallelism();
  const { works } = estimate(overrides, threads);
  const seconds = engine === 'tfjs' || engine === 'webgpu' ? null : new WorkLeft(works, lanes).seconds;
  tell({ event: 'planned', preset, runs: works.length, parallel: lanes, expectedSeconds: seconds }, () => {
    const on = `on ${counted(threads, 'thread')} of the CPU engine${lanes === 1 ? '' : ' each'}`;
    const time = seconds === null ? 'an unknown time' : `about ${describeDuration(seconds)} ${on}`;
    display.line(`${title.padEnd(9)}  ${preset}: ${works.length} ${parts}, ${lanes} at a time; in all ${time}`);
  });
  return { ...chosen, works };
}
