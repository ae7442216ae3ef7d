import { type MethodName, needsGradient } from '../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../src/optimize/minimize/minimize.ts';
import { type BbobFunction, bbobFunction } from '../../src/optimize/test-functions/bbob/bbob.ts';

/** One run of one method on an instance of a function. */
export interface BbobTask {
  /** Number of the function, 1 to 24. */
  readonly function: number;
  readonly dimension: number;
  readonly method: MethodName;
  /** Seed of the method; the instance is the seed + 1. */
  readonly seed: number;
  /** Budget of evaluations. A gradient costs as many as there are coordinates. */
  readonly evaluations: number;
}

/** Result of a run: a line of `results.jsonl`. */
export interface BbobResult extends Omit<BbobTask, 'evaluations'> {
  readonly name: string;
  readonly budget: number;
  readonly evaluations: number;
  /** Smallest value above the minimum. */
  readonly bestGap: number;
  /** `[targets]` number of evaluations after which the gap was at or below each target; null if it never was */
  readonly hits: readonly (number | null)[];
}

/** The targets of COCO: 51 gaps from 100 to 1e-8, five in each decade. */
export const TARGETS: readonly number[] = Array.from({ length: 51 }, (_, k) => 10 ** (2 - k / 5));

/** Step of forward differences, as a share of the coordinate, or of 1 if that is smaller. */
const DIFFERENCE = 1.5e-8;

/** Minimizes an instance, on a thread. */
export async function runBbob(task: BbobTask): Promise<BbobResult> {
  const { method, dimension, seed, evaluations: budget } = task;
  const f = bbobFunction(task.function, dimension, seed + 1);
  const controller = new AbortController();
  const counter = countHits(f, budget, () => controller.abort());
  const gradient = (x: Float64Array): Float64Array => differentiate(counter.value, counter.last, x);
  await minimize(needsGradient(method) ? { value: counter.value, gradient } : counter.value, {
    method,
    seed,
    coordinates: dimension,
    bounds: f.domain,
    evaluations: stepsOf(method, dimension, budget),
    signal: controller.signal,
  });
  const { evaluations, bestGap, hits } = counter.seen;
  return { function: task.function, name: f.name, dimension, method, seed, budget, evaluations, bestGap, hits };
}

/** Positions that a budget is enough for, if half of the steps of `adam+dscd` need a gradient and all of the others do. */
function stepsOf(method: MethodName, dimension: number, budget: number): number {
  if (!needsGradient(method)) return budget;
  const cost = method === 'adam+dscd' ? (dimension + 2) / 2 : dimension + 1;
  return Math.max(2, Math.floor(budget / cost));
}

/** Counts evaluations within the budget, and when they hit a target. */
function countHits(f: BbobFunction, budget: number, onSpent: () => void) {
  const seen = { evaluations: 0, bestGap: Infinity, hits: TARGETS.map((): number | null => null) };
  let [next, last] = [0, 0];
  const value = (x: Float64Array): number => {
    last = f.value(x);
    if (seen.evaluations === budget) return last;
    seen.evaluations++;
    if (last - f.minimum < seen.bestGap) seen.bestGap = Math.max(0, last - f.minimum);
    while (next < TARGETS.length && seen.bestGap <= (TARGETS[next] as number)) seen.hits[next++] = seen.evaluations;
    if (seen.evaluations === budget) onSpent();
    return last;
  };
  return { value, seen, last: () => last };
}

/** @param last returns the value at x, which was computed last */
function differentiate(value: (x: Float64Array) => number, last: () => number, x: Float64Array): Float64Array {
  const base = last();
  const moved = x.slice();
  return x.map((xi, i) => {
    const step = DIFFERENCE * Math.max(1, Math.abs(xi)) * (xi > 0 ? -1 : 1); // toward the middle of the domain
    moved[i] = xi + step;
    const slope = (value(moved) - base) / ((moved[i] as number) - xi);
    moved[i] = xi;
    return slope;
  });
}
