import {
  COLORS,
  entryScale,
  type FigureKind,
  GRAY,
  legendBelow,
  pickedOpacity,
  pickedWidth,
} from '../../src/report/figures/figure-parts.ts';
import type { FigureSpec } from '../../src/report/figures/render-svg.ts';
import type { PageFigure } from '../../src/report/page/page-section.ts';
import { retrainedCells } from '../many-runs/count-outcomes.ts';
import { type MethodsPlan, RANDOM } from './methods-plan.ts';
import type { MethodsRun } from './methods-run.ts';

const DSCD = '+dscd';

/** Draws the panels of all spaces below each other, for paper. */
export function stillFigure(plan: MethodsPlan, runs: readonly MethodsRun[]): FigureSpec {
  return {
    data: { values: [] },
    vconcat: plan.spaces.map(({ name }) => ({
      title: { text: name.toUpperCase(), subtitle: 'a point a cell; gray: random cells' },
      ...drawSpace(plan, name, runs, 'still'),
    })),
    spacing: 28,
  } as FigureSpec;
}

/** Draws a figure for each space, for a page. */
export function pageFigures(plan: MethodsPlan, runs: readonly MethodsRun[]): PageFigure[] {
  return plan.spaces.map(({ name }) => ({
    heading: `Cells of ${name.toUpperCase()}`,
    spec: drawSpace(plan, name, runs, 'interactive') as FigureSpec,
  }));
}

/** Draws accuracy over the number of parameters in a space: a point for each cell, over the cloud of random ones. */
function drawSpace(plan: MethodsPlan, space: string, runs: readonly MethodsRun[], kind: FigureKind): object {
  // Random cells are drawn first, below the others.
  const names = [RANDOM, ...plan.methods.map(({ name }) => name)];
  const values = names.flatMap((method) =>
    runs
      .filter((run) => run.space === space && run.method === method)
      .flatMap((run) => retrainedCells([run]).map((cell) => ({ method, seed: run.seed, ...cell }))),
  );
  const shown = new Set([
    ...(plan.spaces.some(({ randomSeeds }) => randomSeeds.length > 0) ? [RANDOM] : []),
    ...names.slice(1),
  ]);
  const legend = { ...legendBelow(kind, null), symbolType: undefined };
  const of = (entries: Readonly<Record<string, string>>): object => ({
    field: 'method',
    type: 'nominal',
    scale: entryScale(entries, shown),
    legend,
  });
  return {
    ...pickedWidth(kind, ['method']),
    height: 240,
    data: { values },
    mark: { type: 'point', filled: true, size: 70 },
    encoding: {
      x: {
        field: 'parameters',
        type: 'quantitative',
        title: 'parameters',
        axis: { format: '.3~s', tickCount: 6 },
        scale: { zero: false, nice: false, padding: 12 },
      },
      y: { field: 'accuracy', type: 'quantitative', title: 'retrained accuracy, %', scale: { zero: false } },
      color: of(colorsOf(names)),
      shape: of(shapesOf(names)),
      opacity: pickedOpacity(kind, ['method'], 0.85, 0.1),
      tooltip: [
        { field: 'method' },
        { field: 'seed' },
        { field: 'parameters', format: ',d' },
        { field: 'accuracy', format: '.2f' },
      ],
    },
  };
}

/** Shapes of the points of methods and of their twins with DSCD: after the last color the colors repeat with the next. */
const SHAPES = [
  ['circle', 'triangle-up'],
  ['square', 'triangle-down'],
  ['diamond', 'triangle-left'],
] as const;

/** A color for each method; its twin with DSCD has the same. */
function colorsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, name === RANDOM ? GRAY : (COLORS[placeOf(name, names) % COLORS.length] as string)]),
  );
}

function shapesOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const round = Math.floor(placeOf(name, names) / COLORS.length) % SHAPES.length;
      const [plain, twin] = SHAPES[round] as (typeof SHAPES)[number];
      return [name, name.endsWith(DSCD) ? twin : plain];
    }),
  );
}

/** Place of a method among those of the figure, where twins share one; 0 for random cells, which have none. */
function placeOf(method: string, names: readonly string[]): number {
  const plain = (name: string): string => name.replace(DSCD, '');
  const methods = [...new Set(names.map(plain))].filter((name) => name !== RANDOM);
  return Math.max(0, methods.indexOf(plain(method)));
}
