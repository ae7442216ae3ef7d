import { CELL_KINDS } from '../space/cell.ts';
import type { GenotypeEntry } from '../space/genotype.ts';
import type { CellsAfterEpoch } from './life-of-cells.ts';

/** Headings of the columns of `lifeTable`. */
export const LIFE_COLUMNS = ['cell', 'epoch', 'nodes used', 'mean mixing weight', 'operations', 'entered', 'left'];

/**
 * Puts the life of both cells in a table of texts, under `LIFE_COLUMNS`: a row for the start, for every epoch that
 * changed which operations the cell keeps, and for the last epoch.
 *
 * @param nodes number of intermediate nodes of the space's cells
 */
export function lifeTable(life: readonly CellsAfterEpoch[], nodes: number): string[][] {
  return CELL_KINDS.flatMap((kind) =>
    life.flatMap(({ epoch, cells }, i) => {
      const { choices, connectedNodes, meanMixing, entered, left } = cells[kind];
      const isShown = i === 0 || i === life.length - 1 || entered.length + left.length > 0;
      if (!isShown) return [];
      const used = `${connectedNodes.length} of ${nodes}`;
      const changes = [entered, left].map(listEntries);
      return [[kind, epoch === 0 ? 'start' : `${epoch}`, used, meanMixing.toFixed(3), `${choices.length}`, ...changes]];
    }),
  );
}

/** Lists operations by name, each with its edges: `sep_conv_3x3 0→2 1→3, skip_connect 0→3`. */
function listEntries(entries: readonly GenotypeEntry[]): string {
  const byPrimitive = Map.groupBy(entries, ({ primitive }) => primitive);
  return Array.from(byPrimitive, ([primitive, those]) =>
    [primitive, ...those.map(({ from, to }) => `${from}→${to}`)].join(' '),
  ).join(', ');
}
