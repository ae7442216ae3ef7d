import { Random } from '../../src/math/random.ts';
import { median } from '../../src/math/statistics.ts';
import { AlternatingOptimizer } from '../../src/optimize/dscd/alternating-optimizer.ts';
import type { Optimizer, PointEvaluation } from '../../src/optimize/optimizer.ts';
import { CmaEs } from '../../src/optimize/rivals/cma-es.ts';
import { UniformSampling } from '../../src/optimize/rivals/uniform-sampling.ts';
import { STYBLINSKI_TANG } from '../../src/optimize/test-functions/test-functions.ts';
import { report, round, secondsOf } from './report.ts';

export interface OptimizeFlags {
  readonly coordinates: number;
  readonly steps: number;
  readonly reps: number;
}

/** The window's cost must not grow with K. */
const WINDOWS = [100, 1000, 10_000, 100_000];

/**
 * Times asking and telling, in microseconds an evaluation, and counts the evaluations of Styblinski-Tang that take as
 * long, timed in the same run. A figure is for a whole evaluation, all coordinates, as the median of the repetitions and the
 * fastest, which other work on the machine disturbs least. The losses are random, which gives the acceptance window the most to do.
 */
export function benchOptimize({ coordinates, steps, reps }: OptimizeFlags): void {
  const random = Random.fromSeed(0, 'bench');
  const start = Float64Array.from({ length: coordinates }, () => 10 * random.uniform() - 5);
  const losses = Float64Array.from({ length: 4096 }, () => random.uniform());
  const gradient = Float64Array.from({ length: coordinates }, () => random.normal());

  const evaluation = time(reps, steps, () => {
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += STYBLINSKI_TANG.value(start);
    return sum;
  });
  report({ measurement: 'evaluate', function: STYBLINSKI_TANG.name, coordinates, ...evaluation });

  const generator = (): Random => Random.fromSeed(0, 'proposals');
  const optimizers: [string, object, () => Optimizer][] = [
    ...WINDOWS.map((window): [string, object, () => Optimizer] => {
      return ['dscd', { window }, () => new AlternatingOptimizer({ start, dscd: { window } }, generator())];
    }),
    ['adam', {}, () => new AlternatingOptimizer({ start, adam: { learningRate: 0.1 } }, generator())],
    ['adam+dscd', {}, () => new AlternatingOptimizer({ start, adam: { learningRate: 0.1 }, dscd: {} }, generator())],
    ['uniform', {}, () => new UniformSampling({ start }, generator())],
    ['cma-es', {}, () => new CmaEs({ start }, generator())],
  ];
  for (const [method, options, create] of optimizers) {
    const optimizer = create();
    const cost = time(reps, steps, () => run(optimizer, steps, losses, gradient));
    report({
      measurement: 'ask-tell',
      method,
      ...options,
      coordinates,
      ...cost,
      evaluationsWorth: round(cost.microseconds / evaluation.microseconds),
      steps,
      reps,
    });
  }
}

/** Microseconds of one of so many steps: the median of the repetitions, and the fastest. */
function time(reps: number, steps: number, call: () => unknown): { microseconds: number; fastest: number } {
  // The first runs compile.
  for (let i = 0; i < 3; i++) call();
  const each = secondsOf(reps, call).map((seconds) => (1e6 * seconds) / steps);
  return { microseconds: round(median(each)), fastest: round(Math.min(...each)) };
}

/** Runs an optimizer for so many evaluations, through the first half of the annealing. */
function run(optimizer: Optimizer, evaluations: number, losses: Float64Array, gradient: Float64Array): void {
  for (let done = 0; done < evaluations; ) {
    const points = optimizer.ask((0.5 * done) / evaluations);
    const told: PointEvaluation[] = [];
    for (const point of points) {
      const loss = losses[done++ & 4095] as number;
      told.push(point.gradient ? { loss, gradient } : { loss });
    }
    optimizer.tell(told);
  }
}
