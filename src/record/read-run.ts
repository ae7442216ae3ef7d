import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ZodType, z } from 'zod';
import { type AlphaLine, alphaLine } from './alpha-file.ts';
import { epochSchema, type RunEpoch } from './metrics-line.ts';
import { readJson, readJsonLines } from './read-json.ts';
import { type RunTrace, readTrace } from './read-trace.ts';
import { configSchema, RUN_VERSION, RunFolderError, type RunRecord, runFiles } from './run-folder.ts';
import { type RunResult, resultSchema } from './run-result.ts';

/** The contents of a run folder, as plain data. */
export interface Run {
  /** Name of the folder. */
  readonly name: string;
  readonly path: string;
  readonly record: RunRecord;
  /** Completed epochs, in order. */
  readonly epochs: readonly RunEpoch[];
  /** Alpha at the start and after every epoch; empty in a retraining. */
  readonly alphas: readonly AlphaEpoch[];
  readonly trace: RunTrace;
  /** null until the run has ended. */
  readonly result: RunResult | null;
  /** Sentences about everything that could not be read. */
  readonly gaps: readonly string[];
}

/** The fields of `AlphaLine` that a report needs. The first runs wrote no others. */
const alphaEpoch = alphaLine.omit({ step: true });
export type AlphaEpoch = Omit<AlphaLine, 'step'>;

/**
 * Reads a run folder, also while the run goes on. Old folders, missing files and damaged lines are no errors: `gaps`
 * says what is missing.
 *
 * @throws RunFolderError if the folder is missing, or holds nothing of a run
 */
export function readRun(path: string): Run {
  if (!isFolder(path)) throw new RunFolderError(`${path} holds no run: there is no such folder`);
  const files = runFiles(path);
  const gaps: string[] = [];
  const epochs = new Map<number, RunEpoch>();
  const alphas = new Map<number, AlphaEpoch>();
  // A run that went back to a checkpoint may hold an epoch twice: the last line counts.
  const record = readJson(files.config, configSchema, gaps);
  readLines(files.metrics, epochSchema, gaps, (epoch) => epochs.set(epoch.epoch, epoch));
  if (record?.job !== 'retraining') {
    readLines(files.alpha, alphaEpoch, gaps, (alpha) => alphas.set(alpha.epoch, alpha));
  }
  const trace = readTrace(files.trace, gaps);
  if (record === null && epochs.size === 0 && trace.states.length === 0) {
    throw new RunFolderError(`${path} holds no run: ${gaps.join(', ')}`);
  }
  if (record !== null && record.runVersion !== RUN_VERSION) {
    gaps.push(`the run is of version ${record.runVersion}, and this program knows version ${RUN_VERSION}`);
  }
  const result = record?.job === 'retraining' ? files.result : files.genotype;
  return {
    name: basename(resolve(path)),
    path,
    record: record ?? configSchema.parse({}),
    epochs: inOrder(epochs),
    alphas: inOrder(alphas),
    trace,
    result: readJson(result, resultSchema, gaps, { optional: true }),
    gaps,
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function inOrder<T extends { readonly epoch: number }>(lines: ReadonlyMap<number, T>): T[] {
  return [...lines.values()].toSorted((a, b) => a.epoch - b.epoch);
}

/** Takes the lines that the schema reads. The last line of `metrics.jsonl` is of another kind, and is skipped. */
function readLines<S extends ZodType>(
  path: string,
  schema: S,
  gaps: string[],
  take: (line: z.output<S>) => void,
): void {
  const gap = readJsonLines(path, (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) take(parsed.data);
    return parsed.success || (value as { event?: unknown } | null)?.event === 'done';
  });
  if (gap !== null) gaps.push(gap);
}
