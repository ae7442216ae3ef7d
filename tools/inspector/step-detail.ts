import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DecisionLine } from '../../actors/coordinator/trace.ts';
import { CELL_KINDS, type CellKind, cellEdges } from '../../src/space/cell.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';
import { lowerBound } from './growing-array.ts';
import type { TraceIndex } from './trace-index.ts';

/** Most decisions read for one step: those beyond are too long ago to matter to a glance. */
const MAX_LOOKBACK = 2000;

/** Most intermediate nodes of a cell that a search takes. */
const MAX_NODES = 10;

/** What can be said of alpha before a step. */
export interface AlphaAtStep {
  /** `[from, to]` of each row of a cell's matrix. */
  readonly edges: readonly (readonly [number, number])[];
  /** Of each column. */
  readonly primitives: readonly Primitive[];
  readonly cells: Readonly<Record<CellKind, CellAlpha>>;
}

/** `[edges, primitives]`, row-major. */
interface CellAlpha {
  readonly values: readonly number[];
  /**
   * The step before which the coordinate had this value. Local steps move all coordinates, and the trace does not say
   * where to: known are all of them at the start and after every epoch, and since then those that were proposed.
   */
  readonly knownAt: readonly number[];
}

/** The losses that the acceptance window held before a step. */
interface WindowAtStep {
  /** K, in steps. */
  readonly size: number;
  /** `window`: its best loss is to be beaten; `paired`: only shown. */
  readonly acceptance: string;
  /** Of the last K steps, or of as many as there were, the oldest first; null where one was not finite. */
  readonly losses: readonly (number | null)[];
}

/** A decision, with what the step started from. */
export interface StepDetail {
  readonly index: number;
  readonly line: DecisionLine;
  /** null where the run's folder does not say, as that of a retraining. */
  readonly alpha: AlphaAtStep | null;
  readonly window: WindowAtStep | null;
}

const alphaLine = z.object({ step: z.number(), normal: z.array(z.number()), reduce: z.array(z.number()) });
type AlphaLine = z.infer<typeof alphaLine>;

const settings = z.object({ options: z.object({ window: z.number(), acceptance: z.string() }) });

/** Decision `index` of the trace of a run with what is known of alpha and of the window; null where it cannot be read. */
export function readStepDetail(run: string, index: TraceIndex, decision: number): StepDetail | null {
  const [line] = index.read([decision]);
  if (line == null) return null;
  return {
    index: decision,
    line,
    alpha: readAlpha(run, index, decision, line),
    window: readWindow(run, index, decision),
  };
}

function readWindow(run: string, index: TraceIndex, decision: number): WindowAtStep | null {
  const config = settings.safeParse(parseOrNull(readText(join(run, 'config.json'))));
  if (!config.success) return null;
  const { window: size, acceptance } = config.data.options;
  const lines = index.read(range(Math.max(0, decision - Math.min(size, MAX_LOOKBACK)), decision));
  return { size, acceptance, losses: lines.map((line) => line?.loss ?? null) };
}

function readAlpha(run: string, index: TraceIndex, decision: number, line: DecisionLine): AlphaAtStep | null {
  const noted = readAlphaLines(run)
    .filter(({ step }) => step <= line.step)
    .at(-1);
  const layout = noted && layoutOf(noted.normal.length);
  if (!noted || layout === undefined) return null;
  const { edges, primitives } = layout;
  const cells = {
    normal: { values: noted.normal, knownAt: noted.normal.map(() => noted.step) },
    reduce: { values: noted.reduce, knownAt: noted.reduce.map(() => noted.step) },
  };
  const since = lowerBound(decision, (i) => (index.read([i])[0]?.step ?? Infinity) >= noted.step);
  const lines = index.read(range(Math.max(since, decision - MAX_LOOKBACK), decision));
  for (const each of [...lines, line]) {
    for (const [i, { cell, edge, primitive, from, to }] of (each?.proposals ?? []).entries()) {
      const row = edges.findIndex((e) => e[0] === edge[0] && e[1] === edge[1]);
      const column = primitives.indexOf(primitive);
      if (each === null || row < 0 || column < 0) continue;
      const at = row * primitives.length + column;
      // A joint step moves the coordinate along the gradient as well.
      const taken = each !== line && i === each.accepted && each.kind === 'global';
      cells[cell].values[at] = taken ? to : from;
      cells[cell].knownAt[at] = each.step + Number(taken);
    }
  }
  return { edges, primitives, cells };
}

/** Edges and primitives of a cell from the number of its coordinates; undefined where no cell has so many. */
function layoutOf(coordinates: number): Pick<AlphaAtStep, 'edges' | 'primitives'> | undefined {
  for (const primitives of [FAIR_DARTS_PRIMITIVES, DARTS_PRIMITIVES]) {
    for (let nodes = 1; nodes <= MAX_NODES; nodes++) {
      const edges = cellEdges(nodes).map(({ from, to }): [number, number] => [from, to]);
      if (edges.length * primitives.length === coordinates) return { edges, primitives };
    }
  }
  return undefined;
}

/** Whole lines that say what they should: a run may be writing the last one, or have died while it was. */
function readAlphaLines(run: string): AlphaLine[] {
  return readText(join(run, 'alpha.jsonl'))
    .split('\n')
    .flatMap((text) => {
      const line = alphaLine.safeParse(parseOrNull(text));
      return line.success && CELL_KINDS.every((cell) => line.data[cell].length === line.data.normal.length)
        ? [line.data]
        : [];
    });
}

/** Nothing where there is no such file. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
