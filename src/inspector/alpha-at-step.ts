import { join } from 'node:path';
import { z } from 'zod';
import { readAlphaBefore } from '../record/alpha-file.ts';
import { readJsonLines } from '../record/read-json-lines.ts';
import { alphaSchema } from '../record/run-schemas.ts';
import { shapeOfSize, splitAlpha } from '../space/alpha.ts';
import { CELL_KINDS, type CellKind, cellEdges } from '../space/cell.ts';
import type { Primitive } from '../space/primitives.ts';

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

const alphaLine = alphaSchema.extend({ step: z.number() });
type AlphaLine = z.infer<typeof alphaLine>;

/** null where the run's folder tells nothing of alpha, as that of a retraining. */
export function readAlphaAtStep(run: string, step: number): AlphaAtStep | null {
  const noted = readAlphaLines(run).findLast((line) => line.step <= step);
  const size = noted?.normal.length ?? 0;
  const shape = shapeOfSize(size);
  if (noted === undefined || shape === null) return null;
  const exact = readAlphaBefore(join(run, 'alpha-steps.f64'), 2 * size, step);
  const { normal, reduce } = exact === null ? noted : splitAlpha(shape, exact);
  return {
    notedAt: exact === null ? noted.step : step,
    edges: cellEdges(shape.nodes).map(({ from, to }) => [from, to]),
    primitives: shape.primitives,
    cells: { normal: [...normal], reduce: [...reduce] },
  };
}

/** Lines that say what they should. */
function readAlphaLines(run: string): AlphaLine[] {
  const lines: AlphaLine[] = [];
  readJsonLines(join(run, 'alpha.jsonl'), (value) => {
    const { success, data } = alphaLine.safeParse(value);
    const fits = success && CELL_KINDS.every((cell) => data[cell].length === data.normal.length);
    if (fits) lines.push(data);
    return fits;
  });
  return lines;
}
