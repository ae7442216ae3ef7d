import type { TraceLine } from '../../src/record/trace-line.ts';
import { parseTraceLine, readWholeLines } from '../../src/record/trace-reader.ts';
import { compareValues, type ValueDifference } from './compare-values.ts';

/** Which lines are compared: all, or only decisions, since a run that was resumed has transitions of its own. */
export type ComparedLines = 'all' | 'decisions';

/** The first line in which two traces differ. */
export interface TraceDifference {
  /** Its number in each of them, counted from 1; null where a trace has ended. */
  readonly lines: readonly [number | null, number | null];
  /** What it tells of in each of them; null likewise. */
  readonly events: readonly [TraceLine['event'] | null, TraceLine['event'] | null];
  /** Iteration of the last decision up to this line in each of them, counted from 0; null before any. */
  readonly steps: readonly [number | null, number | null];
  /** In what they differ; none where one of the traces has ended. */
  readonly values: readonly ValueDifference[];
}

export interface TraceComparison {
  /** Lines that are the same from the beginning on, and decisions among them. */
  readonly same: { readonly lines: number; readonly decisions: number };
  /** null where the traces are the same. */
  readonly difference: TraceDifference | null;
}

/** A trace, a line at a time. */
class TraceCursor {
  readonly #path: string;
  readonly #lines: Generator<string, undefined>;
  readonly #compared: ComparedLines;
  #lastDecision: { readonly text: string; readonly number: number } | null = null;
  /** Number of the line. */
  number = 0;
  /** null at the end. */
  text: string | null = null;

  constructor(path: string, compared: ComparedLines) {
    this.#path = path;
    this.#lines = readWholeLines(path);
    this.#compared = compared;
  }

  advance(): void {
    do {
      // Not `for of`, which would close the file where it is left.
      const { done, value } = this.#lines.next();
      this.text = done ? null : value;
      this.number++;
      if (this.text?.includes('"event":"decision"')) this.#lastDecision = { text: this.text, number: this.number };
    } while (this.#compared === 'decisions' && this.text !== null && !this.decides);
  }

  get decides(): boolean {
    return this.#lastDecision?.number === this.number;
  }

  /** The line without its time: two runs never have the same. */
  get timeless(): string | null {
    return this.text?.replace(/^\{"t":[^,]*,/, '') ?? null;
  }

  /** @throws RunFolderError where the line is damaged */
  get line(): TraceLine | null {
    return this.text === null ? null : parseTraceLine(this.text, this.number, this.#path);
  }

  get step(): number | null {
    if (this.#lastDecision === null) return null;
    const line = parseTraceLine(this.#lastDecision.text, this.#lastDecision.number, this.#path);
    return line.event === 'decision' ? line.step : null;
  }
}

/**
 * Looks for the first line in which two traces differ in anything but their times, with a line of each in memory. A
 * last line without its end does not count.
 *
 * @throws RunFolderError where there is no trace, or the line that differs is damaged
 */
export function compareTraces(paths: readonly [string, string], compared: ComparedLines): TraceComparison {
  const [a, b] = [new TraceCursor(paths[0], compared), new TraceCursor(paths[1], compared)];
  const same = { lines: 0, decisions: 0 };
  for (;;) {
    a.advance();
    b.advance();
    if (a.text === null && b.text === null) return { same, difference: null };
    if (a.timeless !== b.timeless) {
      const difference = findDifference(a, b);
      if (difference !== null) return { same, difference };
    }
    same.lines++;
    if (a.decides) same.decisions++;
  }
}

/** null where the lines only spell the same differently. */
function findDifference(a: TraceCursor, b: TraceCursor): TraceDifference | null {
  const [first, second] = [a.line, b.line];
  const values = first && second ? compareValues(withoutTime(first), withoutTime(second)) : [];
  if (first && second && values.length === 0) return null;
  return {
    lines: [first && a.number, second && b.number],
    events: [first?.event ?? null, second?.event ?? null],
    steps: [a.step, b.step],
    values,
  };
}

function withoutTime({ t, ...rest }: TraceLine): object {
  return rest;
}
