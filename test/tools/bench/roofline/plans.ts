import { type Plan, planNetwork } from '../../../../src/engine/cpu/plan/plan.ts';
import type { BlockGraph } from '../../../../src/network/block-graph.ts';
import { buildRetrainedNetwork } from '../../../../src/network/retrained-network.ts';
import { buildSupernet } from '../../../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../../src/space/primitives.ts';
import { publishedGenotype } from '../../../../src/space/published-genotypes.ts';

/** A network, the pictures of its mini-batch, and the plan for both. */
export interface Planned {
  readonly graph: BlockGraph;
  readonly pictures: number;
  readonly plan: Plan;
}

/** A supernet of 8 channels: no padding of theirs is counted. */
export function plannedSupernet(pictures = 9): Planned {
  const graph = buildSupernet({ channels: 8, layers: 3, nodes: 3, primitives: FAIR_DARTS_PRIMITIVES, image: 8 });
  return { graph, pictures, plan: planNetwork(graph, pictures) };
}

/** A retrained network with its auxiliary head. */
export function plannedRetraining(pictures = 3): Planned {
  const genotype = publishedGenotype('DARTS_V2');
  const graph = buildRetrainedNetwork({ genotype, channels: 8, layers: 4, image: 32, auxiliary: true });
  return { graph, pictures, plan: planNetwork(graph, pictures) };
}
