import { mean } from '../math/statistics.ts';
import { type AlphaShape, alphaColumns, type CellMatrices, mixingShape, spaceOf, splitAlpha } from '../space/alpha.ts';
import { CELL_KINDS, type CellKind, cellEdges } from '../space/cell.ts';
import { type DiscretizedCell, discretizeColumns } from '../space/discretize.ts';
import { type CellRelaxation, expectMixing } from '../space/drawn-relaxation.ts';
import { relaxEdges } from '../space/edge-normalization.ts';
import type { Genotype, GenotypeEntry } from '../space/genotype.ts';
import type { SearchMethod } from './method.ts';
import { type CellProjections, projectMixing } from './projection.ts';
import { restrictSkips } from './skips.ts';

/** A derived architecture, and how each of its cells came about. */
export interface DerivedCells {
  readonly genotype: Genotype;
  readonly cells: { readonly [kind in CellKind]: DiscretizedCell };
  readonly meanMixing: MeanMixing;
}

/**
 * Mean mixing weight of each cell, before and after discretization, as Figures 1 and 2 of the paper show it by epoch. After
 * discretization, the mixing weights of operations that the cell does not keep count as 0.
 */
type MeanMixing = { readonly [moment in 'before' | 'after']: Record<CellKind, number> };

type Rules = Pick<SearchMethod, 'relaxation' | 'rule'>;

/**
 * Derives both cells from alpha, by the method's relaxation and rule. Mixing weights that are drawn are the expected ones.
 *
 * @param threshold of the rule; null if it has none
 * @param position alpha, flat over both cells
 * @param maxSkips largest number of skip connections of the normal cell, by a rule without a threshold (`restrictSkips`);
 *   null limits nothing. @default null
 * @throws RangeError if alpha does not fit the space or is not finite, or the rule lacks its threshold
 */
export function deriveCells(
  { relaxation, rule }: Rules,
  threshold: number | null,
  shape: AlphaShape,
  position: Float64Array,
  maxSkips: number | null = null,
): DerivedCells {
  const mixing = relaxCells(relaxation, shape, position);
  const space = spaceOf(shape);
  const normal =
    maxSkips === null
      ? discretizeColumns(space.normal, mixing.normal, rule, threshold)
      : restrictSkips(space.normal, mixing.normal, maxSkips, rule);
  const reduce = discretizeColumns(space.reduce, mixing.reduce, rule, threshold);
  return describeCells(shape, mixing, { normal, reduce });
}

/**
 * Derives both cells from the decisions of projections; edges that are not decided go by alpha, after those that are. No choice
 * has a margin: mixing weights say nothing about decisions.
 *
 * @param position alpha, flat over both cells
 */
export function deriveProjected(
  { relaxation }: Pick<SearchMethod, 'relaxation'>,
  shape: AlphaShape,
  position: Float64Array,
  projections: CellProjections,
): DerivedCells {
  const relaxed = relaxCells(relaxation, shape, position);
  const columns = alphaColumns(shape);
  const project = (kind: CellKind): Float64Array => projectMixing(projections[kind], relaxed[kind], columns);
  const mixing = { normal: project('normal'), reduce: project('reduce') };
  const space = spaceOf(shape);
  const derive = (kind: CellKind): DiscretizedCell => {
    const cell = discretizeColumns(space[kind], mixing[kind], 'top2', null);
    return { ...cell, choices: cell.choices.map((choice) => ({ ...choice, runnerUp: null, margin: null })) };
  };
  return describeCells(shape, mixing, { normal: derive('normal'), reduce: derive('reduce') });
}

function describeCells(shape: AlphaShape, mixing: CellMatrices, cells: DerivedCells['cells']): DerivedCells {
  const genotype = { normal: entriesOf(cells.normal), reduce: entriesOf(cells.reduce) };
  return { genotype, cells, meanMixing: meanMixing(mixingShape(shape), mixing, genotype) };
}

/** Computes the mixing weights of both cells from alpha, `[edges, operations]`; the expected ones if they are drawn. */
export function relaxCells(relaxation: CellRelaxation, shape: AlphaShape, position: Float64Array): CellMatrices {
  if (relaxation !== 'edge-normalized') {
    return splitAlpha(shape, expectMixing(relaxation, position, alphaColumns(shape)));
  }
  const { normal, reduce } = splitAlpha(shape, position);
  const edges = { nodes: shape.nodes, columns: alphaColumns(mixingShape(shape)), bypass: false };
  return { normal: relaxEdges(edges, normal), reduce: relaxEdges(edges, reduce) };
}

/** Gathers what is to be said of derived cells: whether each is valid, whether it is degenerate, and why. */
export function judgeCells({ normal, reduce }: DerivedCells['cells']): {
  readonly valid: Record<CellKind, boolean>;
  readonly degenerate: Record<CellKind, boolean>;
  readonly reasons: Record<CellKind, string | null>;
} {
  return {
    valid: { normal: normal.valid, reduce: reduce.valid },
    degenerate: { normal: normal.degenerate, reduce: reduce.degenerate },
    reasons: { normal: normal.reason, reduce: reduce.reason },
  };
}

function meanMixing(shape: AlphaShape, mixing: CellMatrices, genotype: Genotype): MeanMixing {
  const columns = alphaColumns(shape);
  const space = spaceOf(shape);
  const edges = cellEdges(shape.nodes);
  const means = { before: { normal: 0, reduce: 0 }, after: { normal: 0, reduce: 0 } };
  for (const kind of CELL_KINDS) {
    const cell = mixing[kind];
    means.before[kind] = mean(cell);
    for (const { primitive, from, to } of genotype[kind]) {
      const row = edges.findIndex((edge) => edge.from === from && edge.to === to);
      const column = (space[kind][row] as readonly string[]).indexOf(primitive);
      means.after[kind] += (cell[row * columns + column] as number) / cell.length;
    }
  }
  return means;
}

function entriesOf(cell: DiscretizedCell): GenotypeEntry[] {
  return cell.choices.map(({ primitive, from, to }) => ({ primitive, from, to }));
}
