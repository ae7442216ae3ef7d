import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, describeVersions } from '../../actors/run/describe.ts';
import { EXIT_INTERRUPTED } from '../../src/command/exit.ts';
import { defaultFolder } from '../../src/command/job-program.ts';
import { columnsOf, print } from '../../src/command/print.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { AppendLog } from '../../src/record/append-file.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { readJsonLines } from '../../src/record/read-json.ts';
import { makeFolder, RunFolderError } from '../../src/record/run-folder.ts';
import { RunProgress, runTasks } from './run-tasks.ts';

/** Flags that all comparisons have. */
export interface ComparisonFlags {
  readonly workers: number;
  readonly out?: string;
  /** Folder of an interrupted comparison that is resumable. */
  readonly resume?: string;
  readonly json: boolean;
}

/** Report of a comparison on the results of all runs. */
export interface ComparisonReport {
  /** Objects that `--json` prints, one a line. */
  readonly lines: readonly object[];
  /** Tables for a reader, whose terminal is some columns wide. */
  text(columns: number): string;
  /** Contents by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Many runs, each a pure function of its task, side by side on threads. */
export interface Comparison<Task extends { readonly seed: number }, Result> {
  readonly name: string;
  /** Tasks in the order of the results. */
  readonly tasks: readonly Task[];
  /** File of the module that exports the function which runs a task. */
  readonly file: string;
  readonly exportName: string;
  report(results: readonly Result[]): Promise<ComparisonReport>;
  /** Whether runs are kept as they are done, in `runs.jsonl`, so that a comparison can be resumed. @default false */
  readonly isResumable?: boolean;
}

/** Name of the file that lists every run that is done, one a line. */
const RESULTS = 'results.jsonl';
/** Name of the file that a resumable comparison appends each run to, with its task. */
const RUNS = 'runs.jsonl';

/**
 * Makes all runs of a comparison, shows the progress, and leaves a folder: `config.json`, `results.jsonl`, and what the
 * report adds. If it is interrupted or a run fails, `results.jsonl` lists the runs that were done.
 *
 * @returns the exit code
 * @throws RunFolderError if the folder cannot be used
 * @throws Error with the message of a run that failed
 */
export async function runComparison<Task extends { readonly seed: number }, Result>(
  { name, tasks, file, exportName, report, isResumable = false }: Comparison<Task, Result>,
  flags: ComparisonFlags,
  { stdout, stderr, interruption }: ProgramIo,
): Promise<number> {
  const signal = interruption.pausing();
  const { resume, out = resume ?? defaultFolder(`${name}-`), json, workers } = flags;
  const kept = resume === undefined ? new Map<string, Result>() : readRuns<Result>(resume);
  if (resume === undefined) openFolder(out);
  const write = (fileName: string, contents: string): void => writeFileAtomically(join(out, fileName), contents);
  const config = { experiment: name, options: flags, versions: describeVersions(), machine: describeMachine() };
  write('config.json', `${JSON.stringify(config, null, 2)}\n`);

  // Seed by seed: the time left shows early on, and the results of an interrupted comparison can be compared.
  const order = [...tasks.keys()].sort((a, b) => (tasks[a] as Task).seed - (tasks[b] as Task).seed || a - b);
  const results: (Result | undefined)[] = tasks.map((task) => kept.get(JSON.stringify(task)));
  const left = order.filter((index) => results[index] === undefined);
  const inOrder = left.map((index) => tasks[index] as Task);
  const progress = new RunProgress(inOrder.length, stderr);
  const log = isResumable ? new AppendLog(join(out, RUNS)) : null;
  log?.rewind(Infinity); // leaves whole lines only: a crash may have left part of one
  const onResult = (result: Result, index: number): void => {
    results[left[index] as number] = result;
    log?.append({ task: inOrder[index], result });
    log?.flush();
    progress.advance();
  };
  let finished = false;
  try {
    finished = await runTasks<Task, Result>(inOrder, { file, exportName, workers, signal, onResult });
  } finally {
    progress.stop();
    log?.close();
    write(RESULTS, toLines(done(results)));
  }
  if (!finished) {
    if (interruption.outputError !== null) throw interruption.outputError;
    const count = done(results).length;
    print(stderr, `interrupted after ${count} of ${tasks.length} runs, which are in ${join(out, RESULTS)}\n`);
    return EXIT_INTERRUPTED;
  }

  const { files, lines, text } = await report(done(results));
  for (const [fileName, contents] of Object.entries(files)) write(fileName, contents);
  if (json) stdout.write(toLines(lines));
  else print(stdout, `${text(columnsOf(stdout))}\nresults: ${out}\n`);
  return 0;
}

/** Makes the folder of the results, which must hold no earlier ones. */
function openFolder(path: string): void {
  if (existsSync(join(path, RESULTS))) {
    throw new RunFolderError(`${path} already holds results: choose another folder with --out`);
  }
  makeFolder(path);
}

/**
 * Reads the runs of an interrupted comparison, by their tasks.
 *
 * @throws RunFolderError if the folder holds none
 */
function readRuns<Result>(folder: string): Map<string, Result> {
  const path = join(folder, RUNS);
  if (!existsSync(path)) throw new RunFolderError(`${folder} holds no runs to go on with: ${RUNS} is missing`);
  const runs = new Map<string, Result>();
  readJsonLines(path, (value) => {
    const { task, result } = value as { task?: object; result?: Result };
    if (result !== undefined) runs.set(JSON.stringify(task), result);
    return result !== undefined;
  });
  return runs;
}

function done<Result>(results: readonly (Result | undefined)[]): Result[] {
  return results.filter((result) => result !== undefined);
}

function toLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
