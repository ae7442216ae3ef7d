import { join } from 'node:path';
import { z } from 'zod';
import { readAlphaBefore } from '../../src/record/alpha-file.ts';
import { CELL_KINDS, type CellKind, cellEdges } from '../../src/space/cell.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';
import { parseOrNull, readTextOrNothing } from './forgiving-read.ts';

/** Most intermediate nodes of a cell that a search takes. */
const MAX_NODES = 10;

/** Alpha before a step. */
export interface AlphaAtStep {
  /** The step that alpha was noted at: the one asked for, or the last epoch's end before it in a run of old. */
  readonly notedAt: number;
  /** `[from, to]` of each row of a cell's matrix. */
  readonly edges: readonly (readonly [number, number])[];
  /** Of each column. */
  readonly primitives: readonly Primitive[];
  /** `[edges, primitives]`, row-major. */
  readonly cells: Readonly<Record<CellKind, readonly number[]>>;
}

const alphaLine = z.object({ step: z.number(), normal: z.array(z.number()), reduce: z.array(z.number()) });
type AlphaLine = z.infer<typeof alphaLine>;

/** null where the run's folder tells nothing of alpha, as that of a retraining. */
export function readAlphaAtStep(run: string, step: number): AlphaAtStep | null {
  const noted = readAlphaLines(run).findLast((line) => line.step <= step);
  const layout = noted && layoutOf(noted.normal.length);
  if (!noted || layout === undefined) return null;
  const size = noted.normal.length;
  const exact = readAlphaBefore(join(run, 'alpha-steps.f64'), 2 * size, step);
  const cells = exact === null ? noted : { normal: [...exact.subarray(0, size)], reduce: [...exact.subarray(size)] };
  return {
    notedAt: exact === null ? noted.step : step,
    ...layout,
    cells: { normal: cells.normal, reduce: cells.reduce },
  };
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
  return readTextOrNothing(join(run, 'alpha.jsonl'))
    .split('\n')
    .flatMap((text) => {
      const line = alphaLine.safeParse(parseOrNull(text));
      return line.success && CELL_KINDS.every((cell) => line.data[cell].length === line.data.normal.length)
        ? [line.data]
        : [];
    });
}
