import { counted, percent } from '../../src/command/format.ts';
import { textTable } from '../../src/command/text-table.ts';
import { describeCollapse } from '../../src/search/collapse-sign.ts';
import type { DerivedCells } from '../../src/search/derive.ts';
import type { CellsAfterEpoch } from '../../src/search/life-of-cells.ts';
import { CELL_KINDS, type CellKind } from '../../src/space/cell.ts';
import { type Choice, type DiscretizedCell, describeValidity } from '../../src/space/discretize.ts';

/** Cells of an epoch, and how they were derived. */
interface Derived extends Omit<DerivedCells, 'meanMixing'> {
  readonly run: string;
  readonly epoch: number;
  /** null if the rule has none. */
  readonly threshold: number | null;
  /** null if there is no limit. */
  readonly maxSkips: number | null;
  /** Mean mixing weight before discretization. */
  readonly meanMixing: { readonly [kind in CellKind]: number };
}

/**
 * Formats the cells of an epoch for people: their validity, their nodes, and the margin of every choice.
 *
 * @param nodes number of intermediate nodes of the space's cells
 * @param columns width of the terminal
 */
export function formatDerived(
  { run, epoch, threshold, maxSkips, cells, meanMixing }: Derived,
  nodes: number,
  columns: number,
): string {
  const limit = maxSkips === null ? '' : `, at most ${counted(maxSkips, 'skip connection')} in the normal cell`;
  const by = `${threshold === null ? '' : `, threshold ${threshold}`}${limit}`;
  const facts = CELL_KINDS.map((kind) => {
    const { choices, connectedNodes } = cells[kind];
    return [
      `${kind} cell`,
      `${counted(choices.length, 'operation')}`,
      `${connectedNodes.length} of ${nodes} nodes used`,
      `mean mixing weight ${meanMixing[kind].toFixed(3)}`,
      describeValidity(cells[kind]),
    ];
  });
  const choices = CELL_KINDS.flatMap((kind) => cells[kind].choices.map((choice) => describeChoice(kind, choice)));
  const head = ['cell', 'operation', 'runner-up', 'from', 'to', 'weight', 'margin'];
  const table = choices.length === 0 ? '' : `\n${textTable([head, ...choices], 3, { columns, names: 2 })}`;
  return `epoch ${epoch} of ${run}${by}\n${textTable(facts, facts[0]?.length ?? 0, { columns, names: 1 })}${table}`;
}

function describeChoice(kind: CellKind, { primitive, from, to, weight, margin, runnerUp }: Choice): string[] {
  const rival =
    runnerUp === null || runnerUp === 'threshold'
      ? (runnerUp ?? '')
      : `${runnerUp.primitive} ${runnerUp.from}→${runnerUp.to}`;
  return [kind, primitive, rival, `${from}`, `${to}`, weight.toFixed(4), margin?.toFixed(4) ?? ''];
}

/** Cells of an epoch, with the supernet's accuracy on the alpha split; null if it is not recorded. */
interface MeasuredCells extends CellsAfterEpoch {
  readonly validationAccuracy: number | null;
}

/**
 * Formats the cells of all epochs as a table, from which a person chooses an epoch.
 *
 * @param nodes number of intermediate nodes of the space's cells
 * @param columns width of the terminal
 */
export function formatEpochs(epochs: readonly MeasuredCells[], nodes: number, columns: number): string {
  const tableOf = (kinds: readonly CellKind[]): string[][] => [
    ['epoch', 'validation', ...kinds.flatMap((kind) => [`${kind} cell`, 'operations', 'nodes', 'mean mixing'])],
    ...epochs.map(({ epoch, validationAccuracy, cells }) => [
      `${epoch}`,
      validationAccuracy === null ? '' : percent(validationAccuracy),
      ...kinds.flatMap((kind) => {
        const { choices, connectedNodes, meanMixing } = cells[kind];
        return [nameValidity(cells[kind]), `${choices.length}`, `${connectedNodes.length}`, meanMixing.toFixed(3)];
      }),
    ]),
  ];
  const both = textTable(tableOf(CELL_KINDS), 1);
  // The headings of a cell's columns stand beside its name, also where both cells are too wide for one table.
  const table =
    both.indexOf('\n') <= columns
      ? both
      : CELL_KINDS.map((kind) => textTable(tableOf([kind]), 1, { columns })).join('\n');
  const signs = describeCollapse(epochs, nodes).map((sentence) => `\n${sentence}\n`);
  return `${table}${signs.join('')}`;
}

function nameValidity({ valid, degenerate }: DiscretizedCell): string {
  if (!valid) return 'invalid';
  return degenerate ? 'degenerate' : 'valid';
}
