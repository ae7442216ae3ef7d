import type { BlockGraph } from '../../src/network/block-graph.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import type { SupernetSettings } from '../messages.ts';

/** The network that settings describe: where they name a genotype, the one that this stands for. */
export function buildNetwork(network: SupernetSettings['network']): BlockGraph {
  return 'genotype' in network ? buildRetrainedNetwork(network) : buildSupernet(network);
}
