import type { AlphaEpoch } from '../../record/read-run.ts';
import { type CellMatrices, shapeOfSize, splitAlpha } from '../../space/alpha.ts';
import { CELL_KINDS, cellEdges, type Edge } from '../../space/cell.ts';
import { type CellRelaxation, expectMixing } from '../../space/drawn-relaxation.ts';
import { DARTS_PRIMITIVES } from '../../space/primitives.ts';
import { containerWidth, MOMENT } from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

/** Mixing weights over the epochs of a search. */
export interface MixingHistory {
  readonly edges: readonly Edge[];
  readonly primitives: readonly string[];
  /** At least one; each `[edges, primitives]`, row-major. */
  readonly moments: readonly CellMatrices[];
}

/**
 * Relaxes the alphas of a search. Their sizes tell the space, and without a relaxation that too: with `none` among the
 * primitives it is a softmax, else a sigmoid. Mixing weights that the search draws are shown as expected.
 *
 * @param given relaxation of the search's method, if that is known
 * @returns null without any alpha, or if the sizes fit no known space
 */
export function mixingHistory(alphas: readonly AlphaEpoch[], given?: CellRelaxation): MixingHistory | null {
  const [first] = alphas;
  if (first === undefined) return null;
  // Rows that end in weights of edges tell no space.
  if (given === 'edge-normalized') return null;
  const size = first.normal.length;
  if (alphas.some((alpha) => CELL_KINDS.some((cell) => alpha[cell].length !== size))) return null;
  const shape = shapeOfSize(size);
  if (shape === null) return null;
  const { nodes, primitives } = shape;
  const relaxation = given ?? (primitives === DARTS_PRIMITIVES ? 'softmax' : 'sigmoid');
  const moments = alphas.map(({ normal, reduce }) => {
    const flat = Float64Array.from([...normal, ...reduce]);
    return splitAlpha(shape, expectMixing(relaxation, flat, primitives.length));
  });
  return { edges: cellEdges(nodes), primitives, moments };
}

/** Maps the mixing weights of both cells to colors, for a page: a row per edge, a column per primitive. */
export function mixingWeightsFigure({ edges, primitives, moments }: MixingHistory): FigureSpec {
  const rowsOf = (cell: string): string[] => edges.map(({ from, to }) => `${cell} ${from}→${to}`);
  const values = CELL_KINDS.flatMap((cell) =>
    rowsOf(cell).flatMap((edge, row) =>
      primitives.map((primitive, column) => ({
        edge,
        primitive,
        history: moments.map((matrices) => round(matrices[cell][row * primitives.length + column] as number)),
      })),
    ),
  );
  return {
    ...containerWidth(),
    height: 16 * (2 * edges.length + 1),
    params: [{ name: MOMENT, value: moments.length - 1 }],
    data: { values },
    transform: [{ calculate: `datum.history[${MOMENT}]`, as: 'mixingWeight' }],
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
        scale: { domain: [...rowsOf('normal'), '', ...rowsOf('reduce')] }, // a gap between the cells
      },
      color: {
        field: 'mixingWeight',
        type: 'quantitative',
        scale: { domain: [0, 1], scheme: 'viridis' },
        legend: { orient: 'bottom', title: 'mixing weight', direction: 'horizontal' },
      },
      tooltip: [
        { field: 'edge', title: 'edge' },
        { field: 'primitive', title: 'primitive' },
        { field: 'mixingWeight', title: 'mixing weight', format: '.4f' },
      ],
    },
  } as FigureSpec;
}

/** Drops digits that a color cannot show, to keep the page small. */
function round(mixingWeight: number): number {
  return Math.round(mixingWeight * 1e4) / 1e4;
}
