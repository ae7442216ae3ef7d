import type { MixedEdge, NodeBlock, ValueSpec } from '../../../network/block-graph.ts';
import { mixedPart, shuffledChannels } from '../../../network/partial-channels.ts';
import { padChannels } from './memory-map.ts';

/*
 * Values that partial channels add. The first channels of a state are copied, so that operations read them like any tensor.
 * A node is summed up in two parts: what its edges' operations make, and what passes by them. The latter has room for all
 * channels, and the mixed ones mean nothing there: bypasses then read states as they are. If each edge mixes channels of its own
 * choice, it has a copy and two parts of its own.
 */

/** The copy of the channels that an edge's operations read: the first ones of a state, or those that the edge chose. */
export function mixedCopy({ edge, input }: MixedEdge, node: NodeBlock): ValueSpec {
  const which = node.channelChoice === 'first' ? 'first channels' : `channels of edge ${edge}`;
  return { ...mixedPart(input, node), name: `${input.name}, ${which}` };
}

/** The values that a node is summed up in: the node itself, or its mixed and its passed part, or those of every edge. */
export function nodeParts(node: NodeBlock): ValueSpec[] {
  const { output, partialChannels, channelChoice, edges } = node;
  if (partialChannels === 1) return [output];
  return channelChoice === 'first' ? twoParts(node, output.name) : edges.flatMap((edge) => edgeParts(edge, node));
}

/** The values that what an edge makes is added to: the node itself, or a mixed and a passed part. */
export function edgeParts({ edge }: MixedEdge, node: NodeBlock): ValueSpec[] {
  return node.channelChoice === 'first' ? nodeParts(node) : twoParts(node, `${node.output.name}, edge ${edge}`);
}

function twoParts(node: NodeBlock, name: string): ValueSpec[] {
  return [
    { ...mixedPart(node.output, node), name: `${name}, mixed` },
    { ...node.output, name: `${name}, passed` },
  ];
}

/**
 * For each lane of a tensor, padded, the lane of another that it takes: counted across two that stand side by side if there are
 * two; -1 for one that becomes 0.
 */
type Picks = readonly number[];

/** Picks of the first so many channels. */
export function firstPicks(channels: number, lanes: number): Picks {
  return toLanes(lanes, (lane) => (lane < channels ? lane : -1));
}

/** Picks of a node's channels among its parts side by side. */
export function shufflePicks({ output, partialChannels }: NodeBlock): Picks {
  const mixed = output.channels / partialChannels;
  const shuffled = shuffledChannels(output.channels, partialChannels);
  return toLanes(padChannels(output.channels), (lane) => {
    const from = shuffled[lane] ?? -1;
    return from < mixed ? from : padChannels(mixed) + from;
  });
}

/** The same the other way round: picks of either part's channels among those of the node. */
export function unshufflePicks({ output, partialChannels }: NodeBlock): {
  readonly mixed: Picks;
  readonly passed: Picks;
} {
  const mixed = output.channels / partialChannels;
  const back = shuffledChannels(output.channels, mixed);
  return {
    mixed: toLanes(padChannels(mixed), (lane) => (lane < mixed ? (back[lane] as number) : -1)),
    passed: toLanes(padChannels(output.channels), (lane) => (lane < mixed ? -1 : (back[lane] ?? -1))),
  };
}

function toLanes(lanes: number, pick: (lane: number) => number): Picks {
  return Array.from({ length: lanes }, (_, lane) => pick(lane));
}
