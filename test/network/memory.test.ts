import { describe, expect, it } from 'vitest';
import { countParameters } from '../../src/network/count.ts';
import { estimateMemory } from '../../src/network/memory.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';

const graphOf = (...primitives: Primitive[]) =>
  buildSupernet({ channels: 2, layers: 1, nodes: 1, primitives, image: 8, classes: 10 });

describe('estimateMemory', () => {
  it('counts weights, gradients and velocity, whatever the batch', () => {
    const graph = graphOf(...FAIR_DARTS_PRIMITIVES);
    for (const batch of [1, 64]) expect(estimateMemory(graph, batch).weightsBytes).toBe(12 * countParameters(graph));
  });

  // Entries of one picture's values: 3 and 6 channels at 8x8, 4 at 8x8 or 4x4.
  const [image, stem, input, node] = [64 * 3, 64 * 6, 64 * 4, 16 * 4];
  // Stem: convolution, batch norm. Two projections: ReLU, convolution, batch norm. Node, concatenation, head.
  const skeleton = image + 2 * stem + 2 * (stem + 2 * input) + node + node + 4 + 10;

  it.each<[Primitive, number]>([
    ['none', 0],
    ['max_pool_3x3', 2 * node],
    ['avg_pool_3x3', 2 * node],
    ['skip_connect', input + 2 * node],
    ['dil_conv_3x3', input + 3 * node],
    ['sep_conv_5x5', input + 3 * node + node + 3 * node],
  ])('holds every result inside %s', (primitive, ofEdge) => {
    expect(estimateMemory(graphOf(primitive), 1).activationBytes).toBe(4 * (skeleton + 2 * ofEdge));
  });

  it('grows with the batch in proportion', () => {
    const graph = graphOf(...FAIR_DARTS_PRIMITIVES);
    expect(estimateMemory(graph, 96).activationBytes).toBe(96 * estimateMemory(graph, 1).activationBytes);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a batch of %d', (batch) => {
    expect(() => estimateMemory(graphOf('none'), batch)).toThrow(`batch must be a positive integer, got ${batch}`);
  });
});
