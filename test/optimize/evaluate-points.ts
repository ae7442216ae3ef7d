import { Random } from '../../src/math/random.ts';
import type { Point, PointEvaluation } from '../../src/optimize/optimizer.ts';

/** A synchronous objective. */
interface Evaluable {
  value(x: Float64Array, step: number): number;
  gradient(x: Float64Array): Float64Array;
  perExample?(x: Float64Array, step: number): number[];
}

/** Evaluates points, each with exactly what it requests. */
export function evaluatePoints(f: Evaluable, points: readonly Point[], step = 0): PointEvaluation[] {
  return points.map(({ position, gradient, perExample }) => ({
    loss: f.value(position, step),
    ...(gradient ? { gradient: f.gradient(position) } : {}),
    ...(perExample && f.perExample ? { perExample: f.perExample(position, step) } : {}),
  }));
}

/** Draws a start uniformly from [-5, 5]. */
export function uniformStart(coordinates: number, seed: number): Float64Array {
  const random = Random.fromSeed(seed, 'start');
  return Float64Array.from({ length: coordinates }, () => -5 + 10 * random.uniform());
}
