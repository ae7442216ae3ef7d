import { EXIT_REFUSED } from '../../src/command/exit.ts';
import { columnsOf, print } from '../../src/command/print.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { readDataRecord } from '../../src/data/data-record.ts';
import { RunFolderError } from '../../src/record/run-folder.ts';
import { openExperimentFolder } from './experiment-folder.ts';
import type { RecordedExperiment } from './planned-runs.ts';
import { readRuns } from './read-runs.ts';
import { withTableLock } from './write-runs.ts';

/**
 * Reads the runs of an experiment that are done, writes and draws its files, and prints them. It needs neither pictures nor
 * an engine.
 *
 * @param path folder of the experiment
 * @returns the exit code: 2 if a run cannot be read
 */
export async function collectExperiment<Plan extends object, Task extends object, Run extends object>(
  { name, readPlan, runsOf }: RecordedExperiment<Plan, Task, Run>,
  path: string,
  { json }: { readonly json: boolean },
  { stdout, stderr }: Pick<ProgramIo, 'stdout' | 'stderr'>,
): Promise<number> {
  const config = openExperimentFolder(path, name);
  const runs = runsOf(readPlan(config.plan));
  const refused: RunFolderError[] = [];
  const done = await readRuns(runs, path, readDataRecord(config.data), (error) => refused.push(error));
  const written = await withTableLock(path, async () => {
    runs.write(path, done);
    if (done.length > 0) await runs.draw?.(path, done);
  });
  const { events, text } = runs.close(path, done);
  if (json) for (const event of events) stdout.write(`${JSON.stringify(event)}\n`);
  else print(stdout, `${text(columnsOf(stdout))}\n${done.length} of ${runs.tasks.length} runs are done\n`);
  if (!written) throw new RunFolderError(`the files of ${path} were not written: another process keeps them`);
  for (const { message } of refused) print(stderr, `error: ${message}\n`);
  return refused.length === 0 ? 0 : EXIT_REFUSED;
}
