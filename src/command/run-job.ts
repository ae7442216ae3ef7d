import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Cifar10, loadCifar10 } from '../data/cifar10.ts';
import { PeriodicReport } from '../report/page/periodic-report.ts';
import { EXIT_INTERRUPTED } from './exit.ts';
import { quote } from './format.ts';
import type { JobFlags } from './job-flags.ts';
import { openInspector } from './open-inspector.ts';
import type { ProgramIo } from './program.ts';
import { ProgressDisplay } from './progress.ts';

/** A run as it was asked for. */
export interface JobRequest {
  readonly flags: Pick<JobFlags<string>, 'data' | 'resume' | 'json'> & Partial<Pick<JobFlags<string>, 'inspect'>>;
  /** Folder of the run. */
  readonly path: string;
  /** Record of the run that is resumed, whose `data` names the source of its pictures; null for a new run. */
  readonly config: Readonly<Record<string, unknown>> | null;
}

/** What a job works with. */
export interface JobTools {
  readonly data: Cifar10;
  /** Asks the job to pause. */
  readonly signal: AbortSignal;
  readonly display: ProgressDisplay;
  readonly stderr: ProgramIo['stderr'];
  /** Reports an event: as a line of JSON if that was asked for, else as `show` does. */
  tell<E extends { readonly event: string }>(event: E, show: () => void): void;
}

/**
 * Runs a job from the command line: loads the pictures, reports, and pauses at Ctrl-C.
 *
 * @param work runs the job; returns the iteration it was paused after, or null at its end
 * @returns the exit code
 */
export async function runJob(
  { flags, path, config }: JobRequest,
  { name, stdout, stderr, interruption }: ProgramIo,
  work: (tools: JobTools) => Promise<{ readonly step: number } | null>,
): Promise<number> {
  const resumeCommand = `${name} --resume ${quote(path)}`;
  const display = new ProgressDisplay({ stdout, stderr });
  const signal = interruption.pausing();
  if (flags.resume !== undefined) interruption.resume = resumeCommand;
  const inspector: { close?: () => Promise<void> } = {};
  const tell: JobTools['tell'] = (event, show) => {
    if (event.event === 'started') {
      interruption.resume = resumeCommand;
      // A retraining that follows a search starts as well; one page is enough.
      if (flags.inspect) inspector.close ??= openInspector(path, stderr);
    }
    if (flags.json) stdout.write(`${JSON.stringify(event)}\n`);
    else show();
  };
  try {
    const data = await loadCifar10({
      data: flags.data ?? recordedSource(config),
      signal,
      ...(flags.json ? {} : { onProgress: display.data }),
    });
    const paused = await work({ data, signal, display, stderr, tell });
    display.stop();
    if (paused === null) {
      // The inspector stays open after the end of the run, until Ctrl-C.
      if (inspector.close !== undefined) await aborted(signal);
      return 0;
    }
    if (interruption.outputError !== null) throw interruption.outputError;
    stderr.write(`interrupted after step ${paused.step}; go on with: ${resumeCommand}\n`);
    return EXIT_INTERRUPTED;
  } catch (error) {
    if (!existsSync(path)) interruption.resume = null;
    throw error;
  } finally {
    display.stop();
    await inspector.close?.();
  }
}

/**
 * Runs a job whose folder gets a report, which is kept up to date at the job's checkpoints, and written when the job
 * ends or is paused.
 *
 * @param wanted whether there is to be a report
 * @param run runs the job, which reports to the function that it is given
 */
export async function reported<Event extends { readonly event: string }, Result>(
  {
    folder,
    wanted,
    stderr,
  }: { readonly folder: string; readonly wanted: boolean; readonly stderr: ProgramIo['stderr'] },
  onEvent: (event: Event) => void,
  run: (onEvent: (event: Event) => void) => Promise<Result>,
): Promise<Result> {
  if (!wanted) return await run(onEvent);
  const report = new PeriodicReport(folder, (message) => stderr.write(`${message}\n`));
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

/** The folder that a run's pictures came from, if it still exists; else they are looked for as in a new run. */
export function recordedSource(config: Readonly<Record<string, unknown>> | null): string | undefined {
  const { source } = (config?.data ?? {}) as { source?: string };
  return source !== undefined && existsSync(source) ? source : undefined;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
