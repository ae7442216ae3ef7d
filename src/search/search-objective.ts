import type { MixingWeights } from '../engine/engine.ts';
import type { Random } from '../math/random.ts';
import { type AlphaShape, alphaColumns, alphaSize, cellSize, mixingShape, splitAlpha } from '../space/alpha.ts';
import { appendColumn, dropLastColumn } from '../space/constant-column.ts';
import { dirichletDivergence, dirichletDivergenceGradient, markPruned } from '../space/dirichlet-relaxation.ts';
import {
  type CellRelaxation,
  drawFor,
  isDrawn,
  relaxDrawn,
  relaxDrawnBackward,
  settleMixing,
} from '../space/drawn-relaxation.ts';
import { relaxEdges, relaxEdgesBackward } from '../space/edge-normalization.ts';
import type { Genotype } from '../space/genotype.ts';
import { relaxBackward } from '../space/relaxation.ts';
import { attack } from './attack.ts';
import { mixingOfCells } from './cell-mixing.ts';
import { auxiliarySkipWeight, temperature } from './epoch-schedules.ts';
import { clampToUnit, clipToSimplex, perturb } from './perturbation.ts';

/**
 * The validation objective as a function of alpha: L_val(alpha) = cross-entropy(relax(alpha)) + weight * L01(alpha), or with
 * the divergence of DrNAS in place of the zero-one loss L01.
 * The engine knows mixing weights and cross-entropies; this objective translates between the two.
 *
 * The progress of the search, from 0 to 1, decides about the weight if it rises, and about that of an auxiliary skip. The
 * default of `progress` is 1: the whole weight, and none of the auxiliary skip.
 */
export interface SearchObjective {
  /**
   * Mixing weights of an alpha, as the engine takes them (float32), that of the auxiliary skip included.
   *
   * @param draw what `draw` gave for this alpha; without it a relaxation that draws gives the settled mixing weights, at
   *   which accuracies are measured
   */
  mixing(alpha: Float64Array, progress?: number, draw?: Float64Array | null): MixingWeights;
  /** Draws what the mixing weights of a pass depend on besides alpha; null if the relaxation draws nothing. */
  draw(alpha: Float64Array, random: Random): Float64Array | null;
  /**
   * Mixing weights of an alpha after a perturbation, clip(M + U) (SDARTS-RS). The auxiliary skip keeps its weight.
   *
   * @param noise U, flat over both cells like `alpha`
   */
  perturbed(alpha: Float64Array, noise: Float64Array, progress?: number): MixingWeights;
  /**
   * Mixing weights near those of an alpha that make the training loss large (SDARTS-ADV, `attack`). The auxiliary skip
   * keeps its weight.
   */
  attacked(alpha: Float64Array, settings: AttackSettings, progress?: number): Promise<MixingWeights>;
  /**
   * Mixing weights for the engine from those of alpha's columns alone, such as those of drawn cells.
   *
   * @param mixing flat over both cells like `alpha`
   */
  complete(mixing: Float64Array, progress?: number): MixingWeights;
  /**
   * Mixing weights that cut the supernet down to derived cells: 1 for what they keep, 0 for all else and for an auxiliary skip.
   * Channels pass by the operations that are kept.
   */
  ofCells(genotype: Pick<Genotype, 'normal' | 'reduce'>): MixingWeights;
  /** The part of the loss that depends on alpha alone. */
  regularization(alpha: Float64Array, progress?: number): number;
  /**
   * Gradient of the whole loss in alpha, from the cross-entropy's gradient in all mixing weights.
   *
   * @param draw the one that the mixing weights were made with
   * @throws RangeError if the relaxation draws, and there is no draw
   */
  gradient(
    alpha: Float64Array,
    mixingGradient: MixingWeights,
    progress?: number,
    draw?: Float64Array | null,
  ): Float64Array;
}

