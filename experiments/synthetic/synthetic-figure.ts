import { quantile } from '../../src/math/statistics.ts';
import { TEST_FUNCTIONS } from '../../src/optimize/test-functions/test-functions.ts';
import type { GapCurve, GapPanel, GapStyle } from '../../src/report/figures/gap-figure.ts';
import { LEARNING_RATES, type Setting, type SyntheticResult } from './synthetic-run.ts';
import { groupRuns, SOLVED } from './synthetic-summary.ts';

/** Colors by rising learning rate: warm without DSCD, cool with it. */
const COLORS_BY_RATE: Partial<Record<Setting['method'], readonly string[]>> = {
  adam: ['#d9a400', '#e8743b', '#d64545', '#c2509b'],
  'adam+dscd': ['#2bb3a3', '#3b8fe8', '#5b6ee1', '#9457d6'],
  'coordinate-descent': ['#b79a6b', '#a98457', '#987045', '#855d34'],
};

const COLORS: Partial<Record<Setting['method'], string>> = {
  dscd: '#1f9fc4',
  uniform: '#8a8f98',
  'cma-es': '#3fa34d',
  'basin-hopping': '#8a8a1f',
};

/** Dashes by schedule; the last are those of methods without one. */
const DASHES = { constant: [1, 0], cosine: [7, 3], 'warm-restarts': [2, 2], none: [9, 3, 2, 3] };

/** Makes one panel a function, with a curve for each setting. */
export function toPanels(results: readonly SyntheticResult[]): GapPanel[] {
  const byFunction = Map.groupBy(groupRuns(results), ([run]) => (run as SyntheticResult).function);
  return Array.from(byFunction, ([name, groups]) => ({
    title: `${TEST_FUNCTIONS[name].name}, ${groups[0]?.[0]?.dimension} dimensions`,
    curves: groups.map(toCurve),
  }));
}

/**
 * Style of the panels.
 *
 * @param seeds number of runs of every setting
 */
export function gapStyle(seeds: number): GapStyle {
  return {
    colors: {
      ...Object.fromEntries(Object.entries(COLORS_BY_RATE).flatMap(([method, colors]) => ofRates(method, colors))),
      ...COLORS,
    },
    dashTitle: 'schedule of the learning rate',
    dashes: DASHES,
    band: seeds === 1 ? 'one seed' : `middle half of ${seeds} seeds`,
    floor: SOLVED,
  };
}

function ofRates(method: string, colors: readonly string[]): [string, string][] {
  return colors.map((color, i) => [lineName(method, LEARNING_RATES[i] ?? null), color]);
}

function lineName(method: string, learningRate: number | null): string {
  return learningRate === null ? method : `${method} ${learningRate}`;
}

function toCurve(runs: readonly SyntheticResult[]): GapCurve {
  const [{ method, learningRate, schedule, curve }] = runs as readonly [SyntheticResult];
  return {
    line: lineName(method, learningRate),
    dash: schedule ?? 'none',
    points: curve.evaluations.map((evaluations, i) => {
      const gaps = runs.map((run) => run.curve.bestGap[i] as number);
      return { evaluations, low: quantile(gaps, 0.25), median: quantile(gaps, 0.5), high: quantile(gaps, 0.75) };
    }),
  };
}
