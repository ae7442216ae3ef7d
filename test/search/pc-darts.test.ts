import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MixingWeights } from '../../src/engine/engine.ts';
import { deriveCells } from '../../src/search/derive.ts';
import { pcDarts } from '../../src/search/pc-darts.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { type AlphaShape, alphaSize, mixingShape } from '../../src/space/alpha.ts';
import { cellEdges } from '../../src/space/cell.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { METHOD_UNITS } from '../support/method-units.ts';

const shape: AlphaShape = { nodes: 2, primitives: DARTS_PRIMITIVES, edgeWeights: true };
const size = alphaSize(shape);
const objectiveOf = (partialChannels: number) => {
  return createSearchObjective({ shape, relaxation: 'edge-normalized', partialChannels, zeroOneWeight: 0 });
};

/** Alpha whose rows end in beta. */
const alphas = fc
  .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size })
  .map((values) => Float64Array.from(values));
const isBeta = (i: number): boolean => i % 9 === 8;

describe('mixing weights of PC-DARTS', () => {
  it('have one more parameter than operations in each row', () => {
    expect([size, alphaSize(mixingShape(shape))]).toEqual([2 * 5 * 9, 2 * 5 * 8]);
  });

  it('with K = 1 and equal betas are those of DARTS by the number of edges that lead to the node', () => {
    const darts = createSearchObjective({ shape: mixingShape(shape), relaxation: 'softmax', zeroOneWeight: 0 });
    fc.assert(
      fc.property(alphas, (alpha) => {
        const level = alpha.map((entry, i) => (isBeta(i) ? 0.5 : entry));
        const { normal, reduce } = objectiveOf(1).mixing(level);
        const expected = darts.mixing(level.filter((_, i) => !isBeta(i)));
        const share = (_: number, i: number): number => 1 / (cellEdges(2)[Math.floor(i / 8)]?.to ?? Number.NaN);
        for (const [cell, whole] of [
          [normal, expected.normal],
          [reduce, expected.reduce],
        ] as const) {
          for (const [i, entry] of cell.entries()) expect(entry).toBeCloseTo(whole[i]! * share(entry, i), 6);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('with K = 4 have the weight of the edge as their last column: those of a node sum to 1', () => {
    fc.assert(
      fc.property(alphas, (alpha) => {
        const { reduce } = objectiveOf(4).mixing(alpha);
        const shares = reduce.filter((_, i) => isBeta(i));
        expect(shares[0]! + shares[1]!).toBeCloseTo(1, 6);
        expect(shares[2]! + shares[3]! + shares[4]!).toBeCloseTo(1, 6);
        for (const [edge, share] of shares.entries()) {
          const row = reduce.subarray(9 * edge, 9 * edge + 8);
          expect(row.reduce((sum, entry) => sum + entry, 0)).toBeCloseTo(share, 6);
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each([1, 4])('have the gradient of differences, in alpha and beta: K = %d', (partialChannels) => {
    const objective = objectiveOf(partialChannels);
    const slope = (i: number): number => Math.sin(1 + i);
    const lossAt = (alpha: Float64Array): number => {
      const { normal, reduce } = objective.mixing(alpha);
      return [...normal, ...reduce].reduce((sum, entry, i) => sum + entry * slope(i), 0);
    };
    fc.assert(
      fc.property(alphas, fc.nat(size - 1), (alpha, coordinate) => {
        const { normal, reduce } = objective.mixing(alpha);
        const linear: MixingWeights = {
          normal: normal.map((_, i) => slope(i)),
          reduce: reduce.map((_, i) => slope(normal.length + i)),
        };
        const gradient = objective.gradient(alpha, linear);
        expect(gradient.length).toBe(size);
        const at = (step: number) => lossAt(alpha.map((entry, i) => (i === coordinate ? entry + step : entry)));
        // Mixing weights are rounded to float32, about 1e-7 each, over a distance of 0.02.
        expect(Math.abs(gradient[coordinate]! - (at(0.01) - at(-0.01)) / 0.02)).toBeLessThan(1e-4);
      }),
      { numRuns: 50 },
    );
  });

  it('are neither perturbed nor completed', () => {
    const objective = objectiveOf(4);
    const alpha = new Float64Array(size);
    expect(() => objective.perturbed(alpha, alpha)).toThrow(RangeError);
    expect(() => objective.complete(alpha)).toThrow(RangeError);
  });
});

describe('channels that pass by', () => {
  it('have weight 1 beside a softmax, after the auxiliary skip, and take no part in the gradient', () => {
    const plain = { shape: mixingShape(shape), relaxation: 'softmax', auxiliarySkip: true, zeroOneWeight: 0 } as const;
    const [without, partial] = [createSearchObjective(plain), createSearchObjective({ ...plain, partialChannels: 2 })];
    const alpha = Float64Array.from({ length: alphaSize(plain.shape) }, (_, i) => Math.sin(i));
    const [expected, { normal, reduce }] = [without.mixing(alpha, 0.25), partial.mixing(alpha, 0.25)];
    const own = (cell: Float32Array) => cell.filter((_, i) => i % 10 !== 9);
    expect([own(normal), own(reduce)]).toEqual([expected.normal, expected.reduce]);
    expect(new Set(normal.filter((_, i) => i % 10 === 9))).toEqual(new Set([1]));
    const gradient = partial.gradient(alpha, { normal, reduce }, 0.25);
    expect(gradient).toEqual(without.gradient(alpha, expected, 0.25));
  });
});

describe('cells of PC-DARTS', () => {
  it.each(METHOD_UNITS.derive.edgeNormalized)('are those of its code: $entries', ({ ops, alphas, betas, entries }) => {
    const rows = alphas.flatMap((row, edge) => [...row, betas[edge] as number]);
    const golden: AlphaShape = { nodes: 4, primitives: ops, edgeWeights: true };
    const { genotype } = deriveCells(pcDarts, null, golden, Float64Array.from([...rows, ...rows]));
    for (const kind of ['normal', 'reduce'] as const) {
      const found = genotype[kind].map(({ primitive, from }) => `${primitive} ${from}`);
      expect(found.toSorted()).toEqual(entries.map(([primitive, from]) => `${primitive} ${from}`).toSorted());
    }
  });
});