/** What an attack on mixing weights takes. */
export interface AttackSettings {
  /** U, the random start, flat over both cells like alpha. */
  readonly noise: Float64Array;
  /** Largest change of an entry before the clip; 0 changes nothing. */
  readonly epsilon: number;
  /** The training loss on the mini-batch of the step on w; changes nothing. */
  lossAt(mixing: MixingWeights): Promise<number>;
  /** The gradient of that loss in the mixing weights; changes nothing. */
  gradientAt(mixing: MixingWeights): Promise<MixingWeights>;
}

/** Settings of the objective, all that it depends on besides alpha. Plain data, which is sent to the workers. */
export interface SearchObjectiveSettings {
  readonly shape: AlphaShape;
  readonly relaxation: CellRelaxation;
  /** Temperature in the first epoch and in the last of a Gumbel softmax. @default [10, 0.1] */
  readonly temperature?: readonly [first: number, last: number] | undefined;
  /** Number of epochs, by which the temperature falls. @default 1 */
  readonly epochs?: number;
  /** Whether the supernet's last column is DARTS-'s auxiliary skip. @default false */
  readonly auxiliarySkip?: boolean;
  /** K of PC-DARTS: above 1 the supernet's last column is that of the channels that pass by. @default 1 */
  readonly partialChannels?: number;
  /** Weight of the zero-one loss; 0 leaves it out. */
  readonly zeroOneWeight: number;
  /** Progress until which the weight rises linearly from 0. @default 0: the whole weight from the start */
  readonly zeroOneRise?: number;
  /** Columns of alpha that stay of those of `dirichlet`, 1 or 0 each, flat over both cells; the others are not computed. @default all */
  readonly kept?: Uint8Array | null;
  /** Weight of the Dirichlet distributions' divergence from the uniform one, of `dirichlet` alone. @default 0: left out */
  readonly divergenceWeight?: number;
}

/** What a stage of a search changes in the objective. */
export type StageObjective = Pick<SearchObjectiveSettings, 'partialChannels' | 'kept'>;

/**
 * Makes the objective of a search.
 *
 * @throws RangeError from its functions, if an alpha does not fit the shape
 */
