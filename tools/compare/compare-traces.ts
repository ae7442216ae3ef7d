import { parseTraceLine, type TraceLine } from '../../src/record/trace-line.ts';
import { readTraceText } from '../../src/record/trace-reader.ts';

/** Lines that are compared: all, or only decisions, because a resumed run has transitions of its own. */
export type ComparedLines = 'all' | 'decisions';

/** The first line in which two traces differ. Pairs hold a value for the first trace and one for the second. */
export interface TraceDifference {
  /** Number of the line, counted from 1; null if the trace has ended. */
  readonly lines: readonly [number | null, number | null];
  /** Event of the line; null if the trace has ended. */
  readonly events: readonly [TraceLine['event'] | null, TraceLine['event'] | null];
  /** Iteration of the last decision up to this line, counted from 0; null before the first decision. */
  readonly steps: readonly [number | null, number | null];
  /** Values that differ; empty if one of the traces has ended. */
  readonly values: readonly ValueDifference[];
}

export interface TraceComparison {
  /** Number of lines that are the same from the beginning, and of decisions among them. */
  readonly same: { readonly lines: number; readonly decisions: number };
  /** null if the traces are the same. */
  readonly difference: TraceDifference | null;
}

/** Two values that differ, and their place: names and indices on the way to them, joined by dots. */
export interface ValueDifference {
  readonly path: string;
  /** undefined if there is no value. */
  readonly first: unknown;
  readonly second: unknown;
}

/** Lists the differences between two values of JSON. A part that only one of them has is one difference. */
export function compareValues(first: unknown, second: unknown, path = ''): ValueDifference[] {
  if (Object.is(first, second)) return [];
  const [a, b] = [entriesOf(first), entriesOf(second)];
  if (a === null || b === null || Array.isArray(first) !== Array.isArray(second)) return [{ path, first, second }];
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].flatMap((name) => compareValues(a.get(name), b.get(name), path === '' ? name : `${path}.${name}`));
}

/** null if the value has no parts. */
function entriesOf(value: unknown): Map<string, unknown> | null {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : null;
}

/** Walks over a trace, one line at a time. */
class TraceCursor {
  readonly #path: string;
  readonly #lines: Generator<string, string>;
  readonly #compared: ComparedLines;
  #lastDecision: { readonly text: string; readonly number: number } | null = null;
  /** Number of the line, counted from 1; 0 before the first `advance`. */
  number = 0;
  /** Text of the line; null at the end. */
  text: string | null = null;

  constructor(path: string, compared: ComparedLines) {
    this.#path = path;
    this.#lines = readTraceText(path);
    this.#compared = compared;
  }

  advance(): void {
    do {
      // `for of` would close the file at the first line.
      const { done, value } = this.#lines.next();
      this.text = done ? null : value;
      this.number++;
      if (this.text?.includes('"event":"decision"')) this.#lastDecision = { text: this.text, number: this.number };
    } while (this.#compared === 'decisions' && this.text !== null && !this.decides);
  }

  /** Whether the line is a decision. */
  get decides(): boolean {
    return this.#lastDecision?.number === this.number;
  }

  /** The line without its time, which differs between any two runs. */
  get timeless(): string | null {
    return this.text?.replace(/^\{"t":[^,]*,/, '') ?? null;
  }

  /** @throws RunFolderError if the line is damaged */
  get line(): TraceLine | null {
    return this.text === null ? null : parseTraceLine(this.text, this.number, this.#path);
  }

  /** Iteration of the last decision; null before the first. */
  get step(): number | null {
    if (this.#lastDecision === null) return null;
    const line = parseTraceLine(this.#lastDecision.text, this.#lastDecision.number, this.#path);
    return line.event === 'decision' ? line.step : null;
  }
}

/**
 * Finds the first line in which two traces differ in anything but their times. It keeps one line of each trace in
 * memory, and ignores a last line without a newline.
 *
 * @throws RunFolderError if a trace is missing, or the line that differs is damaged
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

/** null if the lines hold the same values in different spellings. */
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
