import { defaultFolder, type JobEnd, type JobTools, runJobProgram } from '../../src/command/job-program.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { quote } from '../../src/options/flag-text.ts';
import type { LaneRequest } from './choose-lanes.ts';
import { collectExperiment } from './collect-experiment.ts';
import type { ExperimentFlags } from './experiment-flags.ts';
import {
  checkSameData,
  createExperimentFolder,
  lockExperimentFolder,
  openExperimentFolder,
  recordPlan,
} from './experiment-folder.ts';
import { type MadeRuns, makeRuns } from './make-runs.ts';
import { orderByLength } from './order-by-length.ts';
import type { PlannedRuns, RecordedExperiment } from './planned-runs.ts';
import { prepareRuns } from './prepare-runs.ts';
import { withTableLock } from './write-runs.ts';

/** An experiment of many runs, and what the command line asks of it. */
export interface Experiment<Plan extends object, Task extends object, Run extends object>
  extends RecordedExperiment<Plan, Task, Run> {
  /** Plans the runs as the command line asks. */
  plan(): Plan;
  /** Adds to a recorded plan what the command line asks. @default nothing can be added */
  extend?(plan: Plan): Plan;
}

/**
 * Makes an experiment in a folder of its own, goes on with the one in a folder, or takes a part in that of several
 * processes: only plans it, makes runs that no other process makes, or collects what is done.
 *
 * @param request how runs are made
 * @returns the exit code
 */
export async function runExperiment<Plan extends object, Task extends object, Run extends object>(
  experiment: Experiment<Plan, Task, Run>,
  flags: ExperimentFlags,
  request: LaneRequest,
  io: ProgramIo,
): Promise<number> {
  const { name, plan: planNew, readPlan, extend = (plan) => plan, runsOf } = experiment;
  const { join, collect, wait, plan: onlyPlan, resume, out } = flags;
  if (collect !== undefined) return await collectExperiment(experiment, collect, flags, io);
  const begun = resume ?? join;
  // Before the data is loaded: a mistake in the options should show at once.
  const config = begun === undefined ? null : openExperimentFolder(begun, name);
  const plan = config === null ? planNew() : extend(readPlan(config.plan));
  const path = begun ?? out ?? defaultFolder(`${name}-`);
  const goOn = join === undefined && !onlyPlan ? 'resume' : 'join';
  return await runJobProgram(
    { flags: { ...flags, ...(begun && { resume: begun }) }, path, config, goOn },
    io,
    async (tools) => {
      if (config === null) createExperimentFolder(path, name, plan, tools.data);
      else checkSameData(path, config, tools.data);
      const runs = runsOf(plan);
      if (join !== undefined) return await joinRuns(runs, path, wait, request, tools);
      const unlock = await lockExperimentFolder(path, {
        signal: tools.signal,
        tell: (line) => tools.display.aside(line),
      });
      try {
        if (config !== null) recordPlan(path, config, plan);
        if (onlyPlan) return tellPlan(runs, path, io, tools);
        const prepared = prepareRuns(runs, request, tools);
        const order = [...runs.tasks.keys()];
        const made = await makeRuns(runs, { path, ...prepared, order, wait: true, goesOn: false }, tools);
        return await finish(runs, path, made, tools);
      } finally {
        unlock();
      }
    },
  );
}

/** Makes the runs that no other process makes, the longest first: a long one that begins last has others wait for it. */
async function joinRuns<Task extends object, Run extends object>(
  runs: PlannedRuns<Task, Run>,
  path: string,
  wait: boolean,
  request: LaneRequest,
  tools: JobTools,
): Promise<JobEnd | null> {
  const prepared = prepareRuns(runs, request, tools);
  const order = orderByLength(prepared.works);
  const made = await makeRuns(runs, { path, ...prepared, order, wait, goesOn: true }, tools);
  return await finish(runs, path, made, tools);
}

/** Writes and draws what is done, and says how it ended. */
async function finish<Task extends object, Run extends object>(
  runs: PlannedRuns<Task, Run>,
  path: string,
  { done, pause, held, refused }: MadeRuns<Run>,
  { display, tell }: JobTools,
): Promise<JobEnd | null> {
  const ended = done.length === runs.tasks.length;
  if (ended) {
    await withTableLock(path, async () => {
      runs.write(path, done);
      await runs.draw?.(path, done);
    });
    const { events, text } = runs.close(path, done);
    for (const event of events) {
      tell(event, () => {
        if (event !== events.at(-1)) return;
        display.stop();
        display.line(`\n${text(display.columns)}`);
      });
    }
  } else if (done.length > 0 && pause !== null) {
    await withTableLock(path, () => runs.draw?.(path, done));
  }
  if (pause !== null) return pause;
  if (!ended) {
    tell({ event: 'left', done: done.length, runs: runs.tasks.length, held, refused: refused.length }, () => {
      display.stop();
      display.line(
        `${done.length} of ${runs.tasks.length} runs are done; ${held} ${held === 1 ? 'run is' : 'runs are'} held by others`,
      );
    });
  }
  const [first] = refused;
  if (first === undefined) return null;
  return { refused: refused.length === 1 ? first : `${refused.length} runs were refused, the first: ${first}` };
}

/** Says how the runs that were planned are made. */
function tellPlan(runs: PlannedRuns, path: string, { name }: ProgramIo, { display, tell }: JobTools): null {
  tell({ event: 'planned', folder: path, preset: runs.preset, runs: runs.tasks.length }, () => {
    const go = `${name} --join ${quote(path)}`;
    display.line(`planned    ${runs.tasks.length} runs in ${path}; any number of processes make them: ${go}`);
  });
  return null;
}
