import { shortNumber } from '../../src/command/format.ts';
import { textTable } from '../../src/command/text-table.ts';
import { median } from '../../src/math/statistics.ts';
import { type RangeStyle, rangeFigure } from '../../src/report/figures/range-figure.ts';
import { renderSvg } from '../../src/report/figures/render-svg.ts';
import { renderHtml } from '../../src/report/page/render-html.ts';
import type { ComparisonReport } from '../comparison/comparison.ts';
import { type Spread, spreadOf } from '../comparison/spread.ts';
import { COORDINATES, LEVELS, type LevelName, type NoiseResult, type RuleName } from './noise-run.ts';

/** Summary of one rule at one level over its seeds: a line of `--json`. */
export interface NoiseSummary {
  readonly level: LevelName;
  readonly offset: number;
  readonly paired: number;
  readonly rule: RuleName;
  /** Number of runs. */
  readonly seeds: number;
  /** Evaluations and gradients of a run: medians, rounded. */
  readonly evaluations: number;
  readonly gradients: number;
  readonly finalLoss: Spread;
  /** Share of the steps with proposals that took one, over all runs; null if there were none. */
  readonly acceptance: number | null;
}

const COLORS: Readonly<Record<RuleName, string>> = {
  adam: '#8a8f98',
  'window-return': '#d64545',
  'window-stay': '#e8743b',
  'paired-p1': '#2bb3a3',
  'paired-p4': '#3b8fe8',
  'paired-p4-margin': '#5b6ee1',
  'joint-p4': '#3fa34d',
  'joint-p4-margin': '#9457d6',
};

const STYLE: RangeStyle = {
  title: 'final true loss above the best',
  groupTitle: 'noise',
  colors: COLORS,
  floor: 1,
};

/**
 * Makes table, figures and JSON lines of the results.
 *
 * @param flags evaluations of a run; number of seeds, and the first
 */
export async function reportNoise(
  results: readonly NoiseResult[],
  flags: { readonly steps: number; readonly seeds: number; readonly seed: number },
): Promise<ComparisonReport> {
  const groups = Map.groupBy(results, ({ level, rule }) => `${level} ${rule}`);
  const summaries = Array.from(groups.values(), summarize);
  const entries = summaries.map(({ level, offset, paired, rule, finalLoss }) => ({
    group: `${level}\noffset ${offset}\npaired ${paired}`,
    name: rule,
    low: finalLoss.min,
    median: finalLoss.median,
    high: finalLoss.max,
  }));
  const note =
    `${COORDINATES} double wells, each coordinate one; Adam at 0.003; ${flags.steps} evaluations; median and range of ` +
    `${flags.seeds} seeds, from ${flags.seed} on. Unit: the mean gain of a coordinate. A click on an entry of the legend ` +
    'picks it out.';
  const title = 'Acceptance under mini-batch noise';
  const figure = { heading: 'The rules side by side', spec: rangeFigure(entries, STYLE, 'interactive') };
  return {
    lines: summaries,
    text: (columns) => noiseTable(summaries, columns),
    files: {
      'noise.svg': await renderSvg(rangeFigure(entries, STYLE, 'still')),
      'noise.html': renderHtml(title, [figure], note),
    },
  };
}

function summarize(runs: readonly NoiseResult[]): NoiseSummary {
  const [{ level, rule }] = runs as readonly [NoiseResult];
  const total = (count: (run: NoiseResult) => number): number => runs.reduce((sum, run) => sum + count(run), 0);
  const globalSteps = total((run) => run.globalSteps);
  return {
    level,
    ...LEVELS[level],
    rule,
    seeds: runs.length,
    evaluations: Math.round(median(runs.map(({ evaluations }) => evaluations))),
    gradients: Math.round(median(runs.map(({ gradients }) => gradients))),
    finalLoss: spreadOf(runs.map(({ finalLoss }) => finalLoss)),
    acceptance: globalSteps === 0 ? null : total((run) => run.accepted) / globalSteps,
  };
}

/** Table with a row for each rule and a column for each level. */
function noiseTable(summaries: readonly NoiseSummary[], columns: number): string {
  const levels = [...new Set(summaries.map(({ level }) => level))];
  const head = [
    'rule',
    ...levels.map((level) => `${level} (offset ${LEVELS[level].offset}, paired ${LEVELS[level].paired})`),
  ];
  const rows = Array.from(
    Map.groupBy(summaries, ({ rule }) => rule),
    ([rule, ofRule]) => [
      rule,
      ...ofRule.map(({ finalLoss: { median: middle, min, max } }) => {
        return `${shortNumber(middle)} (${shortNumber(min)} to ${shortNumber(max)})`;
      }),
    ],
  );
  const table = textTable([head, ...rows], 1, { columns });
  return `final true loss above the best, in mean gains of a coordinate: median (range)\n${table}`;
}
