import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import { cellEdges, edgeCount } from '../../src/space/cell.ts';
import { discretize } from '../../src/space/discretize.ts';
import { normalizeEdges, normalizeEdgesBackward } from '../../src/space/edge-normalization.ts';
import type { Primitive } from '../../src/space/primitives.ts';
import { flat, METHOD_UNITS } from '../support/method-units.ts';

/** A shape, with an alpha, a beta and a gradient that fit it. */
const cases = fc
  .record({
    nodes: fc.integer({ min: 1, max: 4 }),
    columns: fc.integer({ min: 1, max: 4 }),
    bypass: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ seed, ...shape }) => {
    const random = Random.fromSeed(seed, 'edges');
    const edges = edgeCount(shape.nodes);
    const draw = (length: number) => Float64Array.from({ length }, () => random.normal());
    const width = shape.columns + Number(shape.bypass);
    return { shape, alpha: draw(edges * shape.columns), beta: draw(edges), gradient: draw(edges * width) };
  });

describe('normalizeEdges', () => {
  it('shares 1 among the edges of each node, and gives each edge’s bypass its whole share', () => {
    fc.assert(
      fc.property(cases, ({ shape, alpha, beta }) => {
        const mixing = normalizeEdges(shape, alpha, beta);
        const width = shape.columns + Number(shape.bypass);
        const sums = new Map<number, number>();
        for (const [row, { to }] of cellEdges(shape.nodes).entries()) {
          const operations = mixing.subarray(row * width, row * width + shape.columns);
          const share = operations.reduce((sum, weight) => sum + weight, 0);
          if (shape.bypass) expect(mixing[row * width + shape.columns]).toBeCloseTo(share, 14);
          sums.set(to, (sums.get(to) ?? 0) + share);
        }
        for (const sum of sums.values()) expect(sum).toBeCloseTo(1, 13);
      }),
    );
  });

  it('divides a softmax by the number of the node’s edges where beta is 0', () => {
    const shape = { nodes: 3, columns: 3, bypass: false };
    const alpha = Float64Array.from({ length: 27 }, (_, i) => Math.sin(i));
    const softmax = softmaxRows(alpha, 3);
    const edges = cellEdges(3);
    for (const [i, weight] of normalizeEdges(shape, alpha, new Float64Array(9)).entries()) {
      expect(weight).toBeCloseTo(softmax[i]! / edges[Math.floor(i / 3)]!.to, 15);
    }
  });

  it.each(METHOD_UNITS.derive.edgeNormalized)('gives the cells that PC-DARTS derives: $entries', (golden) => {
    const shape = { nodes: 4, columns: golden.ops.length, bypass: false };
    const mixing = normalizeEdges(shape, flat(golden.alphas), Float64Array.from(golden.betas));
    const space = { nodes: 4, primitives: golden.ops as readonly Primitive[] };
    const { choices } = discretize(space, mixing, 'top2', null);
    expect(choices.map(({ primitive, from }) => [primitive, from])).toEqual(golden.entries);
  });
});

describe('normalizeEdgesBackward', () => {
  it('agrees with central differences, in alpha and in beta', () => {
    fc.assert(
      fc.property(cases, ({ shape, alpha, beta, gradient }) => {
        const loss = (a: Float64Array, b: Float64Array) =>
          normalizeEdges(shape, a, b).reduce((sum, weight, i) => sum + weight * gradient[i]!, 0);
        const analytic = normalizeEdgesBackward(shape, alpha, beta, gradient);
        const h = 1e-5;
        // Truncation of order h^2 = 1e-10, rounding of order 1e-16 / h = 1e-11.
        for (const [i, entry] of alpha.entries()) {
          const moved = (by: number) => loss(alpha.with(i, entry + by), beta);
          expect(analytic.alpha[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 8);
        }
        for (const [i, entry] of beta.entries()) {
          const moved = (by: number) => loss(alpha, beta.with(i, entry + by));
          expect(analytic.beta[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 8);
        }
      }),
      { numRuns: 30 },
    );
  });
});
