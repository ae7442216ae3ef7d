import { Random } from '../../src/math/random.ts';
import { mean } from '../../src/math/statistics.ts';
import {
  COLORS,
  entryScale,
  type FigureKind,
  figureWidth,
  GRAY,
  legendBelow,
  pickedOpacity,
  pickedWidth,
} from '../../src/report/figures/figure-parts.ts';
import type { FigureSpec } from '../../src/report/figures/render-svg.ts';
import { expectAccuracy } from '../comparison/reference-curve.ts';
import type { SignalPlan } from './signal-plan.ts';
import type { TrainedCell } from './signal-rows.ts';
import type { SupernetRun } from './supernet-run.ts';
import { VIEW_TITLES, type View } from './supernet-view.ts';

/** Points of the line of expected accuracies. */
const LINE_POINTS = 25;

const ACCURACY = {
  field: 'accuracy',
  type: 'quantitative',
  title: 'retrained accuracy, %',
  scale: { zero: false },
} as const;

/** Draws accuracy over the number of parameters, with the line of expected accuracies and its 95% interval. */
export function sizeFigure(plan: SignalPlan, cells: readonly TrainedCell[], kind: FigureKind): FigureSpec {
  const values = cells.map(({ cellSeed, parameters, accuracy }) => ({
    cellSeed,
    parameters,
    accuracy: 100 * accuracy,
  }));
  const [least, most] = [Math.min(...values.map((v) => v.parameters)), Math.max(...values.map((v) => v.parameters))];
  const line = Array.from({ length: LINE_POINTS }, (_, i) => least * (most / least) ** (i / (LINE_POINTS - 1))).flatMap(
    (parameters) => {
      const expected = expectAccuracy(cells, parameters, Random.fromSeed(plan.firstSeed, 'references'));
      if (expected === null) return [];
      return [{ parameters, mean: 100 * expected.mean, low: 100 * expected.low, high: 100 * expected.high }];
    },
  );
  const y = (field: string): object => ({ ...ACCURACY, field });
  return {
    ...figureWidth(kind),
    height: 320,
    data: { values: [] },
    encoding: {
      x: {
        field: 'parameters',
        type: 'quantitative',
        title: 'parameters',
        axis: { format: '.2~s', tickCount: 6 },
        scale: { type: 'log', nice: false, padding: 12 },
      },
    },
    layer: [
      {
        data: { values: line },
        mark: { type: 'area', opacity: 0.15, color: GRAY },
        encoding: { y: y('low'), y2: { field: 'high' } },
      },
      { data: { values: line }, mark: { type: 'line', color: GRAY }, encoding: { y: y('mean') } },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 60, color: COLORS[0] },
        encoding: { y: y('accuracy'), tooltip: tooltips('parameters') },
      },
    ],
  } as FigureSpec;
}

/**
 * Draws accuracy over the loss that supernets of an age show in a view, with a color for each variant. A cell's loss is
 * the mean over the supernets of the variant; losses that are not finite are left out.
 */
export function lossFigure(
  plan: SignalPlan,
  cells: readonly TrainedCell[],
  supernets: readonly SupernetRun[],
  { age, view }: { readonly age: number; readonly view: View },
  kind: FigureKind,
): FigureSpec {
  const values = plan.variants.flatMap(({ name: variant }) => {
    const aged = supernets
      .filter((supernet) => supernet.variant === variant)
      .flatMap(({ ages }) => ages.filter((one) => one.age === age));
    return cells.flatMap(({ index, cellSeed, accuracy }) => {
      const losses = aged.flatMap((one) => one.losses[view][index] ?? []);
      if (losses.length === 0) return [];
      return [{ variant, cellSeed, loss: mean(losses), accuracy: 100 * accuracy }];
    });
  });
  const colors = Object.fromEntries(plan.variants.map(({ name }, i) => [name, COLORS[i % COLORS.length]]));
  return {
    ...pickedWidth(kind, ['variant']),
    height: 320,
    data: { values },
    mark: { type: 'point', filled: true, size: 60 },
    encoding: {
      x: {
        field: 'loss',
        type: 'quantitative',
        title: `loss on the supernet at age ${age}, ${VIEW_TITLES[view]}`,
        scale: { zero: false, padding: 12 },
      },
      y: ACCURACY,
      color: {
        field: 'variant',
        type: 'nominal',
        scale: entryScale(colors, new Set(plan.variants.map(({ name }) => name))),
        legend: { ...legendBelow(kind, null), symbolType: 'circle' },
      },
      opacity: pickedOpacity(kind, ['variant'], 0.9, 0.1),
      tooltip: [{ field: 'variant', title: 'supernet' }, ...tooltips('loss')],
    },
  } as FigureSpec;
}

/** Stacks the figures for paper: accuracy over the parameters, and over the discretized cells' loss at the last age. */
export function signalFigure(
  plan: SignalPlan,
  cells: readonly TrainedCell[],
  supernets: readonly SupernetRun[],
): FigureSpec {
  const last = { age: plan.ages.at(-1) as number, view: 'discrete' } as const;
  return {
    data: { values: [] },
    vconcat: [sizeFigure(plan, cells, 'still'), lossFigure(plan, cells, supernets, last, 'still')],
    spacing: 28,
  } as FigureSpec;
}

function tooltips(x: string): object[] {
  return [
    { field: 'cellSeed', title: 'cell of seed' },
    { field: x, format: x === 'loss' ? '.4f' : ',d' },
    { field: 'accuracy', format: '.2f' },
  ];
}
