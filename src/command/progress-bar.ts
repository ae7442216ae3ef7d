import type { GenericFormatter, Options } from 'cli-progress';
import stringWidth from 'string-width';
import { describeDuration } from './format.ts';
import { columnsOf, type WritableStream } from './print.ts';

/** Longest and shortest bar, in characters. */
const [LONGEST, SHORTEST] = [40, 10] as const;

/** What stays free at the right edge: a terminal shows two Ctrl-C as `^C^C`, and a line that is full may be broken. */
const FREE = 5;

/** Progress that a bar shows. */
export interface Progress {
  readonly value: number;
  readonly total: number;
  /** Seconds that are left; null while that is not known. */
  readonly left: number | null;
}

/** Whether progress can be shown as a bar, which is drawn again and again in the same place. */
export function showsBars({ isTTY }: Pick<WritableStream, 'isTTY'>): boolean {
  return isTTY === true && process.env.TERM !== 'dumb';
}

/** Payload of a bar of cli-progress. */
export interface Noted<Note> {
  readonly note: Note;
}

/** Options of cli-progress for bars that fit the terminal, and that are gone when they have ended. */
export function barOptions(stream: WritableStream): Options {
  // The bars fit, so the terminal may go on breaking lines: a word longer than its width is not lost.
  return {
    stream,
    hideCursor: true,
    clearOnComplete: true,
    forceRedraw: true,
    linewrap: true,
  };
}

/**
 * Formats a bar.
 *
 * @param describe texts beside the bar, the most important first; it is told the note of the bar's payload
 */
export function barFormat<Note>(
  stream: WritableStream,
  describe: (progress: Progress, note: Note) => readonly string[],
): GenericFormatter {
  return (_, { value, total, progress, eta }, { note }: Noted<Note>) => {
    const left = Number.isFinite(eta) ? eta : null;
    return fitBar(progress, describe({ value, total, left }, note), columnsOf(stream));
  };
}

/** "12 s left"; nothing while that is not known. */
export function describeLeft(seconds: number | null): string[] {
  return seconds === null ? [] : [`${describeDuration(seconds)} left`];
}

/**
 * Lays out a bar in one line. The last texts are left out if they do not fit beside a short bar; the bar is left out if
 * the first text alone does not.
 *
 * @param progress share that is done
 * @param columns width of the terminal
 */
export function fitBar(progress: number, texts: readonly string[], columns: number): string {
  const room = columns - FREE;
  for (let count = texts.length; count > 0; count--) {
    const text = texts.slice(0, count).join('  ');
    const size = Math.min(LONGEST, room - stringWidth(text) - 1);
    if (size >= SHORTEST) return `${drawBar(progress, size)} ${text}`;
  }
  const [first = ''] = texts;
  return stringWidth(first) <= room ? first : first.slice(0, room);
}

function drawBar(progress: number, size: number): string {
  return '\u2588'.repeat(Math.round(progress * size)).padEnd(size, '\u2591');
}
