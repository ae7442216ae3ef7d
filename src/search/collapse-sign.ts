import { CELL_KINDS, type CellKind } from '../space/cell.ts';
import type { CellAfterEpoch, CellsAfterEpoch } from './life-of-cells.ts';

/** Fewest epochs that are judged. */
const FEWEST_EPOCHS = 5;

/** The mean mixing weight of a collapsing cell is below this share of its largest value. */
const LOW = 1 / 2;

/** The mean mixing weight of a collapsing cell has fallen to this share, or below, in the last third of the epochs. */
const FALLEN = 9 / 10;

/** The rule of `collapseSign`, for people. */
export const COLLAPSE_RULE =
  'A cell’s collapse is likely if it leaves nodes unused, and its mean mixing weight is below half of its largest value ' +
  'and fell by a tenth or more in the last third of at least 5 epochs.';

/** Mean mixing weights that point to a collapse. */
export interface CollapseSign {
  /** Largest of all epochs. */
  readonly largest: number;
  /** At the beginning of the last third of the epochs. */
  readonly before: number;
  readonly last: number;
}

/**
 * Looks for the sign of a collapsing cell: its mixing weights go on falling together, as in Figure 1 of the paper, until
 * none reaches the threshold. `COLLAPSE_RULE` states the rule. A cell that uses all of its nodes shows no sign: the
 * zero-one loss lowers the mean of a healthy cell too, which keeps few operations of many. A softmax shows none either,
 * because its mean is constant.
 *
 * @param cells one cell at the start and after every epoch, in order
 * @param nodes number of intermediate nodes of the space's cells
 * @returns null without a sign
 */
export function collapseSign(
  cells: readonly Pick<CellAfterEpoch, 'meanMixing' | 'connectedNodes'>[],
  nodes: number,
): CollapseSign | null {
  const epochs = cells.length - 1;
  const [lastCell, beforeCell] = [cells.at(-1), cells[Math.floor((2 * epochs) / 3)]];
  if (epochs < FEWEST_EPOCHS || lastCell === undefined || beforeCell === undefined) return null;
  const largest = Math.max(...cells.map(({ meanMixing }) => meanMixing));
  const [before, last] = [beforeCell.meanMixing, lastCell.meanMixing];
  const falls = last < LOW * largest && last <= FALLEN * before;
  return falls && lastCell.connectedNodes.length < nodes ? { largest, before, last } : null;
}

/**
 * Puts the signs of a collapse in words: a sentence for each cell that shows one.
 *
 * @param life both cells at the start and after every epoch, in order
 * @param nodes number of intermediate nodes of the space's cells
 */
export function describeCollapse(life: readonly CellsAfterEpoch[], nodes: number): string[] {
  return CELL_KINDS.flatMap((kind) => {
    const sign = collapseSign(
      life.map(({ cells }) => cells[kind]),
      nodes,
    );
    return sign === null ? [] : [describe(kind, sign)];
  });
}

function describe(kind: CellKind, { largest, before, last }: CollapseSign): string {
  const [highest, then, now] = [largest, before, last].map((mean) => mean.toFixed(3));
  const means = `${highest} at its largest, ${then} a third of the epochs ago, ${now} now`;
  return `the ${kind} cell’s weights fall: collapse likely (mean mixing weight ${means})`;
}
