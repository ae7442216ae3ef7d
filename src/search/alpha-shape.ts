import { OptionsError } from '../options/parse-options.ts';
import type { AlphaShape } from '../space/alpha.ts';
import { findSpace, SPACE_NAMES } from '../space/spaces.ts';
import type { SearchMethod } from './method.ts';

/** Values of the option `space`: the method's own space, or one of RobustDARTS's. */
export const SPACE_CHOICES = ['own', ...SPACE_NAMES] as const;
export type SpaceChoice = (typeof SPACE_CHOICES)[number];

/**
 * The shape of alpha in the space of a search.
 *
 * @param nodes number of intermediate nodes of a cell
 * @throws OptionsError if the space is not defined for that number
 */
export function alphaShapeOf({ primitives, relaxation }: SearchMethod, space: SpaceChoice, nodes: number): AlphaShape {
  const edgeWeights = relaxation === 'edge-normalized' && { edgeWeights: true };
  if (space === 'own') return { nodes, primitives, ...edgeWeights };
  try {
    const { normal, reduce } = findSpace(space, nodes);
    return { nodes, primitives: { normal, reduce }, ...edgeWeights };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OptionsError(error.message, { cause: error });
  }
}
