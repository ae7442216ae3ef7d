import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { type DropRequest, drawDropFactors, dropColumns } from '../../src/network/drop-columns.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { FAIR_DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';

/** Cells 1 and 2 of three reduce. */
const SIZE = { channels: 2, layers: 3, image: 8 };

/** A genotype of which both cells hold the same. */
const both = (...entries: [primitive: Primitive, to: number, from: number][]): Genotype => {
  const listed = entries.map(([primitive, to, from]) => ({ primitive, to, from }));
  return { normal: listed, reduce: listed };
};

describe('dropColumns', () => {
  it('has a column for every operation but identities, in the order in which they run', () => {
    const genotype = both(
      ['max_pool_3x3', 3, 2],
      ['skip_connect', 2, 0],
      ['sep_conv_3x3', 2, 1],
      ['skip_connect', 3, 2],
    );
    const graph = buildRetrainedNetwork({ ...SIZE, genotype });
    const kinds = Array.from(dropColumns(graph).keys(), (dropped) => ('kind' in dropped ? dropped.kind : 'edge'));
    const reduction = ['halving', 'conv', 'max-pool'];
    expect(kinds).toEqual(['conv', 'max-pool', ...reduction, ...reduction]);
    expect([...dropColumns(graph).values()]).toEqual(kinds.map((_, column) => column));
  });

  it('has none for entries that never run, and none in a supernet', () => {
    const idle = both(['sep_conv_3x3', 2, 0], ['sep_conv_5x5', 4, 3]);
    expect(dropColumns(buildRetrainedNetwork({ ...SIZE, genotype: idle })).size).toBe(3);
    expect(dropColumns(buildSupernet({ ...SIZE, nodes: 2, primitives: FAIR_DARTS_PRIMITIVES })).size).toBe(0);
  });

  it('has one for every mixed edge of a supernet whose edges may be dropped, cell by cell', () => {
    const graph = buildSupernet({ ...SIZE, nodes: 2, primitives: FAIR_DARTS_PRIMITIVES, edgeDrops: true });
    const edges = graph.blocks.flatMap((block) => (block.kind === 'node' ? block.edges : []));
    expect([...dropColumns(graph)]).toEqual(edges.map((edge, column) => [edge, column]));
    expect(edges.map(({ edge }) => edge)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });

  it('is the same for the same network built again', () => {
    const entry = fc.tuple(fc.constantFrom(...FAIR_DARTS_PRIMITIVES), fc.integer({ min: 2, max: 5 }), fc.nat(1));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
        const columns = (): string => {
          return JSON.stringify([...dropColumns(buildRetrainedNetwork({ ...SIZE, genotype: both(...entries) }))]);
        };
        expect(columns()).toBe(columns());
        // Entries from the inputs all run; at stride 1, in the normal cell, a skip is an identity.
        const skips = entries.filter(([primitive]) => primitive === 'skip_connect').length;
        expect(JSON.parse(columns())).toHaveLength(3 * entries.length - skips);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

const REQUEST: DropRequest = { pictures: 96, columns: 160, probability: 0.2 };
const draw = (request: DropRequest, seed = 1) => drawDropFactors(Random.fromSeed(seed, 'drops'), request);

describe('factors of drop-path', () => {
  it('are 0 or the inverse of the chance to be kept, one for each picture and column', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(9), fc.nat(9), fc.double({ min: 0, max: 0.99, noNaN: true }), (seed, n, m, p) => {
        const factors = draw({ pictures: n, columns: m, probability: p }, seed);
        expect(factors.length).toBe(n * m);
        const kept = Math.fround(1 / (1 - p));
        expect(factors.every((factor) => factor === 0 || factor === kept)).toBe(true);
      }),
    );
  });

  it('leave out the share that was asked for, so that their mean is 1', () => {
    for (const probability of [0.05, 0.2, 0.5, 0.9]) {
      const factors = draw({ ...REQUEST, probability });
      const dropped = factors.filter((factor) => factor === 0).length / factors.length;
      const deviation = Math.sqrt((probability * (1 - probability)) / factors.length);
      expect(Math.abs(dropped - probability)).toBeLessThan(4 * deviation);
      const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
      expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - probability));
    }
  });

  it('are all 1 where nothing is left out', () => {
    expect(new Set(draw({ ...REQUEST, probability: 0 }))).toEqual(new Set([1]));
  });

  it('are those of the generator, and others for another', () => {
    expect(draw(REQUEST)).toEqual(draw(REQUEST));
    expect(draw(REQUEST, 2)).not.toEqual(draw(REQUEST));
    // Pictures are independent: no two of the 96 lose the same of 160 operations.
    const rows = Array.from({ length: 96 }, (_, i) =>
      draw(REQUEST)
        .subarray(i * 160, (i + 1) * 160)
        .join(),
    );
    expect(new Set(rows).size).toBe(96);
  });

  it('refuse a chance that leaves nothing', () => {
    for (const probability of [1, -0.1, Number.NaN]) {
      expect(() => draw({ ...REQUEST, probability })).toThrow('probability must be at least 0 and below 1');
    }
  });
});
