import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PausedEvent } from '../../actors/index.ts';
import { type Cifar10, loadCifar10 } from '../data/cifar10.ts';
import type { RunConfig } from '../record/run-folder.ts';
import { EXIT_INTERRUPTED, exitWith } from './exit.ts';
import type { Interruption } from './interruption.ts';
import type { JobFlags } from './job-flags.ts';
import { openInspector } from './open-inspector.ts';
import { ProgressDisplay } from './progress.ts';
import { quote } from './quote.ts';

/** A run as it was asked for. */
export interface Program {
  /** How the program is called, for saying how to go on. */
  readonly name: string;
  readonly interruption: Interruption;
  readonly flags: Pick<JobFlags<string>, 'data' | 'resume' | 'json'> & Partial<Pick<JobFlags<string>, 'inspect'>>;
  /** Folder of the run. */
  readonly path: string;
  /** Record of the run that is resumed; null of a new one. */
  readonly config: RunConfig | null;
}

/** What a program's work has at hand. */
export interface Tools {
  readonly data: Cifar10;
  readonly signal: AbortSignal;
  readonly display: ProgressDisplay;
  /** Reports what happens: as a line of JSON where that was asked for, else as `show` does. */
  tell<E extends { readonly event: string }>(event: E, show: () => void): void;
}

/**
 * Runs a job from the command line: loads the pictures, reports, and ends as the shells expect, after Ctrl-C too.
 *
 * @param work runs the job; returns where it was paused, or null at its end
 */
export async function runProgram(
  { name, interruption, flags, path, config }: Program,
  work: (tools: Tools) => Promise<PausedEvent | null>,
): Promise<void> {
  const resumeCommand = `${name} --resume ${quote(path)}`;
  const display = new ProgressDisplay();
  const { signal } = interruption;
  if (flags.resume !== undefined) interruption.resume = resumeCommand;
  const inspector: { close?: () => void } = {};
  const tell: Tools['tell'] = (event, show) => {
    if (event.event === 'started') {
      interruption.resume = resumeCommand;
      // A retraining that follows a search starts as well; one page is enough.
      if (flags.inspect) inspector.close ??= openInspector(path);
    }
    if (flags.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else show();
  };
  try {
    const data = await loadCifar10({
      data: flags.data ?? recordedSource(config),
      signal,
      ...(flags.json ? {} : { onProgress: display.data }),
    });
    const paused = await work({ data, signal, display, tell });
    display.stop();
    // What is to be looked at stays open after the end of the run, until Ctrl-C.
    if (signal.aborted) inspector.close?.();
    else signal.addEventListener('abort', () => inspector.close?.(), { once: true });
    if (paused === null) return;
    if (interruption.outputError !== null) exitWith(interruption.outputError, resumeCommand);
    process.stderr.write(`interrupted after step ${paused.step}; go on with: ${resumeCommand}\n`);
    process.exitCode = EXIT_INTERRUPTED;
  } catch (error) {
    display.stop();
    if (error === signal.reason) interruption.leave();
    exitWith(error, interruption.resume !== null && existsSync(path) ? resumeCommand : undefined);
  }
}

/** The folder that a run's pictures came from, where it still exists; else they are looked for as in a new run. */
function recordedSource(config: RunConfig | null): string | undefined {
  const { source } = (config?.data ?? {}) as { source?: string };
  return source !== undefined && existsSync(source) ? source : undefined;
}

/**
 * Named by the time, to the millisecond: two runs begun together still differ.
 *
 * @param prefix stands before the time. @default none
 */
export function defaultFolder(prefix = ''): string {
  return join('runs', `${prefix}${new Date().toISOString().replace(/[:.]/g, '-').slice(0, 23)}`);
}
