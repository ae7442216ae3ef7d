import type { AlphaEpoch } from '../../record/read-run.ts';
import { relaxCells } from '../../search/derive.ts';
import { auxiliarySkipWeight } from '../../search/epoch-schedules.ts';
import { EDGE_WEIGHT, readRecordedAlpha } from '../../search/recorded-alpha.ts';
import { type CellMatrices, spaceOf } from '../../space/alpha.ts';
import { CELL_KINDS, type CellKind, cellEdges, type Edge } from '../../space/cell.ts';
import { listColumns, tabulateCell } from '../../space/cell-table.ts';
import { appendColumn } from '../../space/constant-column.ts';
import type { CellColumns } from '../../space/spaces.ts';
import { containerWidth, MOMENT } from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

/** Name of the column of DARTS-'s auxiliary skip. */
const AUXILIARY_SKIP = 'auxiliary skip';

/** Mixing weights over the epochs of a search. */
export interface MixingHistory {
  readonly edges: readonly Edge[];
  /**
   * Names of the weights of each edge: its operations, then the weight of an auxiliary skip, or that of the edge, by which those of
   * the operations are multiplied.
   */
  readonly names: { readonly [kind in CellKind]: CellColumns<string> };
  /** At least one; each holds a number for every name, edge after edge. */
  readonly moments: readonly CellMatrices[];
}

/**
 * Relaxes the alphas of a search by the method and the space of its record. Mixing weights that the search draws are shown
 * as expected.
 *
 * @param recorded options in the record
 * @returns null without any alpha, for a method of the caller's own, or if the record does not fit the alphas
 */
export function mixingHistory(alphas: readonly AlphaEpoch[], recorded: Recorded): MixingHistory | null {
  const size = alphas[0]?.normal.length ?? 0;
  if (size === 0 || alphas.some((alpha) => CELL_KINDS.some((cell) => alpha[cell].length !== size))) return null;
  const derivation = readRecordedAlpha(recorded, size)?.derivation ?? null;
  if (derivation === null) return null;
  const { method, shape } = derivation;
  const { normal, reduce } = spaceOf(shape);
  const { epochs } = recorded;
  const hasSkip = method.auxiliarySkip === true && typeof epochs === 'number';
  const others = [...(shape.edgeWeights ? [EDGE_WEIGHT] : []), ...(hasSkip ? [AUXILIARY_SKIP] : [])];
  const more = (cell: CellColumns): CellColumns<string> => cell.map((row) => [...row, ...others]);
  const columns = normal[0]?.length ?? 0;
  const moments = alphas.map(({ epoch, normal, reduce }) => {
    const mixing = relaxCells(method.relaxation, shape, Float64Array.from([...normal, ...reduce]));
    const complete = (cell: Float64Array): Float64Array => {
      const own = shape.edgeWeights ? appendSums(cell, columns) : cell;
      if (!hasSkip) return own;
      // That of the epoch which ended in this alpha; at the start, that of the first.
      const skip = auxiliarySkipWeight(Math.max(0, epoch - 1), epochs);
      return appendColumn(own, columns + others.length - 1, skip);
    };
    return { normal: complete(mixing.normal), reduce: complete(mixing.reduce) };
  });
  return { edges: cellEdges(shape.nodes), names: { normal: more(normal), reduce: more(reduce) }, moments };
}

/** Options in a record. */
type Recorded = Readonly<Record<string, unknown>>;

/** Appends the sum of each row: the weight of the edge, because the operations of an edge share it. */
function appendSums(cell: Float64Array, columns: number): Float64Array {
  const wider = appendColumn(cell, columns, 0);
  for (const [i, entry] of cell.entries()) wider[Math.floor(i / columns) * (columns + 1) + columns]! += entry;
  return wider;
}

/**
 * Maps the mixing weights of both cells to colors, for a page: a row per edge, a column per operation. A place is blank if the
 * edge has no such operation.
 */
export function mixingWeightsFigure({ edges, names, moments }: MixingHistory): FigureSpec {
  const columns = listColumns([...names.normal, ...names.reduce]);
  const rowsOf = (cell: string): string[] => edges.map(({ from, to }) => `${cell} ${from}→${to}`);
  const values = CELL_KINDS.flatMap((cell) => {
    const tables = moments.map((matrices) => tabulateCell(names[cell], matrices[cell]));
    return rowsOf(cell).flatMap((edge, row) =>
      (names[cell][row] ?? []).map((operation) => ({
        edge,
        operation,
        history: tables.map(({ columns, rows }) => round(rows[row]?.[columns.indexOf(operation)] as number)),
      })),
    );
  });
  return {
    ...containerWidth(),
    height: 16 * (2 * edges.length + 1),
    params: [{ name: MOMENT, value: moments.length - 1 }],
    data: { values },
    transform: [{ calculate: `datum.history[${MOMENT}]`, as: 'mixingWeight' }],
    mark: { type: 'rect' },
    encoding: {
      x: {
        field: 'operation',
        type: 'nominal',
        title: null,
        scale: { domain: columns },
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
        { field: 'operation', title: 'operation' },
        { field: 'mixingWeight', title: 'mixing weight', format: '.4f' },
      ],
    },
  } as FigureSpec;
}

/** Drops digits that a color cannot show, to keep the page small. */
function round(mixingWeight: number): number {
  return Math.round(mixingWeight * 1e4) / 1e4;
}
