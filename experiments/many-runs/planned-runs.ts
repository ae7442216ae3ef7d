import type { PausedEvent } from '../../actors/index.ts';
import type { EngineSpeed } from '../../src/engine/estimate.ts';
import type { PlannedRun } from './choose-lanes.ts';
import type { Estimate } from './estimate-runs.ts';
import type { RunOverrides, RunSurroundings } from './run-part.ts';

/** The runs of an experiment as its plan has them, and the files that they lead to. */
export interface PlannedRuns<Task extends object = object, Run extends object = object>
  extends Pick<PlannedRun, 'engine' | 'threads'> {
  /** Name of the experiment for a person. */
  readonly title: string;
  readonly preset: string;
  /** Parts of a run, or kinds of runs. */
  readonly parts: string;
  /** In the order in which one process makes them. */
  readonly tasks: readonly Task[];
  /** Folder of a run, below that of the experiment: names with slashes between them. No two runs have the same. */
  folderOf(task: Task): string;
  describeTask(task: Task): string;
  describeOutcome(run: Run): string;
  /**
   * Estimates the runs on the CPU engine.
   *
   * @param testPictures number of pictures in the test set
   */
  estimate(testPictures: number, overrides: RunOverrides, cpu: EngineSpeed): Estimate;
  /** Makes one run, or the part of it that is missing. */
  make(task: Task, surroundings: RunSurroundings): Promise<Run | PausedEvent>;
  /**
   * Writes the files of the experiment, each atomically.
   *
   * @param path folder of the experiment
   * @param done runs that are done, in the order of the tasks
   */
  write(path: string, done: readonly Run[]): void;
  /** Draws the figures of what is done. @default there are none */
  draw?(path: string, done: readonly Run[]): Promise<void>;
  /** Closing words about what is done. */
  close(path: string, done: readonly Run[]): Closing;
}

/** Closing words of an experiment. */
export interface Closing {
  /** Events for programs, of which the last is `done`. */
  readonly events: readonly { readonly event: string; readonly [fact: string]: unknown }[];
  /** Text for a terminal. @param columns its width; infinite without one */
  text(columns: number): string;
}

/** An experiment of many runs, as it is recorded. */
export interface RecordedExperiment<
  Plan extends object = object,
  Task extends object = object,
  Run extends object = object,
> {
  readonly name: string;
  /** Reads a plan from the record. @throws OptionsError if it is damaged */
  readPlan(recorded: unknown): Plan;
  runsOf(plan: Plan): PlannedRuns<Task, Run>;
}
