import { checkProgress } from '../checks.ts';

/** Smallest r = 1 - rho; below it a proposal is the current position itself. */
const CONCENTRATED = 1e-9;

/** Shapes of a Beta distribution. */
export interface BetaShapes {
  readonly a: number;
  readonly b: number;
}

/**
 * The concentration rho of the proposals, which rises by a cosine from 0 (uniform over the domain) to 1 (the current
 * position itself):
 *
 *     rho = (1 - cos(pi t)) / 2 = sin^2(pi t / 2)
 *
 * The second form is precise near 0.
 *
 * @param progress t, from 0 at the start to 1 at the end
 * @throws RangeError if the progress is outside [0, 1]
 */
export function concentration(progress: number): number {
  checkProgress(progress);
  return Math.sin((Math.PI / 2) * progress) ** 2; // DSCD step 3
}

/**
 * The shapes of a proposal's Beta distribution (the paper's appendix C). Mean and standard deviation interpolate
 * linearly between the uniform distribution (rho = 0) and a Dirac at the current position (rho = 1):
 *
 *     mu = (1 - rho) / 2 + rho u,   sigma = (1 - rho) sqrt(1/12)
 *
 * The shapes are computed from r = 1 - rho, p = mu and q = 1 - mu, which avoids cancellation. Both shapes are at least
 * 1, so the density has one mode.
 *
 * @param u current position, scaled from the domain to [0, 1]
 * @param progress share of the run that is done, from 0 to 1
 * @returns the shapes; null if the distribution is so narrow (r < 1e-9) that the proposal is u itself
 * @throws RangeError if the progress is outside [0, 1]
 */
export function betaShapes(u: number, progress: number): BetaShapes | null {
  const rho = concentration(progress);
  const r = Math.cos((Math.PI / 2) * progress) ** 2; // DSCD step 3: 1 - rho, which would cancel near the end
  if (r < CONCENTRATED) return null;
  const p = r / 2 + rho * u; // eq. 3: mu
  const q = r / 2 + rho * (1 - u);
  const nu = (12 * p * q) / (r * r) - 1; // DSCD step 5, with eq. 4's sigma^2 = r^2 / 12
  return { a: p * nu, b: q * nu }; // eq. 5 and 6
}
