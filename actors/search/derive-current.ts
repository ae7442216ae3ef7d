import { type DerivedCells, deriveCells, deriveProjected } from '../../src/search/derive.ts';
import type { SearchSession } from './search-session.ts';

/**
 * Derives the cells of the current alpha, and of the decisions made.
 *
 * @param maxSkips see `SearchOptions`. @default the search's own
 * @param alpha another alpha to go by. @default the current one
 */
export function deriveCurrent(
  session: SearchSession,
  maxSkips: number | null = session.options.maxSkips,
  alpha: Float64Array = session.alpha,
): DerivedCells {
  const { method, options, projections, shape } = session;
  if (projections !== null) return deriveProjected(method, shape, alpha, projections);
  return deriveCells(method, options.threshold, shape, alpha, maxSkips);
}
