import { Random } from '../math/random.ts';
import type { BlockGraph, MixedEdge } from './block-graph.ts';
import { mixedPart } from './partial-channels.ts';

/** The channels that an edge chooses from, and how many of them it mixes. */
export interface ChannelRequest {
  readonly channels: number;
  readonly mixed: number;
}

/** Lists the edges that mix random channels, in the order in which they run. */
export function choosingEdges({ blocks }: BlockGraph): Map<MixedEdge, ChannelRequest> {
  const edges = new Map<MixedEdge, ChannelRequest>();
  for (const block of blocks) {
    if (block.kind !== 'node' || block.channelChoice === 'first') continue;
    for (const edge of block.edges) {
      edges.set(edge, { channels: edge.input.channels, mixed: mixedPart(edge.input, block).channels });
    }
  }
  return edges;
}

/**
 * Chooses the channels that each edge mixes: those that a mini-batch brings, or random ones, all sets of so many alike.
 *
 * @param channels `MiniBatch.channels`: a seed, of which the choice is a pure function, or the numbers themselves
 * @returns numbers in rising order, by edge, in the order of `choosingEdges`
 */
export function chooseChannels(graph: BlockGraph, channels: number | Uint16Array): Map<MixedEdge, Uint16Array> {
  const random = typeof channels === 'number' ? Random.fromSeed(channels, 'channels') : null;
  let start = 0;
  return new Map(
    Array.from(choosingEdges(graph), ([edge, request]) => {
      if (random !== null) return [edge, drawChannels(random, request)];
      const end = start + request.mixed;
      const own = (channels as Uint16Array).subarray(start, end);
      start = end;
      return [edge, own];
    }),
  );
}

function drawChannels(random: Random, { channels, mixed }: ChannelRequest): Uint16Array {
  const numbers = Uint32Array.from({ length: channels }, (_, i) => i);
  random.shuffle(numbers);
  return Uint16Array.from(numbers.subarray(0, mixed)).sort();
}

/** The channels that an edge does not mix, in rising order. */
export function passedChannels({ channels }: ChannelRequest, chosen: Uint16Array): Uint16Array {
  const mixed = new Set(chosen);
  return Uint16Array.from({ length: channels }, (_, i) => i).filter((channel) => !mixed.has(channel));
}
