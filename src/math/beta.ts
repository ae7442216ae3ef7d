import type { Random } from './random.ts';

/** Below this, logarithms of gamma variates leave the range of numbers. */
const SMALLEST_SHAPE = 1e-300;

/**
 * A draw from Beta(a, b), as A / (A + B) of two gamma variates. Both are kept as logarithms, so that no shape over-
 * or underflows; tiny shapes may round to 0 or 1 exactly.
 *
 * @returns a number in [0, 1]
 * @throws RangeError where a shape is not finite or is below 1e-300
 */
export function sampleBeta(random: Random, a: number, b: number): number {
  checkShape('a', a);
  checkShape('b', b);
  const logA = sampleLogGamma(random, a);
  const logB = sampleLogGamma(random, b);
  return 1 / (1 + Math.exp(logB - logA));
}

/**
 * Logarithm of a draw from Gamma(shape, 1), by the rejection method of Marsaglia and Tsang (2000), "A simple method
 * for generating gamma variables". Shapes below 1 take their boost: Gamma(shape + 1) * U^(1 / shape).
 */
function sampleLogGamma(random: Random, shape: number): number {
  if (shape < 1) return sampleLogGamma(random, shape + 1) + Math.log(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const t = 1 + c * x;
    if (t <= 0) continue;
    const v = t * t * t;
    const u = random.uniform();
    const square = x * x;
    // The first test is a cheap bound of the second.
    const accepted = u < 1 - 0.0331 * square * square || Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v));
    if (accepted) return Math.log(d) + Math.log(v);
  }
}

function checkShape(name: string, shape: number): void {
  if (!(shape >= SMALLEST_SHAPE && shape < Infinity)) {
    throw new RangeError(`shape ${name} of a Beta distribution must be finite and at least 1e-300, got ${shape}`);
  }
}
