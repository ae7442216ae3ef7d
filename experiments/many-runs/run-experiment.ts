import type { JobFlags } from '../../src/command/job-flags.ts';
import { defaultFolder, type JobTools, runJobProgram } from '../../src/command/job-program.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import {
  checkSameData,
  createExperimentFolder,
  lockExperimentFolder,
  openExperimentFolder,
  recordPlan,
} from './experiment-folder.ts';
import type { Pause } from './run-in-lanes.ts';

/** An experiment of many runs. */
export interface Experiment<Plan extends object> {
  readonly name: string;
  /** Plans the runs as the command line asks. */
  plan(): Plan;
  /** Reads the plan of the experiment that is resumed, and adds what it is to be resumed with. */
  readPlan(recorded: unknown): Plan;
  /** Makes what is missing; returns where it was paused, or null at the end. */
  make(path: string, plan: Plan, tools: JobTools): Promise<Pause | null>;
}

/**
 * Makes an experiment in a folder of its own, or goes on with the one in a folder.
 *
 * @returns the exit code
 */
export async function runExperiment<Plan extends object>(
  { name, plan: planNew, readPlan, make }: Experiment<Plan>,
  flags: Pick<JobFlags<string>, 'data' | 'out' | 'resume' | 'json' | 'otherEngine'>,
  io: ProgramIo,
): Promise<number> {
  const { resume, out } = flags;
  // Before the data is loaded: a mistake in the options should show at once.
  const config = resume === undefined ? null : openExperimentFolder(resume, name);
  const plan = config === null ? planNew() : readPlan(config.plan);
  const path = resume ?? out ?? defaultFolder(`${name}-`);
  return await runJobProgram({ flags, path, config }, io, async (tools) => {
    if (config === null) createExperimentFolder(path, name, plan, tools.data);
    else checkSameData(path, config, tools.data);
    const unlock = await lockExperimentFolder(path, {
      signal: tools.signal,
      tell: (line) => tools.display.aside(line),
    });
    try {
      if (config !== null) recordPlan(path, config, plan);
      return await make(path, plan, tools);
    } finally {
      unlock();
    }
  });
}
