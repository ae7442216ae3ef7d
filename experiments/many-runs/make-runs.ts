import type { PausedEvent, RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import { describeDuration } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { JobWords } from '../../src/command/progress.ts';
import type { LaneRequest } from './choose-lanes.ts';
import { type PlannedRuns, prepareRuns } from './prepare-runs.ts';
import { type Pause, runInLanes } from './run-in-lanes.ts';
import type { RunSurroundings } from './run-part.ts';
import { type PartState, type Phase, RunClock, type RunWork, WorkLeft } from './work-left.ts';

/** No words: the experiment has lines of its own beside the bar of a run. */
const NO_WORDS: JobWords<unknown, unknown> = { started: () => [], epoch: () => '', done: () => [] };

/** Runs of an experiment, and how a person and the experiment's files learn of them. */
export interface RunSet<Task extends object, Run extends object> extends PlannedRuns {
  /** Name of the experiment, and the sizes it was planned with. */
  readonly title: string;
  readonly preset: string;
  /** Parts of a run, in words. */
  readonly parts: string;
  /** In the order in which they begin. */
  readonly tasks: readonly Task[];
  /** Folder of a run, below that of the experiment. */
  folderOf(task: Task): string;
  describeTask(task: Task): string;
  describeOutcome(run: Run): string;
  /** Makes one run, or the part of it that is missing. */
  make(task: Task, surroundings: RunSurroundings): Promise<Run | PausedEvent>;
  /** Hears of every run that was made here, with all that are done, in the order of the tasks. */
  onRun(done: readonly Run[]): void;
}

/**
 * Makes the runs of an experiment, or those parts that are missing, and shows the progress: one bar for the whole, and
 * one for the run if there is only one at a time.
 *
 * @param path folder of the experiment
 * @returns all runs, in the order of the tasks; or where they were paused
 */
export async function makeRuns<Task extends object, Run extends object>(
  path: string,
  set: RunSet<Task, Run>,
  request: LaneRequest,
  { data, signal, display, tell }: JobTools,
): Promise<readonly Run[] | Pause> {
  const { tasks, title, preset, parts } = set;
  const { lanes, overrides, works, on, seconds } = prepareRuns(set, request, data);
  tell({ event: 'planned', preset, runs: tasks.length, parallel: lanes, expectedSeconds: seconds }, () => {
    const time = seconds === null ? 'an unknown time' : `about ${describeDuration(seconds)} ${on}`;
    const each = lanes === 1 ? time : `${time} each`;
    display.line(`${title.padEnd(9)}  ${preset}: ${tasks.length} ${parts}, ${lanes} at a time; in all ${each}`);
  });

  const left = new WorkLeft(works, lanes);
  const runs: (Run | undefined)[] = tasks.map(() => undefined);
  const done = (): Run[] => runs.filter((run) => run !== undefined);
  const timeLeft = (): string => `about ${describeDuration(left.seconds)} left`;
  const showWhole = (): void => {
    display.whole(left.epochsDone, left.epochs, `epochs, ${done().length}/${tasks.length} runs, ${timeLeft()}`);
  };

  const makeRun = async (task: Task, index: number, signal: AbortSignal): Promise<PausedEvent | null> => {
    const place = `${index + 1}/${tasks.length}`.padEnd(9);
    const clock = new RunClock(left, works[index] as RunWork);
    const around: RunSurroundings['around'] = async (phase, state: PartState, work) => {
      if (state !== 'done' && !clock.ticked) {
        tell({ event: 'begin', ...task }, () => display.line(`${place}  ${set.describeTask(task)}`));
      }
      return await clock.around(phase, state, work);
    };
    const onEvent = (phase: Phase, event: SearchEvent | RetrainingEvent): void => {
      clock.hear(phase, event);
      tell({ folder: set.folderOf(task), phase, ...event }, () => {
        if (event.event === 'epoch') showWhole();
        else if (lanes === 1 || ['warning', 'recovered'].includes(event.event)) {
          display.show(event as SearchEvent, NO_WORDS);
        }
      });
    };
    const run = await set.make(task, { path, overrides, data, signal, onEvent, around });
    if (isPaused(run)) return run;
    clock.stop();
    runs[index] = run;
    if (!clock.ticked) return null; // made before
    set.onRun(done());
    tell({ event: 'run', ...run, secondsLeft: left.seconds }, () => {
      const remaining = done().length === tasks.length ? '' : `; ${timeLeft()}`;
      display.line(`${place}  ${set.describeOutcome(run)}${remaining}`);
      showWhole();
    });
    return null;
  };
  return (await runInLanes(tasks, lanes, signal, makeRun)) ?? done();
}

function isPaused(run: object): run is PausedEvent {
  return 'event' in run && run.event === 'paused';
}
