import type { AlphaEpoch } from '../../record/read-run.ts';
import { shapeOfSize, splitAlpha } from '../../space/alpha.ts';
import { CELL_KINDS, cellEdges } from '../../space/cell.ts';
import { DARTS_PRIMITIVES } from '../../space/primitives.ts';
import { relax } from '../../space/relaxation.ts';
import type { WeightsHistory } from '../figures/weights-figure.ts';

/**
 * Mixing weights over the epochs of a search. The space is told by the sizes: operations with `none` among them compete
 * in a softmax, those without do not.
 *
 * @returns null where there is no alpha, or its sizes are of no space that is known
 */
export function weightsHistory(alphas: readonly AlphaEpoch[]): WeightsHistory | null {
  const size = alphas[0]?.normal.length ?? 0;
  if (alphas.some((alpha) => CELL_KINDS.some((cell) => alpha[cell].length !== size))) return null;
  const shape = shapeOfSize(size);
  if (shape === null) return null;
  const { nodes, primitives } = shape;
  const relaxation = primitives === DARTS_PRIMITIVES ? 'softmax' : 'sigmoid';
  const moments = alphas.map(({ normal, reduce }) => {
    const flat = Float64Array.from([...normal, ...reduce]);
    return splitAlpha(shape, relax(relaxation, flat, primitives.length));
  });
  return { edges: cellEdges(nodes), primitives, moments };
}
