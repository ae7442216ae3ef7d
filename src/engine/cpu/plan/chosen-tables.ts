import type { BlockGraph, MixedEdge } from '../../../network/block-graph.ts';
import { type ChannelRequest, choosingEdges } from '../../../network/chosen-channels.ts';
import { type MemoryMap, padChannels } from './memory-map.ts';

/**
 * What an edge picks with if its channels come with the mini-batch. Each table has a number for every lane of what is made, as
 * `pick` reads it: the lane to take, -1 for 0. Mixed channels are those that the edge chose.
 */
interface ChosenPicks<Table> {
  /** For the edge's copy of a state's channels, and the gradient of its mixed part: lanes of a state or a node. */
  readonly mixed: Table;
  /** For the gradient of its passed part: lanes of the node. */
  readonly passed: Table;
  /** For the node: lanes of the mixed part and the passed part side by side. */
  readonly beside: Table;
  /** For the gradient of the state: lanes of the copy. */
  readonly back: Table;
}

/** Places of an edge's tables. */
export interface ChosenTables extends ChosenPicks<number> {
  readonly request: ChannelRequest;
}

/** Places the tables of every edge that chooses its channels. */
export function placeChosenTables(graph: BlockGraph, map: MemoryMap): Map<MixedEdge, ChosenTables> {
  return new Map(
    Array.from(choosingEdges(graph), ([edge, request]) => {
      const [own, all] = [padChannels(request.mixed), padChannels(request.channels)];
      const places = {
        mixed: map.floats(own),
        passed: map.floats(all),
        beside: map.floats(all),
        back: map.floats(all),
      };
      return [edge, { ...places, request }];
    }),
  );
}

/** Fills the tables of an edge. @param chosen numbers of the channels that it mixes, rising */
export function chosenPicks(
  { channels, mixed }: ChannelRequest,
  chosen: Uint16Array,
): ChosenPicks<Int32Array<ArrayBuffer>> {
  const own = padChannels(mixed);
  const back = new Int32Array(padChannels(channels)).fill(-1);
  for (const [lane, channel] of chosen.entries()) back[channel] = lane;
  const passes = (channel: number): boolean => back[channel] === -1 && channel < channels;
  return {
    mixed: Int32Array.from({ length: own }, (_, lane) => chosen[lane] ?? -1),
    passed: back.map((_, channel) => (passes(channel) ? channel : -1)),
    beside: back.map((lane, channel) => (passes(channel) ? own + channel : lane)),
    back,
  };
}