export function createSearchObjective(settings: SearchObjectiveSettings): SearchObjective {
  const { shape, relaxation, auxiliarySkip = false, partialChannels = 1, zeroOneWeight, zeroOneRise = 0 } = settings;
  const { temperature: [first, last] = [10, 0.1], epochs = 1, divergenceWeight = 0, kept = null } = settings;
  const own = mixingShape(shape);
  const columns = alphaColumns(own);
  const bypass = partialChannels > 1;
  const edges = { nodes: shape.nodes, columns, bypass };
  const refuseEdges = (): never => {
    throw new RangeError('mixing weights of edge-normalized alphas are not to be perturbed, attacked or completed');
  };
  const relaxed = (alpha: Float64Array): Float64Array => {
    return relaxation === 'edge-normalized'
      ? refuseEdges()
      : settleMixing(relaxation, markPruned(alpha, kept), columns);
  };
  const tauAt = (progress: number): number => temperature(Math.round(progress * epochs), epochs, first, last);
  const weightAt = (progress: number): number => {
    return progress >= zeroOneRise ? zeroOneWeight : (zeroOneWeight * progress) / zeroOneRise;
  };
  const clip = relaxation === 'softmax' ? clipToSimplex : clampToUnit;
  const complete = (mixing: Float64Array, progress = 1): MixingWeights => {
    if (relaxation === 'edge-normalized') return refuseEdges();
    const { normal, reduce } = splitAlpha(own, mixing);
    const widen = (cell: Float64Array): Float32Array => {
      const wider = auxiliarySkip ? appendColumn(cell, columns, auxiliarySkipWeight(progress, 1)) : cell;
      return Float32Array.from(bypass ? appendColumn(wider, columns + Number(auxiliarySkip), 1) : wider);
    };
    const matrices = { normal: widen(normal), reduce: widen(reduce) };
    return relaxation === 'gumbel-hard' || kept !== null ? { ...matrices, skipsZeros: true } : matrices;
  };
  const ofAlpha = (cell: Float32Array): Float64Array => {
    const all = Float64Array.from(cell);
    const gradient = bypass ? dropLastColumn(all, columns + Number(auxiliarySkip)) : all;
    return auxiliarySkip ? dropLastColumn(gradient, columns) : gradient;
  };
  const flatten = ({ normal, reduce }: MixingWeights): Float64Array => {
    const flat = new Float64Array(alphaSize(own));
    flat.set(ofAlpha(normal));
    flat.set(ofAlpha(reduce), cellSize(own));
    return flat;
  };
  return {
    mixing(alpha, progress = 1, draw = null) {
      if (relaxation === 'edge-normalized') {
        const { normal, reduce } = splitAlpha(shape, alpha);
        const of = (cell: Float64Array): Float32Array => Float32Array.from(relaxEdges(edges, cell));
        return { normal: of(normal), reduce: of(reduce) };
      }
      if (draw === null || !isDrawn(relaxation)) return complete(relaxed(alpha), progress);
      return complete(relaxDrawn(relaxation, { alpha, draw, columns, tau: tauAt(progress), kept }), progress);
    },
    draw: (alpha, random) => (isDrawn(relaxation) ? drawFor(relaxation, random, alpha, columns) : null),
    perturbed: (alpha, noise, progress) => complete(perturb(relaxed(alpha), noise, columns, clip), progress),
    async attacked(alpha, { noise, epsilon, lossAt, gradientAt }, progress) {
      const objective = {
        loss: (mixing: Float64Array) => lossAt(complete(mixing, progress)),
        gradient: async (mixing: Float64Array) => flatten(await gradientAt(complete(mixing, progress))),
      };
      const { mixing } = await attack(relaxed(alpha), noise, objective, { epsilon, columns, clip });
      return complete(mixing, progress);
    },
    complete,
    ofCells(genotype) {
      const cells = mixingOfCells(own, genotype);
      const widen = (cell: Float32Array): Float32Array => {
        const others = [...(auxiliarySkip ? [0] : []), ...(bypass ? [1] : [])];
        return Float32Array.from(
          splitRows(cell, columns).flatMap((row) => [...row, ...others.map((one) => one * Math.max(...row))]),
        );
      };
      return { normal: widen(cells.normal), reduce: widen(cells.reduce), skipsZeros: true };
    },
    regularization(alpha, progress = 1) {
      if (divergenceWeight !== 0) return divergenceWeight * dirichletDivergence(alpha, columns);
      const weight = weightAt(progress);
      return weight === 0 ? 0 : weight * zeroOneLoss(relaxed(alpha));
    },
    gradient(alpha, mixingGradient, progress = 1, draw = null) {
      if (relaxation === 'edge-normalized') {
        const { normal, reduce } = splitAlpha(shape, alpha);
        const cells = [
          relaxEdgesBackward(edges, normal, Float64Array.from(mixingGradient.normal)),
          relaxEdgesBackward(edges, reduce, Float64Array.from(mixingGradient.reduce)),
        ];
        return Float64Array.from(cells.flatMap((cell) => [...cell]));
      }
      const gradient = flatten(mixingGradient);
      if (isDrawn(relaxation)) {
        if (draw === null) throw new RangeError(`the gradient of ${relaxation} needs the draw of its mixing weights`);
        const ofLoss = relaxDrawnBackward(relaxation, { alpha, draw, columns, tau: tauAt(progress), kept }, gradient);
        if (divergenceWeight === 0) return ofLoss;
        const ofDivergence = dirichletDivergenceGradient(alpha, columns);
        return ofLoss.map((entry, i) => entry + divergenceWeight * ofDivergence[i]!);
      }
      const weight = weightAt(progress);
      const mixing = relaxed(alpha);
      if (weight !== 0) {
        const regularizer = zeroOneGradient(mixing);
        for (let i = 0; i < gradient.length; i++) gradient[i]! += weight * regularizer[i]!;
      }
      return relaxBackward(relaxation, mixing, gradient, columns);
    },
  };
}

function splitRows(matrix: Float32Array, columns: number): Float32Array[] {
  return Array.from({ length: matrix.length / columns }, (_, row) =>
    matrix.subarray(row * columns, (row + 1) * columns),
  );
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
