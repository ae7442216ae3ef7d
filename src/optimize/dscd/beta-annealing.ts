/** Below this r = 1 - rho, a proposal is the current position itself. */
const CONCENTRATED = 1e-9;

/** Shapes of a Beta distribution. */
export interface BetaShapes {
  readonly a: number;
  readonly b: number;
}

/**
 * rho, the concentration of the proposals: rises by a cosine from 0 (uniform over the domain) to 1 (the current
 * position itself). It is (1 - cos(pi t)) / 2, in the form that keeps its precision near 0.
 *
 * @param progress t, from 0 at the start to 1 at the end
 * @throws RangeError where the progress is outside [0, 1]
 */
export function concentration(progress: number): number {
  checkProgress(progress);
  return Math.sin((Math.PI / 2) * progress) ** 2; // DSCD step 3
}

/**
 * The Beta distribution of a proposal (the paper's appendix C): mean and standard deviation lie between those of the
 * uniform distribution (rho = 0) and of a Dirac at the current position (rho = 1), by linear interpolation:
 *
 *     mu = (1 - rho) / 2 + rho u,   sigma = (1 - rho) sqrt(1/12)
 *
 * With r = 1 - rho, p = mu and q = 1 - mu the shapes follow without cancellation. Both are at least 1, so the density
 * has one mode.
 *
 * @param u current position in [0, 1], the domain scaled
 * @param progress from 0 at the start to 1 at the end
 * @returns the shapes, or null where the distribution is so narrow (r < 1e-9) that the proposal is u itself
 * @throws RangeError where the progress is outside [0, 1]
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

function checkProgress(progress: number): void {
  if (!(progress >= 0 && progress <= 1)) throw new RangeError(`progress must be from 0 to 1, got ${progress}`);
}
