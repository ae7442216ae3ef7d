import type { StudyRow } from '../study-table.ts';
import {
  COLORS,
  entryScale,
  figureWidth,
  GRAY,
  legendBelow,
  legendPicks,
  logAxis,
  pickedOpacity,
} from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

/** Most rows that a figure draws; of more, some are left out evenly. */
const MOST_POINTS = 2000;

/** Least gap that is drawn. */
const FLOOR = 1e-12;

/** Color of each kind of evaluation, in the order of the legend. */
const KINDS: Readonly<Record<string, string>> = {
  'accepted proposal': COLORS[1] as string,
  'rejected proposal': COLORS[0] as string,
  local: COLORS[2] as string,
  sample: COLORS[0] as string,
  base: COLORS[3] as string,
  point: COLORS[0] as string,
  start: COLORS[4] as string,
  final: COLORS[5] as string,
};

/** Legend entry of a row. */
function kindOf({ kind, accepted }: StudyRow): string {
  if (kind === 'proposal') return accepted ? 'accepted proposal' : 'rejected proposal';
  return kind in KINDS ? kind : 'point';
}

const EVALUATION = {
  field: 'evaluation',
  type: 'quantitative',
  axis: { tickMinStep: 1, format: ',d' },
  scale: { nice: false, zero: false, padding: 8 },
};

/**
 * Draws the best loss over the evaluations, for a page.
 *
 * @param minimum smallest loss that there is; null: unknown. With it the axis is logarithmic and shows the gap.
 */
export function bestFigure(rows: readonly StudyRow[], minimum: number | null): FigureSpec {
  const values = thin(rows.filter(({ best }) => best !== null)).map(({ number, best }) => ({
    evaluation: number + 1,
    best: minimum === null ? (best as number) : Math.max(FLOOR, (best as number) - minimum),
  }));
  const axis =
    minimum === null
      ? { scale: { zero: false } }
      : logAxis(
          FLOOR,
          values.map(({ best }) => best),
        );
  return {
    ...figureWidth('interactive'),
    height: 280,
    data: { values },
    mark: { type: 'line', strokeWidth: 2, interpolate: 'step-after', color: COLORS[0] },
    encoding: {
      x: EVALUATION,
      y: { field: 'best', type: 'quantitative', title: minimum === null ? 'best loss' : 'gap to the minimum', ...axis },
      tooltip: [
        { field: 'evaluation', title: 'evaluation' },
        { field: 'best', title: minimum === null ? 'best loss' : 'gap', format: '.6~g' },
      ],
    },
  } as FigureSpec;
}

/** Draws the values of a coordinate over the evaluations, for a page. */
export function historyFigure(rows: readonly StudyRow[], coordinate: number): FigureSpec {
  const values = thin(rows).map((row) => ({
    evaluation: row.number + 1,
    value: row.position[coordinate] as number,
    loss: row.loss,
    kind: kindOf(row),
  }));
  const used = new Set(values.map(({ kind }) => kind));
  return {
    ...figureWidth('interactive'),
    height: 200,
    data: { values },
    layer: [
      {
        ...legendPicks('interactive', ['kind']),
        mark: { type: 'point', filled: true, size: 14 },
        encoding: {
          x: EVALUATION,
          y: { field: 'value', type: 'quantitative', title: `coordinate ${coordinate}`, scale: { zero: false } },
          color: {
            field: 'kind',
            type: 'nominal',
            scale: entryScale(KINDS, used),
            legend: { ...legendBelow('interactive', null), symbolType: 'circle' },
          },
          opacity: pickedOpacity('interactive', ['kind'], 0.7, 0.05),
          tooltip: ['evaluation', 'value', 'loss', 'kind'].map((field) => ({ field, title: field })),
        },
      },
    ],
  } as FigureSpec;
}

/** Draws the shares of variance that coordinates explain, the largest first, and what is left, for a page. */
export function importanceFigure(shares: readonly { readonly name: string; readonly share: number }[]): FigureSpec {
  return {
    ...figureWidth('interactive'),
    height: 22 * shares.length,
    data: { values: shares },
    mark: { type: 'bar' },
    encoding: {
      y: { field: 'name', type: 'nominal', title: null, sort: null },
      x: { field: 'share', type: 'quantitative', title: 'share of variance', axis: { format: '.0%', tickCount: 5 } },
      color: { condition: { test: "datum.name === 'unexplained'", value: GRAY }, value: COLORS[0] },
      tooltip: [
        { field: 'name', title: 'coordinate' },
        { field: 'share', title: 'share', format: '.1%' },
      ],
    },
  } as FigureSpec;
}

/** Leaves out rows evenly, but never the last. */
function thin(rows: readonly StudyRow[]): readonly StudyRow[] {
  const stride = Math.ceil(rows.length / MOST_POINTS);
  return stride <= 1 ? rows : rows.filter((_, i) => (rows.length - 1 - i) % stride === 0);
}
