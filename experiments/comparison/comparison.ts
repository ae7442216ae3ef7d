import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, describeVersions } from '../../actors/run/describe.ts';
import { EXIT_INTERRUPTED, exitWith } from '../../src/command/exit.ts';
import type { Interruption } from '../../src/command/interruption.ts';
import { defaultFolder } from '../../src/command/run-program.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { makeFolder, RunFolderError } from '../../src/record/run-folder.ts';
import { RunProgress } from './run-progress.ts';
import { runTasks } from './run-tasks.ts';

/** Flags that all comparisons have. */
export interface ComparisonFlags {
  readonly workers: number;
  readonly out?: string;
  readonly json: boolean;
}

/** What is made of the results of all runs. */
export interface ComparisonReport {
  /** For `--json`: one object a line. */
  readonly lines: readonly object[];
  /** For a reader. */
  readonly text: string;
  /** Contents by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Many runs, each a pure function of its task, side by side on threads. */
export interface Comparison<Task extends { readonly seed: number }, Result> {
  readonly name: string;
  /** In the order of the results. */
  readonly tasks: readonly Task[];
  /** File of the module that exports `run`. */
  readonly file: string;
  readonly exportName: string;
  report(results: readonly Result[]): Promise<ComparisonReport>;
}

/** Every run that is done, one a line. */
const RESULTS = 'results.jsonl';

/**
 * Makes all runs of a comparison, shows the progress, and leaves a folder: `config.json`, `results.jsonl`, and what the
 * report adds. Where it is interrupted or a run fails, the runs that were done are in `results.jsonl`.
 *
 * @throws RunFolderError where the folder cannot be used
 * @throws Error with the message of a run that failed
 */
export async function runComparison<Task extends { readonly seed: number }, Result>(
  { name, tasks, file, exportName, report }: Comparison<Task, Result>,
  flags: ComparisonFlags,
  interruption: Interruption,
): Promise<void> {
  const { out = defaultFolder(`${name}-`), json, workers } = flags;
  openFolder(out);
  const write = (fileName: string, contents: string): void => writeFileAtomically(join(out, fileName), contents);
  const config = { experiment: name, options: flags, versions: describeVersions(), machine: describeMachine() };
  write('config.json', `${JSON.stringify(config, null, 2)}\n`);

  // Seed by seed: so the time left shows early on, and what an interrupted run leaves can be compared.
  const order = [...tasks.keys()].sort((a, b) => (tasks[a] as Task).seed - (tasks[b] as Task).seed || a - b);
  const results: (Result | undefined)[] = tasks.map(() => undefined);
  const progress = new RunProgress(tasks.length);
  const onResult = (result: Result, index: number): void => {
    results[order[index] as number] = result;
    progress.advance();
  };
  const inOrder = order.map((index) => tasks[index] as Task);
  let finished = false;
  try {
    finished = await runTasks<Task, Result>(inOrder, {
      file,
      exportName,
      workers,
      signal: interruption.signal,
      onResult,
    });
  } finally {
    progress.stop();
    write(RESULTS, toLines(done(results)));
  }
  if (!finished) return leave(interruption, done(results).length, tasks.length, join(out, RESULTS));

  const { files, lines, text } = await report(done(results));
  for (const [fileName, contents] of Object.entries(files)) write(fileName, contents);
  const shown = json ? toLines(lines) : `${text}\nresults: ${out}\n`;
  await new Promise((written) => process.stdout.write(shown, written));
  if (interruption.outputError !== null) exitWith(interruption.outputError);
}

/** The folder of the results, empty of earlier ones. */
function openFolder(path: string): void {
  if (existsSync(join(path, RESULTS))) {
    throw new RunFolderError(`${path} already holds results: choose another folder with --out`);
  }
  makeFolder(path);
}

/** Says what there is of a run that was interrupted. */
function leave(interruption: Interruption, done: number, all: number, path: string): void {
  if (interruption.outputError !== null) exitWith(interruption.outputError);
  process.stderr.write(`interrupted after ${done} of ${all} runs, which are in ${path}\n`);
  process.exitCode = EXIT_INTERRUPTED;
}

function done<Result>(results: readonly (Result | undefined)[]): Result[] {
  return results.filter((result) => result !== undefined);
}

function toLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
