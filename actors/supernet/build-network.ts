import type { BlockGraph } from '../../src/network/block-graph.ts';
import { weightSize } from '../../src/network/count.ts';
import { dropColumns } from '../../src/network/drop-columns.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { MAX_NODES } from '../../src/space/alpha.ts';
import { MAX_FRAME_BYTES, type SupernetSettings } from '../messages.ts';

/** Most cells of a network from the wire: no options have more. */
const MAX_LAYERS = 1000;

/** Bytes of a parameter (weight and velocity), or of a batch norm's channel (mean and variance). */
const STATE_BYTES = 8;

/** Bytes allowed for the name and the length of a tensor: more than they take. */
const NAME_BYTES = 128;

/** Builds the network that settings describe: a retrained network if they name a genotype, else a supernet. */
export function buildNetwork(network: SupernetSettings['network']): BlockGraph {
  return 'genotype' in network ? buildRetrainedNetwork(network) : buildSupernet(network);
}

/**
 * Refuses a network whose state or mini-batches are too large for a message, before anything is started or allocated.
 *
 * @param network network that the run trains
 * @param batch pictures in a mini-batch
 * @throws OptionsError with the need and the limit
 */
export function checkMessageSizes(network: SupernetSettings['network'], batch: number): void {
  const graph = buildNetwork(network);
  check(countStateBytes(graph), 'the state of the network', 'channels, layers or nodes');
  const pictureBytes = 4 * (graph.image * graph.image * graph.pictureChannels + dropColumns(graph).size) + 2;
  check(batch * pictureBytes + 3 * NAME_BYTES, 'a mini-batch', 'pictures (batch)');
}

/**
 * Refuses settings from the wire that would fill the memory before anything else could refuse them.
 *
 * @throws RangeError if a count is above what any search or retraining takes
 * @throws OptionsError if the network or a mini-batch is too large for a message
 */
export function checkOpen({ network, batch }: SupernetSettings): void {
  if (!(network.layers <= MAX_LAYERS)) throw new RangeError(`layers must be at most ${MAX_LAYERS}`);
  if (!('genotype' in network) && !(network.nodes <= MAX_NODES)) {
    throw new RangeError(`nodes must be at most ${MAX_NODES}`);
  }
  if (!Number.isSafeInteger(batch) || batch < 1) throw new RangeError('batch must be a positive integer');
  checkMessageSizes(network, batch);
}

/** Counts the bytes of a saved network in a message. The count is an upper bound. */
export function countStateBytes({ weights, norms }: BlockGraph): number {
  const numbers = weights.reduce((sum, weight) => sum + weightSize(weight), 0);
  const channels = norms.reduce((sum, norm) => sum + norm.channels, 0);
  return STATE_BYTES * (numbers + channels) + 2 * NAME_BYTES * (weights.length + norms.length);
}

function check(bytes: number, what: string, lower: string): void {
  if (bytes <= MAX_FRAME_BYTES) return;
  const [need, most] = [bytes, MAX_FRAME_BYTES].map((value) => Math.ceil(value / 2 ** 20));
  throw new OptionsError(`${what} would have ${need} MiB, and a message holds ${most}: take fewer ${lower}`);
}
