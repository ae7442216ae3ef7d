import type { PausedEvent, RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import { describeDuration } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { JobWords } from '../../src/command/progress.ts';
import { FolderInUseError } from '../../src/record/run-folder.ts';
import type { PlannedRuns } from './planned-runs.ts';
import type { PreparedRuns } from './prepare-runs.ts';
import { readRun } from './read-runs.ts';
import { type Pause, runInLanes } from './run-in-lanes.ts';
import { RunTaker, type SharedRuns, type TakenRun } from './take-runs.ts';
import { type PartPlace, type PartState, type Phase, RunClock, type RunWork, WorkLeft } from './work-left.ts';
import { withTableLock } from './write-runs.ts';

/** No words: the experiment has lines of its own beside the bar of a run. */
const NO_WORDS: JobWords<unknown, unknown> = { started: () => [], epoch: () => '', done: () => [] };

/** Names of errors that concern a single run. */
const SETBACKS: readonly string[] = ['RunFolderError', 'CheckpointError', 'SupernetLostError', 'WorkersLostError'];

/** How a process takes part in the runs of an experiment. */
export interface Participation extends PreparedRuns, Pick<SharedRuns, 'wait' | 'order'> {
  /** Folder of the experiment. */
  readonly path: string;
  /** Whether a run that is refused is left, and the others are made. Else it ends the program. */
  readonly goesOn: boolean;
}

/** How far the runs of an experiment are. */
export interface MadeRuns<Run> {
  /** Runs that are done, in the order of the tasks. */
  readonly done: readonly Run[];
  /** Where this process was paused; null if it was not. */
  readonly pause: Pause | null;
  /** Number of runs that others held at the end. */
  readonly held: number;
  /** Why runs were refused here, each in a sentence. */
  readonly refused: readonly string[];
}

/**
 * Makes the runs of an experiment that are neither done nor held by other processes, or those parts that are missing. It
 * writes the experiment's files after every run and shows the progress: one bar for the whole, and one for the run if there
 * is only one at a time.
 */
export async function makeRuns<Task extends object, Run extends object>(
  planned: PlannedRuns<Task, Run>,
  { path, lanes, works, overrides, order, wait, goesOn }: Participation,
  { data, signal, otherEngine, display, tell }: JobTools,
): Promise<MadeRuns<Run>> {
  const { tasks } = planned;
  const left = new WorkLeft(works, lanes);
  const runs: (Run | undefined)[] = tasks.map(() => undefined);
  const refused: string[] = [];
  const listDone = (): Run[] => runs.filter((run) => run !== undefined);
  const clockOf = (index: number): RunClock => new RunClock(left, works[index] as RunWork);
  const showWhole = (): void => {
    const runs = `${listDone().length}/${tasks.length} runs`;
    display.whole(left.epochsDone, left.epochs, ['epochs', runs, `about ${describeDuration(left.seconds)} left`]);
  };
  const refuse = (error: unknown): void => {
    if (!goesOn || !(error instanceof Error && SETBACKS.includes(error.name))) throw error;
    refused.push(error.message);
    display.aside(`error: ${error.message}`);
  };

  const taker = new RunTaker({
    ...{ path, order, wait },
    folders: tasks.map((task) => planned.folderOf(task)),
    async isDone(index) {
      try {
        const run = await readRun(planned, tasks[index] as Task, path, data);
        if (run === null) return false;
        clockOf(index).stop();
        runs[index] = run;
      } catch (error) {
        refuse(error);
      }
      return true;
    },
  });

  const makeRun = async (taken: TakenRun, signal: AbortSignal): Promise<PausedEvent | null> => {
    const { index, claim } = taken;
    const task = tasks[index] as Task;
    const place = `${index + 1}/${tasks.length}`.padEnd(9);
    const clock = clockOf(index);
    const around = async <T extends { readonly event: string }>(
      phase: Phase,
      state: PartState,
      work: () => Promise<T>,
      part?: PartPlace,
    ): Promise<T> => {
      claim.check();
      if (state !== 'done' && !clock.ticked) {
        tell({ event: 'begin', ...task }, () => {
          display.line(`${place}  ${planned.describeTask(task)}`);
          showWhole();
        });
      }
      return await clock.around(phase, state, work, part);
    };
    const onEvent = (phase: Phase, event: SearchEvent | RetrainingEvent, part?: PartPlace): void => {
      clock.hear(phase, event, part);
      const which = part === undefined || part.count === 1 ? {} : { part: part.index + 1, parts: part.count };
      tell({ folder: planned.folderOf(task), phase, ...which, ...event }, () => {
        if (event.event === 'epoch') showWhole();
        else if (lanes === 1 || ['warning', 'recovered', 'wentBack'].includes(event.event)) {
          display.show(event as SearchEvent, NO_WORDS);
        }
      });
    };
    let how: 'over' | 'paused' | 'inUse' = 'over';
    try {
      const { displaced } = claim;
      const surroundings = { path, overrides, data, facts: data, displaced, signal, otherEngine, onEvent, around };
      const run = await planned.make(task, surroundings);
      if ('event' in run) {
        how = 'paused';
        return run as PausedEvent;
      }
      clock.stop();
      runs[index] = run;
      if (!clock.ticked) return null; // made before
      await writeFiles();
      tell({ event: 'run', ...run, secondsLeft: left.seconds }, () => {
        const remaining = listDone().length === tasks.length ? '' : `; about ${describeDuration(left.seconds)} left`;
        display.line(`${place}  ${planned.describeOutcome(run)}${remaining}`);
        showWhole();
      });
    } catch (error) {
      if (goesOn && error instanceof FolderInUseError) how = 'inUse';
      else refuse(error);
    } finally {
      taker.giveBack(taken, how);
    }
    return null;
  };

  /** Writes what is done here and elsewhere. */
  const writeFiles = async (): Promise<void> => {
    await withTableLock(path, async () => {
      for (const [index, task] of tasks.entries()) {
        if (runs[index] !== undefined) continue;
        const run = await readRun(planned, task, path, data).catch(() => null); // refused in its turn
        if (run !== null) runs[index] ??= run;
      }
      planned.write(path, listDone());
    });
  };

  const pause = await runInLanes((signal) => taker.next(signal), lanes, signal, makeRun);
  const done = listDone();
  return { done, pause: done.length === tasks.length ? null : pause, held: taker.held, refused };
}
