import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LoadedDataset } from '../data/dataset.ts';
import { type LoadOptions, loadDataset } from '../data/load-dataset.ts';
import { describeFit, type Sizes } from '../options/fit-sizes.ts';
import { quote } from '../options/flag-text.ts';
import { PeriodicReport } from '../report/page/periodic-report.ts';
import { type DataFlags, newData, readingFacts, recordedData } from './data-flags.ts';
import { EXIT_INTERRUPTED, EXIT_REFUSED } from './exit.ts';
import { withCommas } from './format.ts';
import type { JobFlags } from './job-flags.ts';
import { print } from './print.ts';
import type { ProgramIo } from './program.ts';
import { ProgressDisplay } from './progress.ts';

/** A run as it was asked for. */
export interface JobRequest {
  readonly flags: DataFlags &
    Pick<JobFlags<string>, 'resume' | 'json'> &
    Partial<Pick<JobFlags<string>, 'inspect' | 'otherEngine'>>;
  /** Folder of the run. */
  readonly path: string;
  /** Record of the run that is resumed, which says how its pictures were loaded; null for a new run. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** Size that a folder's pictures are decoded to in a new run. @default 32 pixels */
  readonly size?: Pick<LoadOptions, 'image' | 'channels'>;
  /** Flag that goes on with the run. @default resume */
  readonly goOn?: 'resume' | 'join';
}

/** Tools of a job. */
export interface JobTools {
  readonly data: LoadedDataset;
  /** Facts for the record of a new run: how its pictures were read. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Asks the job to pause. */
  readonly signal: AbortSignal;
  /** Whether a resumed run may go on with an engine that computes other bits. */
  readonly otherEngine: boolean;
  readonly display: ProgressDisplay;
  /** Reports an event: as a line of JSON if that was asked for, else as `show` does. */
  tell<E extends { readonly event: string }>(event: E, show: () => void): void;
}

/**
 * How a job ended if not well: the iteration that it was paused after, or, in a sentence, why a part of it could not be
 * made.
 */
export type JobEnd = { readonly step: number } | { readonly refused: string };

/**
 * Runs a job from the command line: loads the pictures, reports, and pauses at Ctrl-C.
 *
 * @param work runs the job; returns null if all of it was made
 * @returns the exit code
 */
export async function runJobProgram(
  { flags, path, config, size = {}, goOn = 'resume' }: JobRequest,
  { name, stdout, stderr, interruption }: ProgramIo,
  work: (tools: JobTools) => Promise<JobEnd | null>,
): Promise<number> {
  const resumeCommand = `${name} --${goOn} ${quote(path)}`;
  const display = new ProgressDisplay({ stdout, stderr });
  const signal = interruption.pausing();
  const { otherEngine = false } = flags;
  // A program that ends at once leaves the job behind, and what it tells then should not stand in a bar.
  interruption.ended.catch(() => display.stop());
  if (flags.resume !== undefined) interruption.resume = resumeCommand;
  const inspector: { thread?: Worker } = {};
  const tell: JobTools['tell'] = (event, show) => {
    if (event.event === 'started') {
      interruption.resume = resumeCommand;
      // A retraining that follows a search starts as well; one page is enough.
      if (flags.inspect) inspector.thread ??= openInspector(path, display);
    }
    if (flags.json) stdout.write(`${JSON.stringify(event)}\n`);
    else show();
  };
  try {
    const source = config === null ? newData(flags, size) : recordedData(config, flags.data);
    const data = await loadDataset({ ...source, signal, ...(flags.json ? {} : { onProgress: display.data }) });
    for (const note of data.notes) tell({ event: 'data', note }, () => display.line(`data       ${note}`));
    const end = await work({ data, facts: readingFacts(data, source), signal, otherEngine, display, tell });
    display.stop();
    if (end !== null && 'step' in end) {
      if (interruption.outputError !== null) throw interruption.outputError;
      print(stderr, `interrupted after ${withCommas(end.step)} iterations; go on with: ${resumeCommand}\n`);
      return EXIT_INTERRUPTED;
    }
    if (end !== null) print(stderr, `error: ${end.refused}\n`);
    // The inspector stays open after the end of the run, until Ctrl-C.
    if (inspector.thread !== undefined) await endOf(inspector.thread, signal);
    return end === null ? 0 : EXIT_REFUSED;
  } catch (error) {
    if (!existsSync(path)) interruption.resume = null;
    throw error;
  } finally {
    display.stop();
    await inspector.thread?.terminate();
  }
}

/**
 * Opens the trace inspector beside a run, on a thread of its own so that it does not hold up the run. It keeps the
 * process alive until it is terminated.
 *
 * @param run folder of the run
 * @param display tells the address of the page on standard error: standard output may be JSON
 */
function openInspector(run: string, display: ProgressDisplay): Worker {
  // TypeScript in the repository, JavaScript in the published package.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`inspector-worker.${extension}`, import.meta.url), { workerData: { run } });
  worker.on('message', (address) => display.aside(`inspecting ${run} at ${address} (Ctrl-C ends)`));
  // The run goes on without its inspector.
  worker.on('error', (error: Error) => display.aside(`warning: the inspector ended: ${error.message}`));
  return worker;
}

/** Says how the sizes of a preset were fitted to the data set, if they were. */
export function tellFit({ display, tell }: Pick<JobTools, 'display' | 'tell'>, before: Sizes, after: Sizes): void {
  const note = describeFit(before, after);
  if (note !== null) tell({ event: 'data', note }, () => display.line(`data       ${note}`));
}

/** Report that a job was asked for. */
export interface ReportRequest {
  /** Folder of the run. */
  readonly folder: string;
  /** Whether there is to be a report. */
  readonly wanted: boolean;
  /** Tells if the report cannot be written. */
  readonly display: ProgressDisplay;
}

/**
 * Runs a job whose folder gets a report, which is kept up to date at the job's checkpoints, and written when the job
 * ends or is paused.
 *
 * @param run runs the job, which reports to the function that it is given
 */
export async function reported<Event extends { readonly event: string }, Result>(
  { folder, wanted, display }: ReportRequest,
  onEvent: (event: Event) => void,
  run: (onEvent: (event: Event) => void) => Promise<Result>,
): Promise<Result> {
  if (!wanted) return await run(onEvent);
  const report = new PeriodicReport(folder, (message) => display.aside(message));
  const result = await run((event) => {
    onEvent(event);
    if (event.event === 'checkpoint') report.update();
  });
  await report.finish();
  return result;
}

/**
 * Names a folder by the time, to the millisecond: two runs begun together still differ.
 *
 * @param prefix text before the time. @default none
 */
export function defaultFolder(prefix = ''): string {
  return join('runs', `${prefix}${new Date().toISOString().replace(/[:.]/g, '-').slice(0, 23)}`);
}

/** Waits until a thread ends by itself, or the signal aborts. */
async function endOf(thread: Worker, signal: AbortSignal): Promise<void> {
  if (signal.aborted || thread.threadId === -1) return; // the id of a thread that has ended
  await new Promise<void>((ended) => {
    signal.addEventListener('abort', () => ended(), { once: true });
    thread.once('exit', () => ended());
  });
}
