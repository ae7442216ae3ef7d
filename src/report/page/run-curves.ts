import { quantile } from '../../math/statistics.ts';
import type { RunEpoch } from '../../record/metrics-line.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import { type Curve, type CurvePoint, type CurveStyle, curveFigure } from '../figures/curve-figure.ts';
import { describeCut, robustRange } from '../figures/robust-range.ts';
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
  /** What it is, in a sentence. @default the chart's note says it */
  readonly note?: string;
}

/** Figure of several quantities. */
interface Chart extends CurveStyle {
  readonly heading: string;
  readonly note?: string;
  /** Whether the figure of a run may stand beside others, where the page is wide. @default false */
  readonly beside?: boolean;
  readonly quantities: readonly Quantity[];
}

const NOTES = {
  train: 'Train: mean over the epoch’s steps on the weights.',
  alpha: 'Alpha: mean over the epoch’s steps on alpha, with the regularizer.',
  validation: 'Validation: the half of the training pictures that alpha learns from, measured after the epoch.',
  test: 'Test: test pictures, measured after the epoch.',
};

const CHARTS: readonly Chart[] = [
  {
    heading: 'Losses',
    title: 'loss, in nats',
    quantities: [
      { name: 'train', value: ({ weights }) => weights.loss, note: NOTES.train },
      { name: 'alpha, regularized', value: ({ alpha }) => alpha.loss, note: NOTES.alpha },
      { name: 'validation', value: ({ validation }) => validation.loss, note: NOTES.validation },
      { name: 'test', value: ({ test }) => test.loss, note: NOTES.test },
    ],
  },
  {
    heading: 'Accuracies',
    title: 'accuracy',
    format: '.2~%',
    quantities: [
      { name: 'train', value: ({ weights }) => weights.accuracy, note: NOTES.train },
      { name: 'validation', value: ({ validation }) => validation.accuracy, note: NOTES.validation },
      { name: 'test', value: ({ test }) => test.accuracy, note: NOTES.test },
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
  {
    heading: 'Curvature in alpha',
    note: 'Largest eigenvalue of the Hessian of the search loss in alpha, always on the same mini-batch. Where it rises, cells lose by being derived.',
    title: 'largest eigenvalue, in nats',
    beside: true,
    quantities: [{ name: 'eigenvalue', value: ({ watched }) => watched.eigenvalue }],
  },
  {
    heading: 'Skip connections',
    note: 'Skip connections of the cells that would be derived. Two or more in the normal cell are a sign of collapse.',
    title: 'skip connections of a cell',
    counts: true,
    beside: true,
    quantities: [
      { name: 'normal', value: ({ watched }) => watched.normalSkips },
      { name: 'reduce', value: ({ watched }) => watched.reduceSkips },
    ],
  },
  {
    heading: 'Supernet and derived cells',
    note: 'Accuracies of the supernet, and of the cells that would be derived with its weights, on the same pictures by batch statistics.',
    title: 'accuracy',
    format: '.2~%',
    beside: true,
    quantities: [
      { name: 'supernet', value: ({ watched }) => watched.supernetAccuracy },
      { name: 'derived cells', value: ({ watched }) => watched.cellsAccuracy },
    ],
  },
  {
    heading: 'Frozen operations',
    note: 'Operations whose weights rest until the end of the search, because their gradients on both halves of the training set part.',
    title: 'operations',
    quantities: [
      { name: 'frozen', value: ({ freezing }) => freezing.frozen },
      { name: 'all that may be', value: ({ freezing }) => freezing.operations },
    ],
  },
  { heading: 'Learning rate', title: 'learning rate', quantities: [{ name: 'w', value: (e) => e.learningRate }] },
];

/** Draws the quantities that the epochs of one run record. */
export function runCurves(epochs: readonly RunEpoch[]): PageFigure[] {
  return CHARTS.flatMap((chart) => {
    const drawn = chart.quantities.flatMap((quantity) => {
      const curve = toCurve(quantity.name, [epochs], quantity, chart);
      return hasPoints(curve) ? [{ quantity, curve }] : [];
    });
    const [quantities, curves] = [drawn.map(({ quantity }) => quantity), drawn.map(({ curve }) => curve)];
    return toFigure({ ...chart, quantities }, chart.heading, curves);
  });
}

/** Draws one figure per quantity, with a curve per group. A group has the same color in all figures. */
export function comparedCurves(groups: readonly RunGroup[]): PageFigure[] {
  return CHARTS.flatMap((chart) =>
    chart.quantities.flatMap((quantity) => {
      const curves = groups.map(({ name, runs }) => toCurve(name, runs, quantity, chart));
      return toFigure(
        { ...chart, beside: false, quantities: [quantity] },
        `${chart.heading}: ${quantity.name}`,
        curves,
      );
    }),
  );
}

/** @param chart of the quantities that the curves show */
function toFigure(chart: Chart, heading: string, curves: readonly Curve[]): PageFigure[] {
  if (!curves.some(hasPoints)) return [];
  const { note = '', quantities, beside, heading: _, ...style } = chart;
  const values = curves.flatMap(({ points }) => points.flatMap(({ low, median, high }) => [low, median, high]));
  const cut = style.domain !== undefined || style.scale === 'log' ? null : robustRange(values);
  const meanings = quantities.flatMap((quantity) => quantity.note ?? []);
  const notes = [[note, ...meanings].join(' ').trim(), cut === null ? '' : describeCut(values, cut)];
  return [
    {
      heading,
      note: notes.filter((text) => text !== '').join('\n'),
      alt: describeCurves(heading, curves),
      ...(beside === true && { beside }),
      spec: curveFigure(curves, cut === null ? style : { ...style, cut }),
    },
  ];
}

/** Puts curves in words, for those who do not see the figure: where each begins and ends. */
function describeCurves(heading: string, curves: readonly Curve[]): string {
  const at = ({ epoch, median }: CurvePoint): string => `${Number(median.toPrecision(3))} after epoch ${epoch}`;
  const ends = curves.flatMap(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return first === undefined || last === undefined ? [] : [`${name} from ${at(first)} to ${at(last)}`];
  });
  return `${heading}: ${ends.join('; ')}`;
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
