import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { drawCells, mixingOfCells } from '../../src/search/cell-mixing.ts';
import { cellEdges } from '../../src/space/cell.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { findSpace } from '../../src/space/spaces.ts';

describe('mixingOfCells', () => {
  it('is 1 for the operations that a cell keeps, and 0 for all others', () => {
    const shape = { nodes: 2, primitives: FAIR_DARTS_PRIMITIVES };
    const columns = FAIR_DARTS_PRIMITIVES.length;
    const { normal, reduce } = mixingOfCells(shape, {
      normal: [
        { primitive: 'max_pool_3x3', from: 1, to: 2 },
        { primitive: 'skip_connect', from: 2, to: 3 },
      ],
      reduce: [],
    });
    const places = [...normal.keys()].filter((i) => normal[i] === 1);
    // Edges: 0-2, 1-2, 0-3, 1-3, 2-3.
    expect(places).toEqual([
      columns + FAIR_DARTS_PRIMITIVES.indexOf('max_pool_3x3'),
      4 * columns + FAIR_DARTS_PRIMITIVES.indexOf('skip_connect'),
    ]);
    expect(normal.filter((weight) => weight !== 0)).toHaveLength(2);
    expect([...reduce]).toEqual(new Array(5 * columns).fill(0));
  });
});

describe('drawCells', () => {
  it('leads two operations from different nodes to every node, never `none`', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), (seed, nodes) => {
        const primitives = DARTS_PRIMITIVES;
        const drawn = drawCells({ nodes, primitives }, Random.fromSeed(seed, 'cells', 0));
        for (const mixing of [drawn.normal, drawn.reduce]) {
          const kept = cellEdges(nodes).flatMap(({ to }, row) => {
            const own = mixing.subarray(row * primitives.length, (row + 1) * primitives.length);
            expect(own[primitives.indexOf('none')]).toBe(0);
            const weights = own.filter((weight) => weight !== 0);
            expect(weights.length).toBeLessThan(2);
            return Array.from(weights, (weight) => ({ to, weight }));
          });
          expect(kept.map(({ weight }) => weight)).toEqual(new Array(2 * nodes).fill(1));
          for (let to = 2; to < nodes + 2; to++) expect(kept.filter((one) => one.to === to)).toHaveLength(2);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('draws every operation of every edge about as often as its chance', () => {
    const shape = { nodes: 2, primitives: FAIR_DARTS_PRIMITIVES };
    const counts = new Float64Array(5 * FAIR_DARTS_PRIMITIVES.length);
    const draws = 3000;
    for (let i = 0; i < draws; i++) {
      for (const [place, weight] of drawCells(shape, Random.fromSeed(1, 'cells', i)).normal.entries()) {
        counts[place]! += weight;
      }
    }
    for (const [place, count] of counts.entries()) {
      const edge = Math.floor(place / FAIR_DARTS_PRIMITIVES.length);
      const chance = (edge < 2 ? 1 : 2 / 3) / FAIR_DARTS_PRIMITIVES.length;
      // Five standard deviations of a binomial count.
      expect(Math.abs(count - draws * chance)).toBeLessThan(5 * Math.sqrt(draws * chance * (1 - chance)));
    }
  });
});

describe('drawCells in s1', () => {
  it('draws operations that their edges have, those of both columns', () => {
    const { nodes, ...primitives } = findSpace('s1', 4);
    const sums = { normal: new Float64Array(28), reduce: new Float64Array(28) };
    for (let i = 0; i < 200; i++) {
      const drawn = drawCells({ nodes, primitives }, Random.fromSeed(2, 'cells', i));
      for (const kind of ['normal', 'reduce'] as const) {
        expect(drawn[kind].reduce((sum, weight) => sum + weight, 0)).toBe(8);
        for (const [place, weight] of drawn[kind].entries()) sums[kind][place]! += weight;
      }
    }
    // Each operation is drawn in 1/2 to 1/5 of the cells, times 1/2.
    for (const sum of [...sums.normal, ...sums.reduce]) expect(sum).toBeGreaterThan(10);
  });
});
