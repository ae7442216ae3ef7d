import type { Interval } from './bootstrap-interval.ts';
import { logGamma } from './gamma-function.ts';

/** Estimated variance of a mean, or of another estimate. */
export interface EstimatedVariance {
  readonly variance: number;
  /** Degrees of freedom of the estimate, e.g. n - 1; any number above 0. */
  readonly degrees: number;
}

/**
 * Interval of an estimate by Student's t. Its variance is the sum of independent ones, each estimated with its own
 * degrees of freedom, which are combined as Welch and Satterthwaite do: one part gives the interval of a mean, two that
 * of a difference of means.
 * Source: Welch (1947), "The generalization of 'Student's' problem when several different population variances are
 * involved".
 *
 * @param level share of such intervals that hold the true value. @default 0.95
 * @throws RangeError if a variance is negative, or degrees of freedom are not above 0
 */
export function tInterval(estimate: number, parts: readonly EstimatedVariance[], level = 0.95): Interval {
  for (const { variance, degrees } of parts) {
    if (!(variance >= 0 && degrees > 0)) {
      throw new RangeError(`tInterval needs variances from 0 and degrees above 0, got ${variance} and ${degrees}`);
    }
  }
  const sum = parts.reduce((total, { variance }) => total + variance, 0);
  if (sum === 0) return { low: estimate, high: estimate };
  const degrees = 1 / parts.reduce((total, part) => total + (part.variance / sum) ** 2 / part.degrees, 0);
  const half = studentQuantile((1 + level) / 2, degrees) * Math.sqrt(sum);
  return { low: estimate - half, high: estimate + half };
}

/**
 * Quantile of Student's t distribution: with y = t^2 / (degrees + t^2), the share between -t and t is the regularized
 * incomplete beta function of y at 1/2 and degrees / 2 (Abramowitz and Stegun, 26.7.1), which is solved by bisection.
 *
 * @param share of the distribution below the quantile, from 1/2 to below 1
 * @param degrees degrees of freedom, any number above 0
 * @throws RangeError if the share or the degrees are outside
 */
export function studentQuantile(share: number, degrees: number): number {
  if (!(share >= 0.5 && share < 1)) throw new RangeError(`share must be at least 0.5 and below 1, got ${share}`);
  if (!(degrees > 0 && degrees < Infinity)) {
    throw new RangeError(`degrees must be finite and above 0, got ${degrees}`);
  }
  const inside = 2 * share - 1;
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return Math.sqrt((degrees * low) / (1 - low));
    if (regularizedBeta(middle, 0.5, degrees / 2) < inside) low = middle;
    else high = middle;
  }
}

/** Regularized incomplete beta function I_x(a, b), for x in (0, 1). */
function regularizedBeta(x: number, a: number, b: number): number {
  // The fraction converges fast below the mean of the distribution, and symmetry gives the rest.
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
  const front = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (Math.exp(front) / a) * betaFraction(x, a, b);
}

/** Steps of the continued fraction, far more than it takes: some tens, and about the root of a large parameter. */
const MOST_STEPS = 100_000;

/** Continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let value = d;
  for (let m = 1; m < MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      step = c * d;
      value *= step;
    }
    if (Math.abs(step - 1) < Number.EPSILON) break;
  }
  return value;
}
