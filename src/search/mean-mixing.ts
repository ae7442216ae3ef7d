import { mean } from '../math/statistics.ts';
import { type AlphaShape, splitAlpha } from '../space/alpha.ts';
import { CELL_KINDS, type CellKind, cellEdges } from '../space/cell.ts';
import { relax } from '../space/relaxation.ts';
import { deriveCells } from './derive.ts';
import type { SearchMethod } from './method.ts';

/**
 * Mean mixing weight of each cell, before and after discretization: Figures 1 and 2 of the paper show it by epoch.
 *
 * @param threshold of the method's rule; null where it has none
 * @param position alpha, flat over both cells
 * @throws RangeError as `deriveCells` does
 */
export function meanMixing(
  method: Pick<SearchMethod, 'relaxation' | 'rule'>,
  threshold: number | null,
  shape: AlphaShape,
  position: Float64Array,
): { readonly [moment in 'before' | 'after']: Record<CellKind, number> } {
  const columns = shape.primitives.length;
  const mixing = splitAlpha(shape, relax(method.relaxation, position, columns));
  const { genotype } = deriveCells(method, threshold, shape, position);
  const edges = cellEdges(shape.nodes);
  const means = { before: { normal: 0, reduce: 0 }, after: { normal: 0, reduce: 0 } };
  for (const kind of CELL_KINDS) {
    const weights = mixing[kind];
    means.before[kind] = mean(weights);
    for (const { primitive, from, to } of genotype[kind]) {
      const row = edges.findIndex((edge) => edge.from === from && edge.to === to);
      const column = shape.primitives.indexOf(primitive);
      means.after[kind] += (weights[row * columns + column] as number) / weights.length;
    }
  }
  return means;
}
