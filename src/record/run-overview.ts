import { statSync } from 'node:fs';
import { z } from 'zod';
import { DONE, PAUSED, readAttempts } from './attempts.ts';
import { describeOwner, type Owner } from './lock-owner.ts';
import { epochSchema } from './metrics-line.ts';
import { lenientNumber, lenientObject, readJson } from './read-json.ts';
import { readTail } from './read-tail.ts';
import { configSchema, type JobName, runFiles } from './run-folder.ts';
import { BEAT_MS, lookAtLock } from './run-lock.ts';

/** States of a run as its folder shows them. A run that failed noted an error; a dead one left no word. */
export const RUN_STATES = ['running', 'paused', 'failed', 'dead', 'done'] as const;
export type OverviewState = (typeof RUN_STATES)[number];

/** Milliseconds without a sign of life after which a run of another machine counts as dead. */
const SILENCE_MS = 9 * BEAT_MS;

/** Epochs whose times tell how long the others will take. */
const TIMED_EPOCHS = 5;

/** A run in a row of a table. */
export interface RunOverview {
  /** Path of the run's folder. */
  readonly path: string;
  readonly state: OverviewState;
  /** null before the run has a record. */
  readonly job: JobName | null;
  /** Method of a search; null in a retraining. */
  readonly method: string | null;
  /** Epochs completed, and all of them; null if neither record nor log tells. */
  readonly epoch: number;
  readonly epochs: number | null;
  /** Accuracy as a share: that of the result, else of the last epoch; of a search it is the supernet's. */
  readonly accuracy: number | null;
  /** Seconds that a run will go on for by its last epochs; null if it does not run, or has completed none. */
  readonly secondsLeft: number | null;
  /** Machine of the last process that worked on the run. */
  readonly host: string | null;
  /** Time of the last sign of life, in milliseconds since 1970. */
  readonly lastSign: number | null;
  /** Why the last process ended; null while one works, if the state says it, and if nobody wrote it down. */
  readonly why: string | null;
}

const epochEnd = epochSchema.pick({ event: true, epoch: true, epochs: true, seconds: true }).extend({
  validation: lenientObject({ accuracy: lenientNumber }),
  test: lenientObject({ accuracy: lenientNumber }),
});

/** What the result of any job, or the last line of its log, says of its accuracy. */
const resultEnd = z.object({
  searchAccuracy: lenientObject({ test: lenientNumber }),
  test: lenientObject({ accuracy: lenientNumber }),
});
const doneLine = resultEnd.extend({ event: z.literal('done') });

/**
 * Reads a run's folder for a table, also one that is half written: a part of each file, whatever its size.
 *
 * @param now time in milliseconds since 1970
 * @param self this process: runs of its machine are seen to live or to be dead
 */
export function readOverview(path: string, now = Date.now(), self: Owner = describeOwner()): RunOverview {
  const files = runFiles(path);
  const record = readJson(files.config, configSchema, []);
  const options = record?.options ?? {};
  const log = readEnd(files.metrics);
  const lock = lookAtLock(files.lock, self);
  const attempt = readAttempts(files.attempts).at(-1);
  const signs = [lock?.beat, timeOf(files.trace), timeOf(files.metrics), timeOf(files.config)];
  const lastSign = Math.max(...signs.map((sign) => sign ?? 0)) || null;

  const result = record?.job === 'retraining' ? files.result : files.genotype;
  const isDone = statSync(result, { throwIfNoEntry: false })?.isFile() ?? false;
  const isSilent = now - (lastSign ?? 0) > SILENCE_MS;
  const holder = lock?.holder === 'unknown' ? (isSilent ? 'dead' : 'lives') : (lock?.holder ?? 'free');
  const why = attempt?.end.how ?? null;
  const state = isDone ? 'done' : stateOf(holder, attempt?.end, files.trace);
  const epochs = log.epochs ?? numberOf(options, 'epochs');
  const left = epochs === null || log.seconds === null ? null : (epochs - log.epoch) * log.seconds;
  const since = (now - (timeOf(files.metrics) ?? now)) / 1000;
  return {
    path,
    state,
    job: record?.job ?? null,
    method: record?.job === 'search' && typeof options.method === 'string' ? options.method : null,
    epoch: log.epoch,
    epochs,
    accuracy: (isDone ? (log.result ?? accuracyOf(readJson(result, resultEnd, []))) : null) ?? log.accuracy,
    secondsLeft: state === 'running' && left !== null ? Math.max(0, left - since) : null,
    host: attempt?.host ?? lock?.host ?? null,
    lastSign,
    why: state === 'running' || why === DONE.how || why === PAUSED.how ? null : why,
  };
}

type End = ReturnType<typeof readAttempts>[number]['end'];

/** State of a run that is not done. */
function stateOf(holder: 'free' | 'lives' | 'dead', end: End | undefined, trace: string): OverviewState {
  if (holder === 'lives') return 'running';
  if (holder === 'dead') return 'dead';
  if (end !== undefined) return end.how === PAUSED.how ? 'paused' : end.how === DONE.how ? 'done' : 'failed';
  // The oldest runs noted no attempts.
  let last: unknown = null;
  readTail(trace, (line) => {
    const { event, to } = line as { event?: unknown; to?: unknown };
    if (event === 'transition') last = to;
    return event !== 'transition';
  });
  return last === 'paused' || last === 'failed' ? last : 'dead';
}

/** What the end of `metrics.jsonl` tells. */
function readEnd(metrics: string) {
  let last: z.output<typeof epochEnd> | null = null;
  let result: number | null = null;
  const seconds: number[] = [];
  readTail(metrics, (value) => {
    const line = epochEnd.safeParse(value).data;
    if (line === undefined) {
      result ??= accuracyOf(doneLine.safeParse(value).data ?? null);
      return true;
    }
    last ??= line;
    if (line.seconds !== null) seconds.push(line.seconds);
    return seconds.length < TIMED_EPOCHS && line.epoch > 1;
  });
  // The compiler does not see that the closure has changed it.
  const { epoch = 0, epochs = null, validation, test } = (last as z.output<typeof epochEnd> | null) ?? {};
  return {
    epoch,
    epochs,
    /** Mean of an epoch. */
    seconds: seconds.length === 0 ? null : seconds.reduce((sum, one) => sum + one, 0) / seconds.length,
    accuracy: validation?.accuracy ?? test?.accuracy ?? null,
    result,
  };
}

function accuracyOf(result: z.output<typeof resultEnd> | null): number | null {
  return result?.searchAccuracy.test ?? result?.test.accuracy ?? null;
}

function numberOf(group: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = group[name];
  return typeof value === 'number' ? value : null;
}

/** Time of the last change of a file; null if there is none. */
function timeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
