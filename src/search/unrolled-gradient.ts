import type { GradientsOptions, MixingGradientResult, MixingWeights } from '../engine/engine.ts';

/** The engine at the mixing weights of one alpha, with a mini-batch of each half of the training set. */
export interface UnrolledPasses {
  gradients(half: 'train' | 'search', options: GradientsOptions): Promise<MixingGradientResult>;
  vectorNorm(vector: string): Promise<number>;
}

export interface UnrolledOptions {
  /** xi, the rate of the step on w that is looked through: that of the step to come. */
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /**
   * `held` holds the ReLUs and max pools of both sides to what they do at w: the differences then give the derivative that
   * the paper's equation means. `plain` lets them switch, as the repository of DARTS does: the jumps of their gradients
   * can be as large as the derivative. @default 'held'
   */
  readonly kinks?: 'held' | 'plain';
  /** Distance of each side from w. @default 0.01 */
  readonly radius?: number;
}

/** Names under which the engine keeps the gradients in w, of the training loss at w and of the search loss at w'. */
const UNROLLED_VECTORS = { train: 'unrolled.train', search: 'unrolled.search' } as const;

/**
 * Computes the gradient of the search loss in the mixing weights M through one step on w: second-order DARTS (Liu et al. 2019,
 * eq. 6-8; `cnn/architect.py` of its repository).
 *
 *     w' = w - xi (momentum velocity + dL_train(w) / dw + weightDecay w)
 *     u  = dL_search(w') / dw',   R = radius / |u|
 *     gradient = dL_search(w') / dM - xi [dL_train(w + R u) / dM - dL_train(w - R u) / dM] / (2 R)
 *
 * Takes four passes, or one if xi is 0, which is first order. No pass moves the running statistics. The chain rule through
 * the relaxation is the caller's: it is linear in this gradient.
 *
 * @returns loss and examples at w', in the search half, with that gradient
 */
export async function unrolledGradient(
  passes: UnrolledPasses,
  { learningRate: xi, momentum, weightDecay, kinks = 'held', radius = 0.01 }: UnrolledOptions,
): Promise<MixingGradientResult> {
  if (xi === 0) return await passes.gradients('search', {});
  const { train, search } = UNROLLED_VECTORS;
  const isHeld = kinks === 'held';
  await passes.gradients('train', { weightsInto: train, kinks: isHeld ? 'keep' : 'free' });
  const stepped = { weights: 1 - xi * weightDecay, velocity: -xi * momentum, [train]: -xi };
  const direct = await passes.gradients('search', { at: stepped, weightsInto: search });
  const norm = await passes.vectorNorm(search);
  // A loss that does not depend on w has no second part.
  if (norm === 0) return direct;
  const distance = radius / norm;
  const side = async (factor: number): Promise<MixingWeights> => {
    const at = { weights: 1, [search]: factor };
    return (await passes.gradients('train', { at, kinks: isHeld ? 'hold' : 'free' })).gradient;
  };
  const [above, below] = [await side(distance), await side(-distance)];
  const scale = xi / (2 * distance);
  const total = (kind: 'normal' | 'reduce'): Float32Array => {
    return direct.gradient[kind].map((value, i) => value - scale * (above[kind][i]! - below[kind][i]!));
  };
  return { ...direct, gradient: { normal: total('normal'), reduce: total('reduce') } };
}
