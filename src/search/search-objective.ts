import type { MixingWeights } from '../engine/engine.ts';
import { type AlphaShape, alphaColumns, alphaSize, cellSize, splitAlpha } from '../space/alpha.ts';
import { appendColumn, dropLastColumn } from '../space/constant-column.ts';
import { type Relaxation, relax, relaxBackward } from '../space/relaxation.ts';
import { auxiliarySkipWeight } from './epoch-schedules.ts';
import { clampToUnit, clipToSimplex, perturb } from './perturbation.ts';

/**
 * The validation objective as a function of alpha: L_val(alpha) = cross-entropy(relax(alpha)) + weight * L01(alpha).
 * The engine knows mixing weights and cross-entropies; this objective translates between the two.
 *
 * The progress of the search, from 0 to 1, decides about the weight if it rises, and about that of an auxiliary skip. The
 * default of `progress` is 1: the whole weight, and none of the auxiliary skip.
 */
export interface SearchObjective {
  /** Mixing weights of an alpha, as the engine takes them (float32), that of the auxiliary skip included. */
  mixing(alpha: Float64Array, progress?: number): MixingWeights;
  /**
   * Mixing weights of an alpha after a perturbation, clip(M + U) (SDARTS-RS). The auxiliary skip keeps its weight.
   *
   * @param noise U, flat over both cells like `alpha`
   */
  perturbed(alpha: Float64Array, noise: Float64Array, progress?: number): MixingWeights;
  /**
   * Mixing weights for the engine from those of alpha's columns alone, such as those of drawn cells.
   *
   * @param mixing flat over both cells like `alpha`
   */
  complete(mixing: Float64Array, progress?: number): MixingWeights;
  /** The part of the loss that depends on alpha alone. */
  regularization(alpha: Float64Array, progress?: number): number;
  /** Gradient of the whole loss in alpha, from the cross-entropy's gradient in all mixing weights. */
  gradient(alpha: Float64Array, mixingGradient: MixingWeights, progress?: number): Float64Array;
}

/** Settings of the objective, all that it depends on besides alpha. Plain data, which is sent to the workers. */
export interface SearchObjectiveSettings {
  readonly shape: AlphaShape;
  readonly relaxation: Relaxation;
  /** Whether the supernet's last column is DARTS-'s auxiliary skip. @default false */
  readonly auxiliarySkip?: boolean;
  /** Weight of the zero-one loss; 0 leaves it out. */
  readonly zeroOneWeight: number;
  /** Progress until which the weight rises linearly from 0. @default 0: the whole weight from the start */
  readonly zeroOneRise?: number;
}

/**
 * Makes the objective of a search.
 *
 * @throws RangeError from its functions, if an alpha does not fit the shape
 */
export function createSearchObjective(settings: SearchObjectiveSettings): SearchObjective {
  const { shape, relaxation, auxiliarySkip = false, zeroOneWeight, zeroOneRise = 0 } = settings;
  const columns = alphaColumns(shape);
  const relaxed = (alpha: Float64Array): Float64Array => relax(relaxation, alpha, columns);
  const weightAt = (progress: number): number => {
    return progress >= zeroOneRise ? zeroOneWeight : (zeroOneWeight * progress) / zeroOneRise;
  };
  const clip = relaxation === 'softmax' ? clipToSimplex : clampToUnit;
  const complete = (mixing: Float64Array, progress = 1): MixingWeights => {
    const { normal, reduce } = splitAlpha(shape, mixing);
    const widen = (cell: Float64Array): Float32Array => {
      return Float32Array.from(auxiliarySkip ? appendColumn(cell, columns, auxiliarySkipWeight(progress, 1)) : cell);
    };
    return { normal: widen(normal), reduce: widen(reduce) };
  };
  const ofAlpha = (cell: Float32Array): Float64Array => {
    const gradient = Float64Array.from(cell);
    return auxiliarySkip ? dropLastColumn(gradient, columns) : gradient;
  };
  return {
    mixing: (alpha, progress) => complete(relaxed(alpha), progress),
    perturbed: (alpha, noise, progress) => complete(perturb(relaxed(alpha), noise, columns, clip), progress),
    complete,
    regularization(alpha, progress = 1) {
      const weight = weightAt(progress);
      return weight === 0 ? 0 : weight * zeroOneLoss(relaxed(alpha));
    },
    gradient(alpha, mixingGradient, progress = 1) {
      const weight = weightAt(progress);
      const mixing = relaxed(alpha);
      const gradient = new Float64Array(alphaSize(shape));
      gradient.set(ofAlpha(mixingGradient.normal));
      gradient.set(ofAlpha(mixingGradient.reduce), cellSize(shape));
      if (weight !== 0) {
        const regularizer = zeroOneGradient(mixing);
        for (let i = 0; i < gradient.length; i++) gradient[i]! += weight * regularizer[i]!;
      }
      return relaxBackward(relaxation, mixing, gradient, columns);
    },
  };
}

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
