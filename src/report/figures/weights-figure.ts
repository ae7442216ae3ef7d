import type { CellMatrices } from '../../space/alpha.ts';
import { CELL_KINDS, type Edge } from '../../space/cell.ts';
import type { FigureSpec } from './compile-figure.ts';

/** Parameter of a figure with moments: the number of the one that is shown. */
export const MOMENT = 'moment';

/** Mixing weights over the moments of a search. */
export interface WeightsHistory {
  readonly edges: readonly Edge[];
  readonly primitives: readonly string[];
  /** At least one; `[edges, primitives]` row-major. */
  readonly moments: readonly CellMatrices[];
}

/** All mixing weights of both cells as a map of colors: a row an edge, a column a primitive; for a page. */
export function weightsFigure({ edges, primitives, moments }: WeightsHistory): FigureSpec {
  const labelOf = (cell: string, { from, to }: Edge): string => `${cell} ${from}→${to}`;
  const values = CELL_KINDS.flatMap((cell) =>
    edges.flatMap((edge, row) =>
      primitives.map((primitive, column) => ({
        edge: labelOf(cell, edge),
        primitive,
        weights: moments.map((matrices) => round(matrices[cell][row * primitives.length + column] as number)),
      })),
    ),
  );
  const [normal, reduce] = CELL_KINDS.map((cell) => edges.map((edge) => labelOf(cell, edge)));
  return {
    width: 'container',
    autosize: { type: 'fit-x', contains: 'padding' },
    height: 16 * (2 * edges.length + 1),
    params: [{ name: MOMENT, value: moments.length - 1 }],
    data: { values },
    transform: [{ calculate: `datum.weights[${MOMENT}]`, as: 'weight' }],
    mark: { type: 'rect' },
    encoding: {
      x: {
        field: 'primitive',
        type: 'nominal',
        title: null,
        scale: { domain: primitives },
        axis: { labelAngle: -40, orient: 'top' },
      },
      y: {
        field: 'edge',
        type: 'nominal',
        title: null,
        scale: { domain: [...(normal as string[]), '', ...(reduce as string[])] }, // a gap between the cells
      },
      color: {
        field: 'weight',
        type: 'quantitative',
        scale: { domain: [0, 1], scheme: 'viridis' },
        legend: { orient: 'bottom', title: 'mixing weight', direction: 'horizontal' },
      },
      tooltip: [
        { field: 'edge', title: 'edge' },
        { field: 'primitive', title: 'primitive' },
        { field: 'weight', title: 'mixing weight', format: '.4f' },
      ],
    },
  } as FigureSpec;
}

/** To what a color can tell. */
function round(weight: number): number {
  return Math.round(weight * 1e4) / 1e4;
}
