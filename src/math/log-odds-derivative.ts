import { digamma } from './gamma-function.ts';

/** Largest number of terms of a series. It takes some tens, and about 40 / (1 - x) near 1 if b is far below 1. */
const MOST_TERMS = 1_000_000;

/**
 * Derivative of the log-odds ln(x / (1 - x)) of a Beta(a, b) variate in its first shape, at a fixed quantile:
 *
 *     rho = (dx/da) / (x (1 - x)),   dx/da = -(dI_x(a, b) / da) / pdf(x; a, b)
 *
 * It is what a pathwise gradient needs (Figurnov et al. 2018, "Implicit reparameterization gradients"), and is positive.
 * I_x, the regularized incomplete beta function, is a series of positive terms, and the density cancels:
 *
 *     rho = -sum_n (a+b)_n / (a)_(n+1) x^n     (ln x + psi(a+b+n) - psi(a+n+1))   (DLMF 8.17.8)
 *     rho =  sum_n (a+b)_n / (b)_(n+1) (1-x)^n (ln x + psi(a+b+n) - psi(a))       (by I_x(a, b) = 1 - I_(1-x)(b, a))
 *
 * The first is taken only where ln x <= psi(a+1) - psi(a+b), the second only where ln x >= psi(a) - psi(a+b). There the terms
 * of each have one sign, so that nothing cancels.
 *
 * @param x from 0 to 1; 0 is excluded
 * @param a shape above 0
 * @param b shape above 0
 */
export function logOddsDerivative(x: number, a: number, b: number): number {
  const all = digamma(a + b);
  const logX = Math.log(x);
  // Between the bounds both series are right, and the one whose powers fall faster is short.
  const lower = logX <= digamma(a) - all || (x < 0.5 && logX <= digamma(a + 1) - all);
  return lower
    ? -sumSeries(x, a, a + b, logX + all - digamma(a + 1), true)
    : sumSeries(1 - x, b, a + b, logX + all - digamma(a), false);
}

/**
 * Sums (a+b)_n / (shape)_(n+1) base^n factor_n. The factor rises by 1 / (a+b+n) from term to term, and in the first
 * series falls by 1 / (a+n+1).
 */
function sumSeries(base: number, shape: number, total: number, first: number, falls: boolean): number {
  let [coefficient, factor, sum] = [1 / shape, first, 0];
  for (let n = 0; n < MOST_TERMS; n++) {
    sum += coefficient * factor;
    const ratio = (base * (total + n)) / (shape + n + 1);
    coefficient *= ratio;
    factor += 1 / (total + n) - (falls ? 1 / (shape + n + 1) : 0);
    // The rest of the series is about a geometric one.
    if (ratio < 1 && Math.abs(coefficient * factor) < Number.EPSILON * (1 - ratio) * Math.abs(sum)) break;
  }
  return sum;
}
