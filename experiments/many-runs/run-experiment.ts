import { defaultFolder, type JobEnd, type JobTools, runJobProgram } from '../../src/command/job-program.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { quote } from '../../src/options/flag-text.ts';
import { openNamedQueues, queueRuns } from '../cluster/queue-runs.ts';
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
import { finishRuns } from './finish-runs.ts';
import { makeRuns } from './make-runs.ts';
import { orderByLength } from './order-by-length.ts';
import type { PlannedRuns, RecordedExperiment } from './planned-runs.ts';
import { prepareRuns } from './prepare-runs.ts';

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
  const { join, collect, wait, plan: onlyPlan, queue, resume, out } = flags;
  if (collect !== undefined) return await collectExperiment(experiment, collect, flags, io);
  const begun = resume ?? join;
  // Before the data is loaded: a mistake in the options should show at once.
  const config = begun === undefined ? null : openExperimentFolder(begun, name);
  const plan = config === null ? planNew() : extend(readPlan(config.plan));
  const path = begun ?? out ?? defaultFolder(`${name}-`);
  const goOn = join !== undefined || onlyPlan ? '--join' : queue ? '--queue --resume' : '--resume';
  const queues = queue ? await openNamedQueues(path, flags) : null;
  const job = { flags: { ...flags, ...(begun && { resume: begun }) }, path, config, goOn };
  try {
    return await runJobProgram(job, io, async (tools) => {
      if (config === null) createExperimentFolder(path, name, plan, tools.data);
      else checkSameData(path, config, tools.data);
      const runs = runsOf(plan);
      if (join !== undefined) return await joinRuns(runs, path, wait, request, tools);
      const alone = async (): Promise<JobEnd | null> => {
        const order = [...runs.tasks.keys()];
        const how = { path, ...prepareRuns(runs, request, tools), order, wait: true, goesOn: false };
        return await finishRuns(runs, path, await makeRuns(runs, how, tools), tools);
      };
      const end = await whileLocked(path, tools, async () => {
        if (config !== null) recordPlan(path, config, plan);
        if (onlyPlan) return tellPlan(runs, path, io, tools);
        return queues === null ? await alone() : null;
      });
      return queues === null ? end : await queueRuns(queues, experiment, plan, path, flags, tools);
    });
  } finally {
    await queues?.close();
  }
}

/** Works on an experiment while no other process plans it, or makes it alone. */
async function whileLocked<T>(path: string, { signal, display }: JobTools, work: () => Promise<T>): Promise<T> {
  const unlock = await lockExperimentFolder(path, { signal, tell: (line) => display.aside(line) });
  try {
    return await work();
  } finally {
    unlock();
  }
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
  return await finishRuns(runs, path, made, tools);
}

/** Says how the runs that were planned are made. */
function tellPlan(runs: PlannedRuns, path: string, { name }: ProgramIo, { display, tell }: JobTools): null {
  tell({ event: 'planned', folder: path, preset: runs.preset, runs: runs.tasks.length }, () => {
    const go = `${name} --join ${quote(path)}`;
    display.line(`planned    ${runs.tasks.length} runs in ${path}; any number of processes make them: ${go}`);
  });
  return null;
}
