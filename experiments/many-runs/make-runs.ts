import type { PausedEvent, RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import { describeDuration } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { JobWords } from '../../src/command/progress.ts';
import type { Lanes } from './choose-lanes.ts';
import { type Pause, runInLanes } from './run-in-lanes.ts';
import type { RunSurroundings } from './run-part.ts';
import { type PartPlace, type PartState, type Phase, RunClock, type RunWork, WorkLeft } from './work-left.ts';

/** No words: the experiment has lines of its own beside the bar of a run. */
const NO_WORDS: JobWords<unknown, unknown> = { started: () => [], epoch: () => '', done: () => [] };

/** Runs of an experiment, and how a person and the experiment's files learn of them. */
export interface RunSet<Task extends object, Run extends object> extends Lanes {
  /** Folder of the experiment. */
  readonly path: string;
  /** In the order in which they begin. */
  readonly tasks: readonly Task[];
  /** Work of every run, in the order of the tasks. */
  readonly works: readonly RunWork[];
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
 * @returns all runs, in the order of the tasks; or where they were paused
 */
export async function makeRuns<Task extends object, Run extends object>(
  set: RunSet<Task, Run>,
  { data, signal, otherEngine, display, tell }: JobTools,
): Promise<readonly Run[] | Pause> {
  const { tasks, works, lanes, path, overrides } = set;
  const left = new WorkLeft(works, lanes);
  const runs: (Run | undefined)[] = tasks.map(() => undefined);
  const done = (): Run[] => runs.filter((run) => run !== undefined);
  const showWhole = (): void => {
    const runs = `${done().length}/${tasks.length} runs`;
    display.whole(left.epochsDone, left.epochs, ['epochs', runs, `about ${describeDuration(left.seconds)} left`]);
  };

  const makeRun = async (task: Task, index: number, signal: AbortSignal): Promise<PausedEvent | null> => {
    const place = `${index + 1}/${tasks.length}`.padEnd(9);
    const clock = new RunClock(left, works[index] as RunWork);
    const around = async <T extends { readonly event: string }>(
      phase: Phase,
      state: PartState,
      work: () => Promise<T>,
      part?: PartPlace,
    ): Promise<T> => {
      if (state !== 'done' && !clock.ticked) {
        tell({ event: 'begin', ...task }, () => {
          display.line(`${place}  ${set.describeTask(task)}`);
          showWhole();
        });
      }
      return await clock.around(phase, state, work, part);
    };
    const onEvent = (phase: Phase, event: SearchEvent | RetrainingEvent, part?: PartPlace): void => {
      clock.hear(phase, event, part);
      const which = part === undefined || part.count === 1 ? {} : { part: part.index + 1, parts: part.count };
      tell({ folder: set.folderOf(task), phase, ...which, ...event }, () => {
        if (event.event === 'epoch') showWhole();
        else if (lanes === 1 || ['warning', 'recovered'].includes(event.event)) {
          display.show(event as SearchEvent, NO_WORDS);
        }
      });
    };
    const run = await set.make(task, { path, overrides, data, signal, otherEngine, onEvent, around });
    if ('event' in run) return run as PausedEvent;
    clock.stop();
    runs[index] = run;
    if (!clock.ticked) return null; // made before
    set.onRun(done());
    tell({ event: 'run', ...run, secondsLeft: left.seconds }, () => {
      const remaining = done().length === tasks.length ? '' : `; about ${describeDuration(left.seconds)} left`;
      display.line(`${place}  ${set.describeOutcome(run)}${remaining}`);
      showWhole();
    });
    return null;
  };
  return (await runInLanes(tasks, lanes, signal, makeRun)) ?? done();
}
