import type { SearchMethod } from './method.ts';
import type { SearchOptions } from './options-schema.ts';

/** Passes of a mini-batch through the supernet, by what they cost. */
export interface Passes {
  /** Gradients in w: of steps, and those that are kept. */
  readonly weights: number;
  /** Gradients in the mixing weights alone. */
  readonly mixing: number;
  /** Losses alone. */
  readonly forward: number;
}

const NONE: Passes = { weights: 0, mixing: 0, forward: 0 };

/** Passes of a step on w, with what it takes before. An attack makes seven moves, and measures the losses at both ends. */
export function weightsStepPasses({ freeze, weightsMixing }: Pick<SearchOptions, 'freeze' | 'weightsMixing'>): Passes {
  const attack = weightsMixing === 'attack' ? { mixing: 7, forward: 2 } : { mixing: 0, forward: 0 };
  return { weights: freeze === 'none' ? 1 : 2, ...attack };
}

/**
 * Passes of a local step on alpha. Second order takes two gradients in w and two differences of those in alpha, and with DSCD the
 * loss at w.
 */
export function localStepPasses(
  { alphaGradient }: Pick<SearchOptions, 'alphaGradient'>,
  { alphaMoves }: Pick<SearchMethod, 'alphaMoves'>,
): Passes {
  if (alphaMoves === 'none') return NONE;
  if (alphaGradient === 'first') return { ...NONE, mixing: 1 };
  return { ...NONE, weights: 2, mixing: alphaMoves === 'local+global' ? 3 : 2 };
}
