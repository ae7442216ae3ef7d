import type { Random } from '../math/random.ts';

/** Projection of perturbed mixing weights back into the set that the relaxation's lie in. */
export type Clip = (mixing: Float64Array, columns: number) => Float64Array;

/**
 * Clips each row to the simplex, as SmoothDARTS does after every perturbation (Chen and Hsieh 2020, "Stabilizing
 * differentiable architecture search via perturbation-based regularization"; `attacker/perturb.py` of its repository):
 * entries are clamped to [0, 1] and divided by the row's sum. Of a row that is clamped to 0, the largest entry becomes 1.
 *
 * @param mixing `[edges, columns]`, row-major
 * @returns laid out like `mixing`; rows sum to 1
 */
export const clipToSimplex: Clip = (mixing, columns) => {
  const clipped = clampToUnit(mixing, columns);
  for (let start = 0; start < mixing.length; start += columns) {
    const row = clipped.subarray(start, start + columns);
    const given = mixing.subarray(start, start + columns);
    if (row.every((entry) => entry === 0)) row[given.indexOf(Math.max(...given))] = 1;
    const sum = row.reduce((total, entry) => total + entry, 0);
    for (const i of row.keys()) row[i]! /= sum;
  }
  return clipped;
};

/**
 * Clamps every entry to [0, 1]. It takes the place of `clipToSimplex` for FairDARTS, whose rows of sigmoids do not sum to 1;
 * SmoothDARTS has no such form.
 */
export const clampToUnit: Clip = (mixing) => mixing.map((entry) => Math.min(1, Math.max(0, entry)));

/** Draws the noise of a perturbation: U, uniform in [-epsilon, epsilon] for every entry. */
export function drawNoise(random: Random, size: number, epsilon: number): Float64Array {
  return Float64Array.from({ length: size }, () => epsilon * (2 * random.uniform() - 1));
}

/**
 * Perturbs mixing weights for a step on w: M~ = clip(M + U) (SDARTS-RS, Algorithm 1). Without noise M comes back as it is;
 * the division of the clip would round it.
 *
 * @param mixing `[edges, columns]` M, row-major; belongs to the caller
 * @param noise U, laid out like M
 */
export function perturb(mixing: Float64Array, noise: Float64Array, columns: number, clip: Clip): Float64Array {
  if (noise.every((entry) => entry === 0)) return mixing.slice();
  return clip(
    mixing.map((entry, i) => entry + noise[i]!),
    columns,
  );
}
