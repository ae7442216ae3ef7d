import { type AlphaShape, splitAlpha } from '../space/alpha.ts';
import type { CellKind } from '../space/cell.ts';
import { type DiscretizedCell, discretize } from '../space/discretize.ts';
import type { Genotype, GenotypeEntry } from '../space/genotype.ts';
import { relax } from '../space/relaxation.ts';
import type { SearchMethod } from './method.ts';

/** A derived architecture, and how each of its cells came about. */
export interface DerivedCells {
  readonly genotype: Genotype;
  readonly cells: { readonly [kind in CellKind]: DiscretizedCell };
}

/**
 * Derives both cells from alpha, by the method's relaxation and rule.
 *
 * @param threshold of the rule; null where it has none
 * @param position alpha, flat over both cells
 * @throws RangeError where alpha does not fit the space or is not finite, or the rule lacks its threshold
 */
export function deriveCells(
  method: Pick<SearchMethod, 'relaxation' | 'rule'>,
  threshold: number | null,
  shape: AlphaShape,
  position: Float64Array,
): DerivedCells {
  const mixing = splitAlpha(shape, relax(method.relaxation, position, shape.primitives.length));
  const normal = discretize(shape, mixing.normal, method.rule, threshold);
  const reduce = discretize(shape, mixing.reduce, method.rule, threshold);
  return { genotype: { normal: entriesOf(normal), reduce: entriesOf(reduce) }, cells: { normal, reduce } };
}

function entriesOf(cell: DiscretizedCell): GenotypeEntry[] {
  return cell.choices.map(({ primitive, from, to }) => ({ primitive, from, to }));
}
