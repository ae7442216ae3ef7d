import { quantile } from '../../math/statistics.ts';
import type { RunEpoch } from '../../record/metrics-line.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import { type Curve, type CurveStyle, curveFigure } from '../figures/curve-figure.ts';
import type { PageFigure } from './page-section.ts';

/** Runs of the same search, or retraining, that differ in the seed. */
export interface RunGroup {
  /** Entry of the legend. */
  readonly name: string;
  /** Epochs of each run. */
  readonly runs: readonly (readonly RunEpoch[])[];
}

/** A value of every epoch. */
interface Quantity {
  readonly name: string;
  readonly value: (epoch: RunEpoch) => number | null;
}

/** Quantities that are shown together. */
interface Chart extends CurveStyle {
  readonly heading: string;
  readonly note?: string;
  readonly quantities: readonly Quantity[];
}

const CHARTS: readonly Chart[] = [
  {
    heading: 'Losses',
    note: 'Means over the epoch’s steps; the validation and test losses are measured after it, in evaluation mode.',
    title: 'loss, in nats',
    quantities: [
      { name: 'weights’ steps', value: ({ weights }) => weights.loss },
      { name: 'alpha’s steps, regularized', value: ({ alpha }) => alpha.loss },
      { name: 'alpha’s half', value: ({ validation }) => validation.loss },
      { name: 'test set', value: ({ test }) => test.loss },
    ],
  },
  {
    heading: 'Accuracies',
    title: 'pictures classified right',
    format: '.2~%',
    quantities: [
      { name: 'weights’ steps', value: ({ weights }) => weights.accuracy },
      { name: 'alpha’s half', value: ({ validation }) => validation.accuracy },
      { name: 'test set', value: ({ test }) => test.accuracy },
    ],
  },
  {
    heading: 'Mean edge weights',
    note: 'The paper’s Figures 1 and 2: the mean mixing weight of each cell, before discretization and after it, where what is not kept counts 0.',
    title: 'mean mixing weight',
    quantities: CELL_KINDS.flatMap((cell) => [
      { name: `${cell}, before`, value: ({ meanMixing }: RunEpoch) => meanMixing.before[cell] },
      { name: `${cell}, after`, value: ({ meanMixing }: RunEpoch) => meanMixing.after[cell] },
    ]),
  },
  {
    heading: 'Acceptance and concentration',
    note: 'Share of the global steps that accepted a proposal, and the concentration ρ that proposals were drawn with.',
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
    note: 'How much the loss of one alpha differs between mini-batches (offset), how much the difference of two alphas does (paired), and how much moving one coordinate changes the loss (effect): what an acceptance rule has to cope with.',
    title: 'loss, in nats',
    scale: 'log',
    quantities: [
      { name: 'offset', value: ({ noise }) => noise.offset },
      { name: 'paired', value: ({ noise }) => noise.paired },
      { name: 'effect', value: ({ noise }) => noise.effect },
    ],
  },
  { heading: 'Learning rate', title: 'learning rate', quantities: [{ name: 'weights', value: (e) => e.learningRate }] },
];

/** Figures of one run: whatever its epochs tell, and none of what they do not. */
export function runCurves(epochs: readonly RunEpoch[]): PageFigure[] {
  return CHARTS.flatMap((chart) => {
    const curves = chart.quantities.map((quantity) => toCurve(quantity.name, [epochs], quantity, chart));
    return toFigure(chart, chart.heading, curves.filter(hasPoints));
  });
}

/** Figures that compare groups of runs: for every quantity one, with a curve for each group, of the same color in all. */
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

/** The median over the runs, and their range; no points where no epoch tells the quantity. */
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

/** To what a line can tell. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
