import type { NodeBlock, ValueSpec } from './block-graph.ts';

/** The first channels of a value, which the operations of a node's edges read or make: all, unless it has partial channels. */
export function mixedPart(value: ValueSpec, { partialChannels }: Pick<NodeBlock, 'partialChannels'>): ValueSpec {
  return { ...value, channels: value.channels / partialChannels };
}

/**
 * Channel shuffle of PC-DARTS: the number, among the mixed and the passed channels side by side, of each channel of a node.
 * Its inverse is the shuffle in which K and c = C / K have changed places.
 *
 * @param channels C, a multiple of `partialChannels`
 * @param partialChannels K
 */
export function shuffledChannels(channels: number, partialChannels: number): number[] {
  const mixed = channels / partialChannels;
  return Array.from({ length: channels }, (_, i) => (i % partialChannels) * mixed + Math.floor(i / partialChannels));
}
