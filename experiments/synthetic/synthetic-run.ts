import type { MethodName, ScheduleName } from '../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../src/optimize/minimize/minimize.ts';
import { scaleToDomain } from '../../src/optimize/test-functions/test-function.ts';
import { TEST_FUNCTIONS, type TestFunctionName } from '../../src/optimize/test-functions/test-functions.ts';

/** Setting of a method: Adam at two learning rates makes two settings. */
export interface Setting {
  readonly method: MethodName;
  /** null for methods that have none. */
  readonly learningRate: number | null;
  readonly schedule: ScheduleName | null;
}

export const LEARNING_RATES: readonly number[] = [1e-3, 1e-2, 0.1, 1];
const SCHEDULES: readonly ScheduleName[] = ['constant', 'cosine', 'warm-restarts'];

/** Schedules of the methods that have a learning rate, by method. */
const SCHEDULES_OF: Partial<Record<MethodName, readonly ScheduleName[]>> = {
  adam: SCHEDULES,
  'adam+dscd': SCHEDULES,
  'coordinate-descent': ['constant'],
};

/** Lists all settings of some methods. */
export function listSettings(methods: readonly MethodName[]): Setting[] {
  return methods.flatMap((method): Setting[] => {
    const schedules = SCHEDULES_OF[method];
    if (schedules === undefined) return [{ method, learningRate: null, schedule: null }];
    return LEARNING_RATES.flatMap((learningRate) => schedules.map((schedule) => ({ method, learningRate, schedule })));
  });
}

/** One run of one setting. */
export interface SyntheticTask extends Setting {
  readonly function: TestFunctionName;
  readonly dimension: number;
  /** Budget of evaluations. */
  readonly steps: number;
  readonly seed: number;
  /** Whether to take the function's own domain in place of [-5, 5]. */
  readonly unscaled: boolean;
}

/** Result of a run: a line of `results.jsonl`. */
export interface SyntheticResult extends Setting {
  readonly function: TestFunctionName;
  readonly dimension: number;
  readonly seed: number;
  readonly evaluations: number;
  readonly gradients: number;
  /** Smallest loss of all evaluations, above the minimum. */
  readonly bestGap: number;
  /** Loss at the end of the run, above the minimum. */
  readonly finalGap: number;
  /** Best gaps after numbers of evaluations. */
  readonly curve: { readonly evaluations: readonly number[]; readonly bestGap: readonly number[] };
  readonly seconds: number;
}

/** Domain that functions are scaled to. */
const SCALED = [-5, 5] as const;

/** Number of points of a curve besides its first. */
const CURVE_POINTS = 100;

/** Minimizes a test function, on a thread. All settings of a seed begin at the same place. */
export async function runSynthetic(task: SyntheticTask): Promise<SyntheticResult> {
  const { method, learningRate, schedule, dimension, steps, seed, unscaled } = task;
  const own = TEST_FUNCTIONS[task.function];
  const f = unscaled ? own : scaleToDomain(own, SCALED);
  const gap = (loss: number): number => gapOf(loss, f.minimum(dimension), dimension);
  const samples = curveSamples(steps);
  const bestGap: number[] = [];
  let [evaluations, bestLoss] = [0, Infinity];
  const objective = {
    value(x: Float64Array): number {
      const loss = f.value(x);
      if (loss < bestLoss) bestLoss = loss;
      evaluations++;
      if (evaluations === samples[bestGap.length]) bestGap.push(gap(bestLoss));
      return loss;
    },
    gradient: (x: Float64Array): Float64Array => f.gradient(x),
  };
  const startedAt = performance.now();
  const result = await minimize(objective, {
    method,
    seed,
    coordinates: dimension,
    bounds: f.domain,
    evaluations: steps,
    ...(learningRate === null ? {} : { learningRate }),
    ...(schedule === null ? {} : { schedule }),
  });
  // A last step that needs more evaluations than were left does not begin.
  while (bestGap.length < samples.length) bestGap.push(gap(result.bestLoss));
  return {
    function: task.function,
    dimension,
    method,
    learningRate,
    schedule,
    seed,
    evaluations: result.evaluations,
    gradients: result.gradients,
    bestGap: gap(result.bestLoss),
    finalGap: gap(result.finalLoss),
    curve: { evaluations: samples, bestGap },
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/**
 * Gap by which a loss is above the minimum. A sum over coordinates is rounded at each of them, so a loss at the minimum
 * may come out below it by some units in the last place. Up to 2 units a coordinate count as a gap of 0.
 *
 * @throws Error if the loss is below the minimum by more, which is then no minimum
 */
export function gapOf(loss: number, minimum: number, dimension: number): number {
  const gap = loss - minimum;
  const rounding = 2 * dimension * Number.EPSILON * Math.abs(minimum);
  if (gap < -rounding) throw new Error(`the loss ${loss} is below ${minimum}, the least that the function has`);
  return Math.max(0, gap);
}

/** Numbers of evaluations that a curve has points at: 1, and then evenly up to the last. */
function curveSamples(steps: number): number[] {
  const points = Math.min(CURVE_POINTS, steps);
  const even = Array.from({ length: points }, (_, k) => Math.ceil(((k + 1) * steps) / points));
  return even[0] === 1 ? even : [1, ...even];
}
