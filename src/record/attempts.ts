import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { readJsonLines } from './read-json.ts';
import { RunFolderError } from './run-folder-error.ts';

/** Deaths at one iteration after which a run is not begun again. */
const MAX_DEATHS = 3;

const started = z.object({
  event: z.literal('started'),
  /** Time in milliseconds since 1970. */
  t: z.number(),
  host: z.string(),
  cpu: z.string(),
  pid: z.number(),
  /** N of the lock. */
  incarnation: z.number(),
  /** Iteration that the attempt began at, by its checkpoint. */
  step: z.number(),
  /** How the attempt before ended; null for the first. */
  last: z.string().nullable(),
});

const ended = z.object({
  event: z.literal('ended'),
  t: z.number(),
  incarnation: z.number(),
  how: z.string(),
  /** Whether it ended against everyone's will. */
  died: z.boolean(),
});

/** A line of `attempts.jsonl`: a process began to work on a run, or has ended its work. */
const attemptLine = z.discriminatedUnion('event', [started, ended]);
type AttemptLine = z.output<typeof attemptLine>;

/** How an attempt ended. */
export type AttemptEnd = Pick<z.output<typeof ended>, 'how' | 'died'>;

/** End of an attempt that left no word. */
const KILLED: AttemptEnd = { how: 'its process was killed, or its machine went down', died: true };

/** Ends that nobody regrets. */
export const PAUSED: AttemptEnd = { how: 'it was paused', died: false };
export const DONE: AttemptEnd = { how: 'it was done', died: false };

/** An attempt that begins. */
export type Attempt = Pick<z.output<typeof started>, 'cpu' | 'incarnation' | 'step'>;

/**
 * Notes that an attempt at a run begins.
 *
 * @param path path of `attempts.jsonl`
 * @returns notes how the attempt ended; only the first call counts
 * @throws RunFolderError if the three attempts before died at the same iteration
 */
export function beginAttempt(path: string, { cpu, incarnation, step }: Attempt): (end: AttemptEnd) => void {
  const before = readAttempts(path);
  const sinceMoved = before.slice(before.findLastIndex((attempt) => attempt.step !== step || !attempt.end.died) + 1);
  const last = before.at(-1);
  if (last !== undefined && sinceMoved.length >= MAX_DEATHS) {
    throw new RunFolderError(
      `the run died ${sinceMoved.length} times at iteration ${step}, the last time on ${last.host}: ` +
        `${last.end.how}; remove ${path} to try once more`,
    );
  }
  const at = { t: Date.now(), incarnation };
  const self = { host: hostname(), cpu, pid: process.pid };
  append(path, { event: 'started', ...at, ...self, step, last: last?.end.how ?? null });
  let over = false;
  return ({ how, died }) => {
    if (over) return;
    over = true;
    try {
      append(path, { event: 'ended', t: Date.now(), incarnation, how, died });
    } catch {
      // The folder is gone, or the disk is full: what ended the attempt says more.
    }
  };
}

/** Reads the attempts at a run in their order; none if there is no file. Lines that cannot be read are passed over. */
export function readAttempts(
  path: string,
): { readonly host: string; readonly step: number; readonly end: AttemptEnd }[] {
  const attempts = new Map<number, { host: string; step: number; end: AttemptEnd }>();
  readJsonLines(path, (value) => {
    const { success, data } = attemptLine.safeParse(value);
    if (!success) return false;
    const known = attempts.get(data.incarnation);
    if (data.event === 'started') attempts.set(data.incarnation, { host: data.host, step: data.step, end: KILLED });
    else if (known !== undefined) known.end = { how: data.how, died: data.died };
    return true;
  });
  return [...attempts.values()];
}

/** Appends a line, on a line of its own even if a crash cut the one before. */
function append(path: string, line: AttemptLine): void {
  const cut = existsSync(path) && readFileSync(path).at(-1) !== 0x0a;
  appendFileSync(path, `${cut ? '\n' : ''}${JSON.stringify(line)}\n`);
}
