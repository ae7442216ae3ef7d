import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { ZodType, z } from 'zod';
import { readJson } from './read-json.ts';
import { readJsonLines } from './read-json-lines.ts';
import { type RunTrace, readTrace } from './read-trace.ts';
import { RUN_VERSION, RunFolderError } from './run-folder.ts';
import {
  type AlphaEpoch,
  alphaSchema,
  configSchema,
  epochSchema,
  type RunEpoch,
  type RunRecord,
  type RunResult,
  resultSchema,
} from './run-schemas.ts';

/** A run as its folder tells it: plain data. */
export interface Run {
  /** Of the folder. */
  readonly name: string;
  readonly path: string;
  readonly record: RunRecord;
  /** Those completed, in their order. */
  readonly epochs: readonly RunEpoch[];
  /** At the start and after every epoch; none in a retraining. */
  readonly alphas: readonly AlphaEpoch[];
  readonly trace: RunTrace;
  /** null as long as the run has not ended. */
  readonly result: RunResult | null;
  /** What could not be read, in sentences. */
  readonly gaps: readonly string[];
}

/**
 * Reads a run folder, of a run that goes on too. Old folders, files that are missing and damaged lines do not stop it:
 * `gaps` says what is missing.
 *
 * @throws RunFolderError where there is no such folder, or nothing in it is of a run
 */
export function readRun(path: string): Run {
  if (!isFolder(path)) throw new RunFolderError(`${path} holds no run: there is no such folder`);
  const gaps: string[] = [];
  const epochs = new Map<number, RunEpoch>();
  const alphas = new Map<number, AlphaEpoch>();
  // A run that went back to a checkpoint may say an epoch twice: the last word counts.
  const record = readJson(join(path, 'config.json'), configSchema, gaps);
  readLines(join(path, 'metrics.jsonl'), epochSchema, gaps, (epoch) => epochs.set(epoch.epoch, epoch));
  if (record?.job !== 'retraining') {
    readLines(join(path, 'alpha.jsonl'), alphaSchema, gaps, (alpha) => alphas.set(alpha.epoch, alpha));
  }
  const trace = readTrace(join(path, 'trace.jsonl'), gaps);
  if (record === null && epochs.size === 0 && trace.states.length === 0) {
    throw new RunFolderError(`${path} holds no run: ${gaps.join(', ')}`);
  }
  if (record !== null && record.runVersion !== RUN_VERSION) {
    gaps.push(`the run is of version ${record.runVersion}, and this program knows version ${RUN_VERSION}`);
  }
  const result = record?.job === 'retraining' ? 'result.json' : 'genotype.json';
  return {
    name: basename(resolve(path)),
    path,
    record: record ?? configSchema.parse({}),
    epochs: inOrder(epochs),
    alphas: inOrder(alphas),
    trace,
    result: readJson(join(path, result), resultSchema, gaps, { optional: true }),
    gaps,
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function inOrder<T extends { readonly epoch: number }>(lines: ReadonlyMap<number, T>): T[] {
  return [...lines.values()].toSorted((a, b) => a.epoch - b.epoch);
}

/** Takes the lines that are as the schema has them; those of another event are none of its business. */
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
