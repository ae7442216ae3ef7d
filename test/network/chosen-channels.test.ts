import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { chooseChannels, choosingEdges, passedChannels } from '../../src/network/chosen-channels.ts';
import { countMacs, countParameters, estimateMemory } from '../../src/network/count.ts';
import { buildSupernet, type SupernetOptions } from '../../src/network/supernet.ts';

const SMALL: SupernetOptions = { channels: 8, layers: 3, nodes: 2, primitives: ['max_pool_3x3'], image: 8 };
const build = (options: Partial<SupernetOptions>): BlockGraph => buildSupernet({ ...SMALL, ...options });
const random = build({ partialChannels: 4, channelChoice: 'random' });
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a supernet of random channels', () => {
  it('is that of the first in all but the choice and the memory', () => {
    const first = build({ partialChannels: 4 });
    const { blocks, ...rest } = random;
    const renamed = blocks.map((block) => (block.kind === 'node' ? { ...block, channelChoice: 'first' } : block));
    expect({ ...rest, blocks: renamed }).toEqual(first);
    expect([countMacs(random), countParameters(random)]).toEqual([countMacs(first), countParameters(first)]);
    expect(estimateMemory(random, 4).activationBytes).toBeGreaterThan(estimateMemory(first, 4).activationBytes);
  });

  it('must mix some of the channels', () => {
    expect(() => build({ channelChoice: 'random' })).toThrow(
      new RangeError('channelChoice must be first if partialChannels is 1, got random'),
    );
  });
});

describe('chooseChannels', () => {
  it('has no edges where all mix the first channels', () => {
    for (const graph of [build({}), build({ partialChannels: 4 })]) {
      expect(choosingEdges(graph).size).toBe(0);
      expect(chooseChannels(graph, 1).size).toBe(0);
    }
  });

  it('gives each edge numbers of its own channels, in rising order, and passes the others', () => {
    const edges = choosingEdges(random);
    expect([...edges.values()].map(({ channels }) => channels)).toEqual([8, 16, 32].flatMap((c) => Array(5).fill(c)));
    fc.assert(
      fc.property(seeds, (seed) => {
        const chosen = chooseChannels(random, seed);
        expect([...chosen.keys()]).toEqual([...edges.keys()]);
        for (const [edge, request] of edges) {
          const own = chosen.get(edge) as Uint16Array;
          expect(own).toHaveLength(request.channels / 4);
          expect(own).toEqual(Uint16Array.from(new Set(own)).sort());
          const all = [...own, ...passedChannels(request, own)].toSorted((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: request.channels }, (_, i) => i));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is a pure function of the seed, and takes numbers as they are', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const chosen = chooseChannels(random, seed);
        expect(chooseChannels(random, seed)).toEqual(chosen);
        const numbers = Uint16Array.from([...chosen.values()].flatMap((own) => [...own]));
        expect(chooseChannels(random, numbers)).toEqual(chosen);
      }),
      { numRuns: 20 },
    );
  });

  it('chooses all channels alike, each edge for itself', () => {
    const counts = new Float64Array(8);
    let same = 0;
    const draws = 2000;
    for (let seed = 0; seed < draws; seed++) {
      const [one, other] = [...chooseChannels(random, seed).values()] as [Uint16Array, Uint16Array];
      for (const channel of one) (counts[channel] as number)++;
      if (one.join() === other.join()) same++;
    }
    // 500 of each, and one in 28 pairs the same: within five standard deviations, 19 and 8.
    for (const count of counts) expect(Math.abs(count - draws / 4)).toBeLessThan(97);
    expect(Math.abs(same - draws / 28)).toBeLessThan(42);
  });
});
