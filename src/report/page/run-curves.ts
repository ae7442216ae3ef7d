import { quantile } from '../../math/statistics.ts';
import type { RunEpoch } from '../../record/metrics-line.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import { type Curve, type CurveStyle, curveFigure } from '../figures/curve-figure.ts';
import type { PageFigure } from './page-section.ts';

/** Runs that differ only in the seed. */
export interface RunGroup {
  /** Legend entry. */
  readonly name: string;
  /** Epochs of each run. */
  readonly runs: readonly (readonly RunEpoch[])[];
}

/** Value that an epoch's line records, or null. */
interface Quantity {
  readonly name: string;
  readonly value: (epoch: RunEpoch) => number | null;
}

/** Figure of several quantities. */
interface Chart extends CurveStyle {
  readonly heading: string;
  readonly note?: string;
  readonly quantities: readonly Quantity[];
}

const CHARTS: readonly Chart[] = [
  {
    heading: 'Losses',
    note: 'Losses of steps are means over the epoch. Losses on the alpha split and the test set are measured after it, in evaluation mode.',
    title: 'loss, in nats',
    quantities: [
      { name: 'steps on w', value: ({ weights }) => weights.loss },
      { name: 'steps on alpha, regularized', value: ({ alpha }) => alpha.loss },
      { name: 'alpha split', value: ({ validation }) => validation.loss },
      { name: 'test set', value: ({ test }) => test.loss },
    ],
  },
  {
    heading: 'Accuracies',
    title: 'accuracy',
    format: '.2~%',
    quantities: [
      { name: 'steps on w', value: ({ weights }) => weights.accuracy },
      { name: 'alpha split', value: ({ validation }) => validation.accuracy },
      { name: 'test set', value: ({ test }) => test.accuracy },
    ],
  },
  {
    heading: 'Mean mixing weights',
    note: 'Mean mixing weight of each cell before and after discretization, as in the paper’s Figures 1 and 2. After it, dropped operations count as 0.',
    title: 'mean mixing weight',
    quantities: CELL_KINDS.flatMap((cell) => [
      { name: `${cell}, before`, value: ({ meanMixing }: RunEpoch) => meanMixing.before[cell] },
      { name: `${cell}, after`, value: ({ meanMixing }: RunEpoch) => meanMixing.after[cell] },
    ]),
  },
  {
    heading: 'Acceptance and concentration',
    note: 'Share of global steps that accepted a proposal, and the concentration ρ of the proposals.',
    title: 'share, ρ',
    domain: [0, 1],
    quantities: [
      {
        name: 'accepted',
        value: ({ alpha: { accepted, globalSteps } }) =>
          accepted === null || globalSteps === null || globalSteps === 0 ? null : accepted / globalSteps,
      },
      {
        name: 'concentration',
        value: ({ concentration, alpha }) => (alpha.globalSteps === 0 ? null : concentration),
      },
    ],
  },
  {
    heading: 'The two noises',
    note: 'Offset: spread of one alpha’s loss between mini-batches. Paired: spread of the difference between two alphas’ losses. Effect: change of the loss when one coordinate moves. An acceptance rule must detect the effect under this noise.',
    title: 'loss, in nats',
    scale: 'log',
    quantities: [
      { name: 'offset', value: ({ noise }) => noise.offset },
      { name: 'paired', value: ({ noise }) => noise.paired },
      { name: 'effect', value: ({ noise }) => noise.effect },
    ],
  },
  { heading: 'Learning rate', title: 'learning rate', quantities: [{ name: 'w', value: (e) => e.learningRate }] },
];

/** Draws the quantities that the epochs of one run record. */
export function runCurves(epochs: readonly RunEpoch[]): PageFigure[] {
  return CHARTS.flatMap((chart) => {
    const curves = chart.quantities.map((quantity) => toCurve(quantity.name, [epochs], quantity, chart));
    return toFigure(chart, chart.heading, curves.filter(hasPoints));
  });
}

/** Draws one figure per quantity, with a curve per group. A group has the same color in all figures. */
export function comparedCurves(groups: readonly RunGroup[]): PageFigure[] {
  return CHARTS.flatMap((chart) =>
    chart.quantities.flatMap((quantity) => {
      const curves = groups.map(({ name, runs }) => toCurve(name, runs, quantity, chart));
      return toFigure(chart, `${chart.heading}: ${quantity.name}`, curves);
    }),
  );
}

function toFigure({ note, quantities, ...style }: Chart, heading: string, curves: readonly Curve[]): PageFigure[] {
  if (!curves.some(hasPoints)) return [];
  return [{ heading, ...(note === undefined ? {} : { note }), spec: curveFigure(curves, style) }];
}

function hasPoints({ points }: Curve): boolean {
  return points.length > 0;
}

/** Computes median and range over the runs at each epoch; no points if no epoch records the quantity. */
function toCurve(name: string, runs: RunGroup['runs'], quantity: Quantity, { scale }: CurveStyle): Curve {
  const values = new Map<number, number[]>();
  for (const epoch of runs.flat()) {
    const value = quantity.value(epoch);
    if (value === null || (scale === 'log' && value <= 0)) continue;
    const known = values.get(epoch.epoch);
    if (known === undefined) values.set(epoch.epoch, [value]);
    else known.push(value);
  }
  const points = Array.from(values, ([epoch, all]) => ({
    epoch,
    low: round(Math.min(...all)),
    median: round(quantile(all, 0.5)),
    high: round(Math.max(...all)),
  }));
  return { name, points: points.toSorted((a, b) => a.epoch - b.epoch) };
}

/** Drops digits that a line cannot show, to keep the page small. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
