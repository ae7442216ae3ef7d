import { type ColumnsRule, type DiscretizedCell, discretizeColumns, needsThreshold } from '../space/discretize.ts';
import type { CellColumns } from '../space/spaces.ts';

/** Number of skip connections that a cell keeps. */
export function countSkips(entries: readonly { readonly primitive: string }[]): number {
  return entries.filter(({ primitive }) => primitive === 'skip_connect').length;
}

/** Whether cells of a rule can have a limit of skip connections: the rule must replace an operation that it leaves out. */
export function limitsSkips(rule: ColumnsRule): boolean {
  return !needsThreshold(rule);
}

/**
 * Derives a cell with a limited number of skip connections: while it keeps more, the mixing weight of the least likely that
 * it keeps is set to 0, and the cell is derived again (P-DARTS, Chen et al. 2019, "Progressive differentiable architecture
 * search"; `train_search.py` of its repository, by `top2`). Of equally likely ones that of the first edge goes.
 *
 * A skip connection that nothing can replace stays.
 *
 * @param columns candidate operations of each edge
 * @param mixing a weight for each of them, edge after edge; belongs to the caller
 * @param most largest number of skip connections. @default 2
 * @param rule one without a threshold. @default 'top2'
 */
export function restrictSkips<P extends string>(
  columns: CellColumns<P>,
  mixing: ArrayLike<number>,
  most = 2,
  rule: ColumnsRule = 'top2',
): DiscretizedCell<P> {
  const limited = Float64Array.from(mixing);
  const places = columns.flatMap((candidates, edge) => candidates.map((primitive) => ({ primitive, edge })));
  for (;;) {
    const cell = discretizeColumns(columns, limited, rule, null);
    const skips = cell.choices.filter(({ primitive, weight }) => primitive === 'skip_connect' && weight > 0);
    if (countSkips(cell.choices) <= most || skips.length === 0) return cell;
    const least = skips
      .map(({ from, to, weight }) => ({ edge: edgeIndex(from, to), weight }))
      .reduce((a, b) => (b.weight < a.weight || (b.weight === a.weight && b.edge < a.edge) ? b : a));
    limited[places.findIndex(({ primitive, edge }) => primitive === 'skip_connect' && edge === least.edge)] = 0;
  }
}

/** Row of an edge: nodes 2, 3, ... have 2, 3, ... edges before those of `to`. */
function edgeIndex(from: number, to: number): number {
  return (to * (to - 1)) / 2 - 1 + from;
}
