import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ZodType } from 'zod';
import { type AlphaLine, alphaLine } from './alpha-file.ts';
import { epochSchema, type RunEpoch } from './metrics-line.ts';
import { predictionsSchema, type RunPredictions } from './prediction-file.ts';
import { type ProjectionLine, projectionLine } from './projection-line.ts';
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
  /** Decisions of projections, in order; empty in a search without them. */
  readonly projections: readonly ProjectionLine[];
  readonly trace: RunTrace;
  /** null until the run has ended. */
  readonly result: RunResult | null;
  /** Result of the retraining that followed a search; null until it has ended, or if there is none. */
  readonly retrained: RunResult | null;
  /** null until a retraining has ended; those of older versions never have any. */
  readonly predictions: RunPredictions | null;
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
  const record = readJson(files.config, configSchema, gaps);
  const epochs = readEpochs(path, gaps);
  const alphas = record?.job === 'retraining' ? [] : readAlphas(path, gaps);
  const trace = readTrace(files.trace, gaps);
  if (record === null && epochs.length === 0 && trace.states.length === 0) {
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
    epochs,
    alphas,
    projections: readProjections(path),
    trace,
    result: readJson(result, resultSchema, gaps, { optional: true }),
    retrained: readJson(runFiles(files.following).result, resultSchema, gaps, { optional: true }),
    predictions: readJson(files.predictions, predictionsSchema, gaps, { optional: true }),
    gaps,
  };
}

/**
 * Reads the completed epochs of a run, in order.
 *
 * @param path folder of the run
 * @param gaps receives a sentence about what cannot be read
 */
export function readEpochs(path: string, gaps: string[]): RunEpoch[] {
  return readByEpoch(runFiles(path).metrics, epochSchema, gaps);
}

/** Reads the decisions of a search's projections, in order. `readEpochs` tells what cannot be read. */
function readProjections(path: string): ProjectionLine[] {
  const lines = new Map<number, ProjectionLine>();
  readJsonLines(runFiles(path).metrics, (value) => {
    const { data } = projectionLine.safeParse(value);
    if (data !== undefined) lines.set(data.decision, data);
    return true;
  });
  return [...lines.values()].toSorted((a, b) => a.decision - b.decision);
}

/** Reads the alphas of a search at the start and after every epoch, as `readEpochs` reads the epochs. */
export function readAlphas(path: string, gaps: string[]): AlphaEpoch[] {
  return readByEpoch(runFiles(path).alpha, alphaEpoch, gaps);
}

/** Does what `readAlphas` does, with the iterations, which the first runs did not write. */
export function readAlphaLines(path: string, gaps: string[]): AlphaLine[] {
  return readByEpoch(runFiles(path).alpha, alphaLine, gaps);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Lines of `metrics.jsonl` that are of no epoch. */
const OTHERS: readonly unknown[] = ['projection', 'done'];

/** Reads the lines that fit the schema. Those of other kinds are skipped. */
function readByEpoch<Line extends { readonly epoch: number }>(
  path: string,
  schema: ZodType<Line>,
  gaps: string[],
): Line[] {
  // A run that went back to a checkpoint may hold an epoch twice: the last line counts.
  const lines = new Map<number, Line>();
  const gap = readJsonLines(path, (value) => {
    const { success, data } = schema.safeParse(value);
    if (success) lines.set(data.epoch, data);
    return success || OTHERS.includes((value as { event?: unknown } | null)?.event);
  });
  if (gap !== null) gaps.push(gap);
  return [...lines.values()].toSorted((a, b) => a.epoch - b.epoch);
}
