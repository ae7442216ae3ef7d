import { type DerivedCells, deriveCells, deriveProjected } from '../../src/search/derive.ts';
import type { SearchSession } from './search-session.ts';

/** Derives the cells of the current alpha, and of the decisions made. */
export function deriveCurrent({ method, optimizer, options, projections, shape }: SearchSession): DerivedCells {
  const { position } = optimizer;
  if (projections !== null) return deriveProjected(method, shape, position, projections);
  return deriveCells(method, options.threshold, shape, position);
}
