import type { BlockGraph } from '../../src/network/block-graph.ts';
import { weightSize } from '../../src/network/count.ts';
import { dropColumns } from '../../src/network/drop-path.ts';
import { OptionsError } from '../../src/options/options-error.ts';
import { MAX_FRAME_BYTES, type SupernetSettings } from '../messages.ts';
import { buildNetwork } from '../supernet/build-network.ts';

/** Weight and velocity of a parameter, mean and variance of a batch norm's channel. */
const STATE_BYTES = 8;

/** More than the name of a tensor takes, and what is said of its length. */
const NAME_BYTES = 128;

/**
 * Refuses a run whose state or mini-batches are too large for a message, before anything is started or allocated.
 *
 * @param network what the run trains
 * @param batch pictures of a mini-batch
 * @throws OptionsError with the need and the limit
 */
export function checkSizes(network: SupernetSettings['network'], batch: number): void {
  const graph = buildNetwork(network);
  check(countStateBytes(graph), 'the state of the network', 'channels, layers or nodes');
  const pictureBytes = 4 * (graph.image * graph.image * 3 + dropColumns(graph).size) + 1;
  check(batch * pictureBytes + 3 * NAME_BYTES, 'a mini-batch', 'pictures (batch)');
}

/** Bytes of a saved network in a message: no fewer than there are. */
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
