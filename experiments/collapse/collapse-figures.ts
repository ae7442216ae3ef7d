import { quantile } from '../../src/math/statistics.ts';
import {
  type Curve,
  type CurvePoint,
  type CurveStyle,
  curveFigure,
  curvePanels,
} from '../../src/report/figures/curve-figure.ts';
import type { FigureSpec } from '../../src/report/figures/render-svg.ts';
import type { PageFigure } from '../../src/report/page/page-section.ts';
import { CELL_KINDS, type CellKind } from '../../src/space/cell.ts';
import type { CollapseEpoch } from './collapse-epochs.ts';
import type { CollapsePlan } from './collapse-plan.ts';
import type { WatchedRun } from './collapse-run.ts';

/** Value of an epoch; null if there is none. */
type Value = (epoch: CollapseEpoch) => number | null;

type Moment = 'before' | 'after';

const MOMENTS: readonly Moment[] = ['before', 'after'];

const CELL_NAMES: Readonly<Record<CellKind, string>> = { normal: 'normal cell', reduce: 'reduction cell' };

const WEIGHT: CurveStyle = { title: 'mean mixing weight', domain: [0, 1] };

/** Most seeds whose whole range the band shows: quartiles of so few would be made up. */
const FEW_SEEDS = 4;

/** Says what a band shows. */
export function describeBand({ seeds: { length } }: Pick<CollapsePlan, 'seeds'>): string {
  if (length === 1) return 'one seed';
  return `median and ${length <= FEW_SEEDS ? 'range' : 'middle half'} of ${length} seeds`;
}

/**
 * Makes the still figures by file name: the paper's Figure 1 (FairDARTS) and Figure 2 (with DSCD), each with both cells
 * before and after discretization, and all variants beside each other.
 */
export function stillFigures(plan: CollapsePlan, runs: readonly WatchedRun[]): Record<string, FigureSpec> {
  const ofPaper = [
    ['figure1.svg', 'fair-darts'],
    ['figure2.svg', 'dscd'],
  ] as const;
  const figures: Record<string, FigureSpec> = {};
  for (const [file, variant] of ofPaper) {
    const summary = plan.variants.find(({ name }) => name === variant)?.summary;
    const own = runs.filter(({ run }) => run.variant === variant);
    if (summary === undefined || own.length === 0) continue;
    const curves = CELL_KINDS.flatMap((kind) =>
      MOMENTS.map((moment) => curveOf(`${kind}, ${moment}`, own, weightOf(kind, moment))),
    );
    figures[file] = curvePanels([{ title: `${variant}: ${summary}`, curves }], describeBand(plan), WEIGHT);
  }
  for (const moment of MOMENTS) {
    const panels = CELL_KINDS.map((kind) => ({
      title: `${CELL_NAMES[kind]}, ${moment} discretization`,
      curves: curvesOf(plan, runs, weightOf(kind, moment)),
    }));
    figures[`${moment}.svg`] = curvePanels(panels, describeBand(plan), WEIGHT);
  }
  return figures;
}

const accuracy = { format: '.2~%' };

/** Figures of the page besides those of the weights. */
const OTHERS: readonly (CurveStyle & { readonly heading: string; readonly value: Value })[] = [
  { heading: 'Operations of the normal cell', title: 'operations', value: ({ cells }) => cells.normal.operations },
  { heading: 'Used nodes of the normal cell', title: 'nodes', value: ({ cells }) => cells.normal.usedNodes },
  { heading: 'Operations of the reduction cell', title: 'operations', value: ({ cells }) => cells.reduce.operations },
  { heading: 'Used nodes of the reduction cell', title: 'nodes', value: ({ cells }) => cells.reduce.usedNodes },
  {
    heading: 'Changes of both cells in an epoch',
    title: 'operations that entered or left',
    value: ({ epoch, cells }) => (epoch === 0 ? null : cells.normal.changes + cells.reduce.changes),
  },
  {
    heading: 'Accuracy on the alpha split',
    title: 'accuracy',
    ...accuracy,
    value: ({ accuracy: { validation } }) => validation,
  },
  {
    heading: 'Accuracy of the steps on w',
    title: 'accuracy',
    ...accuracy,
    value: ({ accuracy: { weights } }) => weights,
  },
  {
    heading: 'Path of alpha in an epoch',
    title: 'length',
    value: ({ epoch, path }) => (epoch === 0 ? null : path),
  },
  {
    heading: 'Distance that alpha moved in an epoch',
    title: 'distance',
    value: ({ epoch, distance }) => (epoch === 0 ? null : distance),
  },
  { heading: 'Proposals accepted in an epoch', title: 'proposals', value: ({ steps }) => steps.accepted },
  { heading: 'Returns in an epoch', title: 'steps', value: ({ steps }) => steps.returned },
];

/** Makes the figures of the page. */
export function pageFigures(plan: CollapsePlan, runs: readonly WatchedRun[]): PageFigure[] {
  const weights = MOMENTS.flatMap((moment) =>
    CELL_KINDS.map((kind) => ({
      heading: `Mean mixing weight of the ${CELL_NAMES[kind]} ${moment} discretization`,
      spec: curveFigure(curvesOf(plan, runs, weightOf(kind, moment)), WEIGHT),
    })),
  );
  const others = OTHERS.map(({ heading, value, ...style }) => {
    return { heading, spec: curveFigure(curvesOf(plan, runs, value), style) };
  });
  return [...weights, ...others];
}

function weightOf(kind: CellKind, moment: Moment): Value {
  return ({ cells }) => cells[kind][moment];
}

/** Makes a curve for each variant; those without a run yet keep their color. */
function curvesOf({ variants }: CollapsePlan, runs: readonly WatchedRun[], value: Value): Curve[] {
  return variants.map(({ name }) => {
    const own = runs.filter(({ run }) => run.variant === name);
    return curveOf(name, own, value);
  });
}

/** Makes a curve over the seeds of a variant. */
export function curveOf(name: string, runs: readonly WatchedRun[], value: Value): Curve {
  const byEpoch = Map.groupBy(
    runs.flatMap(({ epochs }) => epochs),
    ({ epoch }) => epoch,
  );
  const points = [...byEpoch].flatMap(([epoch, all]): CurvePoint[] => {
    const values = all.flatMap((one) => value(one) ?? []);
    if (values.length === 0) return [];
    const rest = values.length <= FEW_SEEDS ? 0 : 0.25;
    return [{ epoch, low: quantile(values, rest), median: quantile(values, 0.5), high: quantile(values, 1 - rest) }];
  });
  return { name, points: points.toSorted((a, b) => a.epoch - b.epoch) };
}
