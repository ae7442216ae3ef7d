import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockGraph, NodeBlock } from '../../src/network/block-graph.ts';
import { countMacs, countParameters, estimateMemory, valueSize, weightSize } from '../../src/network/count.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import { noiseShapes } from '../../src/network/noise-shapes.ts';
import { shuffledChannels } from '../../src/network/partial-channels.ts';
import { buildSupernet, type SupernetOptions } from '../../src/network/supernet.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, PRIMITIVES } from '../../src/space/primitives.ts';

const SMALL: SupernetOptions = { channels: 8, layers: 3, nodes: 2, primitives: DARTS_PRIMITIVES, image: 8 };
const build = (options: Partial<SupernetOptions>): BlockGraph => buildSupernet({ ...SMALL, ...options });
const nodesOf = ({ blocks }: BlockGraph): NodeBlock[] => blocks.filter((block) => block.kind === 'node');

describe('shuffledChannels', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 12 }));

  it('takes channel g c + j to channel j K + g', () => {
    expect(shuffledChannels(8, 4)).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
    fc.assert(
      fc.property(sizes, ([groups, own]) => {
        const shuffled = shuffledChannels(groups * own, groups);
        for (let g = 0; g < groups; g++) {
          for (let j = 0; j < own; j++) expect(shuffled[j * groups + g]).toBe(g * own + j);
        }
      }),
    );
  });

  it('is a permutation, whose inverse swaps K and c', () => {
    fc.assert(
      fc.property(sizes, ([groups, own]) => {
        const [there, back] = [shuffledChannels(groups * own, groups), shuffledChannels(groups * own, own)];
        expect(there.map((channel) => back[channel])).toEqual(there.map((_, i) => i));
      }),
    );
  });

  it('moves nothing where all channels are mixed', () => {
    expect(shuffledChannels(6, 1)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('a supernet with partial channels', () => {
  it('is that of all channels with K = 1', () => {
    fc.assert(
      fc.property(fc.subarray([...PRIMITIVES], { minLength: 1 }), fc.boolean(), (primitives, auxiliarySkip) => {
        const options = { primitives, auxiliarySkip };
        expect(build({ ...options, partialChannels: 1 })).toEqual(build(options));
      }),
      { numRuns: 10 },
    );
  });

  it('has one more, last, column: that of the bypass, at the stride of its edge', () => {
    const graph = build({ partialChannels: 4, auxiliarySkip: true });
    expect(graph.mixing).toEqual({ edges: 5, columns: DARTS_PRIMITIVES.length + 2, edgeDrops: false });
    for (const { edges, partialChannels } of nodesOf(graph)) {
      expect(partialChannels).toBe(4);
      for (const { operations, stride } of edges) {
        expect(operations.length).toBe(graph.mixing.columns);
        expect(operations.at(-1)).toEqual({ kind: 'bypass', stride });
        expect(operations.at(-2)?.kind).toBe(stride === 1 ? 'identity' : 'halving');
        expect(operations.filter(({ kind }) => kind === 'bypass').length).toBe(1);
      }
    }
  });

  it('has weights of the names of the whole one, of a K-th of the channels where operations use them', () => {
    const [whole, part] = [build({}), build({ partialChannels: 2 })];
    expect(part.weights.map(({ name }) => name)).toEqual(whole.weights.map(({ name }) => name));
    for (const [i, { name, shape }] of part.weights.entries()) {
      const [out = 1, within = 1, ...window] = whole.weights[i]?.shape ?? [];
      const ofEdge = name.includes('.edges.');
      expect(shape.slice(0, 2)).toEqual(
        ofEdge ? [out / 2, Math.max(1, within / 2)].slice(0, shape.length) : shape.slice(0, 2),
      );
      expect(shape.slice(2)).toEqual(window);
    }
    expect(
      part.norms.filter(({ name }) => name.startsWith('cells.0.edges.')).every(({ channels }) => channels === 4),
    ).toBe(true);
    // By a tensor's own fan-in.
    const bound = 1 / Math.sqrt(4);
    const pointwise = initialWeights(part, 1)['cells.0.edges.0.sep_conv_3x3.pw1.weight'] as Float32Array;
    expect(pointwise.length).toBe(16);
    expect(Math.max(...pointwise.map(Math.abs))).toBeGreaterThan(0.7 * bound);
    expect(Math.max(...pointwise.map(Math.abs))).toBeLessThan(bound);
  });

  it('counts what operations have and use: less than a K-th of a whole edge', () => {
    const ofEdges = (graph: BlockGraph): number => {
      const own = graph.weights.filter(({ name }) => name.includes('.edges.'));
      return own.reduce((sum, weight) => sum + weightSize(weight), 0);
    };
    const [whole, part] = [build({}), build({ partialChannels: 4 })];
    expect(countParameters(whole) - countParameters(part)).toBe(ofEdges(whole) - ofEdges(part));
    expect(ofEdges(part)).toBeLessThan(ofEdges(whole) / 4);
    expect(countMacs(part)).toBeLessThan(countMacs(whole));
    // The golden case's number of parameters.
    const ops = ['none', 'max_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'dil_conv_3x3'] as const;
    expect(countParameters(build({ nodes: 4, primitives: ops, partialChannels: 4 }))).toBe(15_798);
  });

  it('estimates memory of a K-th for each operation, and of the pools of what passes by', () => {
    const image = { primitives: ['max_pool_3x3'] as const, nodes: 1 };
    const [none, whole, part] = [
      build({ primitives: ['none'], nodes: 1 }),
      build(image),
      build({ ...image, partialChannels: 4 }),
    ];
    const bytes = (graph: BlockGraph): number => estimateMemory(graph, 1).activationBytes;
    const made = nodesOf(part).flatMap(({ edges, output }) =>
      edges.map(({ stride }) => ({ stride, size: valueSize(output) })),
    );
    const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
    expect(bytes(whole) - bytes(none)).toBe(4 * sum(made.map(({ size }) => 2 * size)));
    const passed = made.map(({ stride, size }) => (stride === 2 ? (3 * size) / 4 : 0));
    expect(bytes(part) - bytes(none)).toBe(4 * sum([...made.map(({ size }) => (2 * size) / 4), ...passed]));
  });

  it('has noise of the mixed channels', () => {
    const shapes = [...noiseShapes(build({ primitives: ['noise'], nodes: 1, partialChannels: 2 })).values()];
    expect(shapes.map(({ channels }) => channels)).toEqual([4, 4, 8, 8, 16, 16]);
  });

  it.each([
    [{ channels: 10, partialChannels: 4 }, 'normal cell must be a multiple of partialChannels = 4, got 10'],
    [{ channels: 8, partialChannels: 3 }, 'normal cell must be a multiple of partialChannels = 3, got 8'],
    // The first cell of two reduces.
    [
      { channels: 2, layers: 2, partialChannels: 4 },
      'reduction cell must be a multiple of 2 * partialChannels = 8, got 4',
    ],
  ])('refuses %o', (options, rule) => {
    const refused = new RangeError(`the channels of a ${rule}`);
    expect(() => build({ primitives: FAIR_DARTS_PRIMITIVES, ...options })).toThrow(refused);
  });

  it('may be an odd number of channels of a normal cell: DrNAS mixes 9 of 36', () => {
    const graph = build({ primitives: FAIR_DARTS_PRIMITIVES, channels: 36, partialChannels: 4 });
    const widths = graph.blocks.flatMap((block) => (block.kind === 'node' ? [block.output.channels / 4] : []));
    expect([...new Set(widths)]).toEqual([9, 18, 36]);
  });

  it.each([0, 1.5, Number.NaN])('refuses K = %d', (partialChannels) => {
    expect(() => build({ partialChannels })).toThrow(
      `partialChannels must be a positive integer, got ${partialChannels}`,
    );
  });
});
