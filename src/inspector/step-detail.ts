import { z } from 'zod';
import { type AlphaLine, alphaLine, readAlphaBefore } from '../record/alpha-file.ts';
import { readJson, readJsonLines } from '../record/read-json.ts';
import { runFiles } from '../record/run-folder.ts';
import type { DecisionLine } from '../record/trace-line.ts';
import { readRecordedAlpha } from '../search/recorded-alpha.ts';
import { CELL_KINDS, type CellKind, cellEdges } from '../space/cell.ts';
import { type CellTable, tabulateCell } from '../space/cell-table.ts';
import type { TraceIndex } from './trace-index.ts';

/** Largest number of losses of a window that are shown. */
const MAX_SHOWN = 2000;

/** A decision, with what the step started from. */
export interface StepDetail {
  /** Index of the decision. */
  readonly index: number;
  readonly line: DecisionLine;
  /** null if the run folder does not hold it, as in a retraining. */
  readonly alpha: AlphaAtStep | null;
  readonly window: WindowAtStep | null;
}

/** Alpha before a step. */
export interface AlphaAtStep {
  /** Iteration that alpha belongs to. In an old run this is not the step's, but the first of its epoch. */
  readonly notedAt: number;
  /** `[from, to]` node of each row of a cell's table. */
  readonly edges: readonly (readonly [number, number])[];
  readonly cells: Readonly<Record<CellKind, CellTable>>;
}

/** Losses that the acceptance window held before a step. */
interface WindowAtStep {
  /** K, in steps. */
  readonly size: number;
  /** Acceptance rule. With `window` the best loss is to be beaten; else the window is only shown. */
  readonly acceptance: string;
  /**
   * Losses of the last K steps, or of fewer at the start, oldest first; null for a loss that was not finite, and with
   * `never` for those of proposals, which the window does not hold.
   */
  readonly losses: readonly (number | null)[];
}

const settings = z.object({ options: z.object({ window: z.number(), acceptance: z.string() }) });
const record = z.object({ options: z.unknown() });

/** Reads a decision with alpha and the acceptance window before it; null if the trace no longer holds it. */
export function readStepDetail(run: string, index: TraceIndex, decision: number): StepDetail | null {
  const [line] = index.read([decision]);
  if (line == null) return null;
  return {
    index: decision,
    line,
    alpha: readAlphaAtStep(run, line.step),
    window: readWindow(run, index, decision),
  };
}

function readWindow(run: string, index: TraceIndex, decision: number): WindowAtStep | null {
  const config = readJson(runFiles(run).config, settings, []);
  if (config === null) return null;
  const { window: size, acceptance } = config.options;
  const lines = index.read(range(Math.max(0, decision - Math.min(size, MAX_SHOWN)), decision));
  const isHeld = (line: DecisionLine): boolean => acceptance !== 'never' || line.kind === 'local';
  return { size, acceptance, losses: lines.map((line) => (line != null && isHeld(line) ? line.loss : null)) };
}

function readAlphaAtStep(run: string, iteration: number): AlphaAtStep | null {
  const { alpha, alphaSteps, config } = runFiles(run);
  const noted = readAlphaLines(alpha).findLast(({ step }) => step <= iteration);
  if (noted === undefined) return null;
  const size = noted.normal.length;
  const told = readRecordedAlpha(readJson(config, record, [])?.options, size);
  if (told === null) return null;
  const exact = readAlphaBefore(alphaSteps, 2 * size, iteration);
  const [normal, reduce] =
    exact === null ? [noted.normal, noted.reduce] : [exact.subarray(0, size), exact.subarray(size)];
  return {
    notedAt: exact === null ? noted.step : iteration,
    edges: cellEdges(told.nodes).map(({ from, to }) => [from, to]),
    cells: { normal: tabulateCell(told.names.normal, normal), reduce: tabulateCell(told.names.reduce, reduce) },
  };
}

/** Reads the lines of `alpha.jsonl` whose cells have the same size. */
function readAlphaLines(path: string): AlphaLine[] {
  const lines: AlphaLine[] = [];
  readJsonLines(path, (value) => {
    const { success, data } = alphaLine.safeParse(value);
    const fits = success && CELL_KINDS.every((cell) => data[cell].length === data.normal.length);
    if (fits) lines.push(data);
    return fits;
  });
  return lines;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
