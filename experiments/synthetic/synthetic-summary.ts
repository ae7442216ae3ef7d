import { median } from '../../src/math/statistics.ts';
import type { TestFunctionName } from '../../src/optimize/test-functions/test-functions.ts';
import { type Spread, spreadOf } from '../comparison/spread.ts';
import type { Setting, SyntheticResult } from './synthetic-run.ts';

/** Summary of one setting on one function, over its seeds: a line of `--json`. */
export interface SyntheticSummary extends Setting {
  readonly function: TestFunctionName;
  readonly dimension: number;
  readonly method: Setting['method'];
  readonly learningRate: Setting['learningRate'];
  readonly schedule: Setting['schedule'];
  /** Number of runs. */
  readonly seeds: number;
  /** Evaluations and gradients of a run: medians, rounded. */
  readonly evaluations: number;
  readonly gradients: number;
  readonly bestGap: Spread;
  readonly finalGap: Spread;
}

/** Effect of DSCD on a setting of Adam. */
export interface DscdEffect extends Setting {
  readonly function: TestFunctionName;
  /** Median best gap of Adam alone. */
  readonly alone: number;
  /** Median best gap with DSCD. */
  readonly withDscd: number;
  readonly verdict: 'improved' | 'tied' | 'worse';
  /** Number of seeds whose best gap is smaller with DSCD. */
  readonly wins: number;
  readonly seeds: number;
}

/** Share of the larger median. Medians that differ by less are tied. */
const TIE = 1e-9;

/** Gap at which the minimum counts as found. If both medians are below, they are tied. */
export const SOLVED = 1e-8;

/** Groups the runs by function and setting, in the order of their first runs. */
export function groupRuns(results: readonly SyntheticResult[]): SyntheticResult[][] {
  return [...Map.groupBy(results, ({ function: name, ...setting }) => `${name} ${settingKey(setting)}`).values()];
}

/**
 * Summarizes the runs of one setting on one function.
 *
 * @throws RangeError if there are no runs
 */
export function summarize(runs: readonly SyntheticResult[]): SyntheticSummary {
  const [first] = runs;
  if (first === undefined) throw new RangeError('a summary needs at least one run');
  return {
    function: first.function,
    dimension: first.dimension,
    method: first.method,
    learningRate: first.learningRate,
    schedule: first.schedule,
    seeds: runs.length,
    evaluations: Math.round(median(runs.map(({ evaluations }) => evaluations))),
    gradients: Math.round(median(runs.map(({ gradients }) => gradients))),
    bestGap: spreadOf(runs.map(({ bestGap }) => bestGap)),
    finalGap: spreadOf(runs.map(({ finalGap }) => finalGap)),
  };
}

/** Compares every setting of `adam` with the same one of `adam+dscd`, if both were run. */
export function compareDscd(results: readonly SyntheticResult[]): DscdEffect[] {
  const groups = groupRuns(results);
  return groups.flatMap((alone): DscdEffect[] => {
    const [{ function: name, method, learningRate, schedule }] = alone as [SyntheticResult];
    if (method !== 'adam') return [];
    const hybrid = groups.find(
      ([run]) =>
        run?.function === name &&
        run.method === 'adam+dscd' &&
        run.learningRate === learningRate &&
        run.schedule === schedule,
    );
    if (hybrid === undefined) return [];
    const [a, b] = [median(alone.map(({ bestGap }) => bestGap)), median(hybrid.map(({ bestGap }) => bestGap))];
    const wins = alone.filter(({ seed, bestGap }) => {
      const other = hybrid.find((run) => run.seed === seed);
      return other !== undefined && other.bestGap < bestGap;
    }).length;
    return [
      {
        function: name,
        method,
        learningRate,
        schedule,
        alone: a,
        withDscd: b,
        verdict: judge(a, b),
        wins,
        seeds: alone.length,
      },
    ];
  });
}

/** Counts the verdicts in one sentence. */
export function describeEffects(effects: readonly DscdEffect[]): string {
  const count = (verdict: DscdEffect['verdict']): number =>
    effects.filter((effect) => effect.verdict === verdict).length;
  return (
    `DSCD improved ${count('improved')} of ${effects.length} settings of Adam in the median best gap, ` +
    `${count('tied')} tied, ${count('worse')} got worse`
  );
}

function judge(alone: number, withDscd: number): DscdEffect['verdict'] {
  if (Math.max(alone, withDscd) <= SOLVED) return 'tied';
  if (Math.abs(alone - withDscd) <= TIE * Math.max(alone, withDscd)) return 'tied';
  return withDscd < alone ? 'improved' : 'worse';
}

function settingKey({ method, learningRate, schedule }: Setting): string {
  return `${method} ${learningRate} ${schedule}`;
}
