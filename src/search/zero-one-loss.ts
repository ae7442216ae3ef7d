/**
 * FairDARTS's regularizer: pushes every sigmoid away from 1/2, so that discretizing changes less.
 *
 * L01 = -1/n * sum over all n coordinates of (sigmoid(alpha) - 1/2)^2, between -1/4 and 0.
 * Source: FairDARTS (Chu et al. 2020), eq. 4 ("zero-one loss").
 *
 * @param mixing sigmoid(alpha), flat over both cells
 */
export function zeroOneLoss(mixing: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < mixing.length; i++) sum += ((mixing[i] as number) - 0.5) ** 2;
  return -sum / mixing.length;
}

/** Gradient of the zero-one loss in the mixing weights: -2/n * (sigmoid(alpha) - 1/2). */
export function zeroOneGradient(mixing: ArrayLike<number>): Float64Array {
  const n = mixing.length;
  return Float64Array.from(mixing, (m) => (-2 / n) * (m - 0.5));
}
