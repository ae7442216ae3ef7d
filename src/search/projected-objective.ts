import type { MixingWeights } from '../engine/engine.ts';
import { type AlphaShape, alphaColumns } from '../space/alpha.ts';
import { CELL_KINDS, edgeCount } from '../space/cell.ts';
import { type CellProjections, type Projection, projectMixing } from './projection.ts';
import type { AttackSettings, SearchObjective } from './search-objective.ts';

/**
 * The objective of a search after the decisions of its projections: the mixing weights of all passes have them (DARTS-PT), and
 * alphas of decided edges have no gradient. Operations of weight 0 are left out, which saves their work. Only `complete` and
 * the regularizer are as they were.
 */
export function projectObjective(
  objective: SearchObjective,
  shape: AlphaShape,
  projections: CellProjections,
): SearchObjective {
  const project = (mixing: MixingWeights): MixingWeights => {
    const cell = (kind: 'normal' | 'reduce'): Float32Array => {
      const matrix = Float64Array.from(mixing[kind]);
      return Float32Array.from(projectMixing(projections[kind], matrix, matrix.length / edgeCount(shape.nodes)));
    };
    return { normal: cell('normal'), reduce: cell('reduce'), skipsZeros: true };
  };
  return {
    ...objective,
    mixing: (alpha, progress, draw) => project(objective.mixing(alpha, progress, draw)),
    perturbed: (alpha, noise, progress) => project(objective.perturbed(alpha, noise, progress)),
    async attacked(alpha, settings, progress) {
      const { lossAt, gradientAt } = settings;
      const projected: AttackSettings = {
        ...settings,
        lossAt: (mixing) => lossAt(project(mixing)),
        gradientAt: (mixing) => gradientAt(project(mixing)),
      };
      return project(await objective.attacked(alpha, projected, progress));
    },
    gradient(alpha, mixingGradient, progress, draw) {
      const columns = alphaColumns(shape);
      const isDecided = CELL_KINDS.flatMap((kind) => decidedEdges(projections[kind]));
      const gradient = objective.gradient(alpha, mixingGradient, progress, draw);
      return gradient.map((slope, i) => (isDecided[Math.floor(i / columns)] ? 0 : slope));
    },
  };
}

function decidedEdges({ operations, dropped }: Projection): boolean[] {
  return operations.map((operation, edge) => operation !== null || dropped[edge] === true);
}
