import { describe, expect, it } from 'vitest';
import { countMacs, countParameters, estimateMemory } from '../../src/network/count.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';

describe('countParameters', () => {
  // Sums of the tensors in PyTorch's networks of these sizes (golden cases a, c and b).
  it.each([
    ['FairDARTS, 3 cells', FAIR_DARTS_PRIMITIVES, 3, 72_854],
    ['DARTS, 3 cells', DARTS_PRIMITIVES, 3, 72_854],
    ['FairDARTS, 5 cells', FAIR_DARTS_PRIMITIVES, 5, 136_182],
  ])('%s', (_, primitives, layers, expected) => {
    expect(countParameters(buildSupernet({ channels: 4, layers, nodes: 4, primitives, image: 8 }))).toBe(expected);
  });
});

it('counts the supernet of the DARTS paper as DARTS itself logs it: "param size = 1.930618MB"', () => {
  const paper = buildSupernet({ channels: 16, layers: 8, nodes: 4, primitives: DARTS_PRIMITIVES, image: 32 });
  expect(countParameters(paper)).toBe(1_930_618);
});

describe('countMacs', () => {
  /** One reduction cell of one node, 4 channels, 8x8 pictures; its node has 4x4 positions. */
  const macs = (...primitives: Primitive[]): number =>
    countMacs(buildSupernet({ channels: 2, layers: 1, nodes: 1, primitives, image: 8, classes: 10 }));

  // Stem: 3 -> 6 channels, 3x3, on 8x8. Two projections: 6 -> 4 channels, 1x1, on 8x8. Classifier: 4 -> 10.
  const skeleton = 64 * 3 * 6 * 9 + 2 * 64 * 6 * 4 + 4 * 10;

  it.each<[string, Primitive, number]>([
    ['nothing', 'none', 0],
    ['nothing', 'noise', 0],
    ['nothing', 'max_pool_3x3', 0],
    ['nothing', 'avg_pool_3x3', 0],
    ['two convolutions 1x1 to half the channels', 'skip_connect', 16 * 2 * (4 * 2)],
    ['depthwise 3x3 and pointwise, twice', 'sep_conv_3x3', 16 * 2 * (4 * 9 + 4 * 4)],
    ['depthwise 5x5 and pointwise, twice', 'sep_conv_5x5', 16 * 2 * (4 * 25 + 4 * 4)],
    ['depthwise 3x3 and pointwise', 'dil_conv_3x3', 16 * (4 * 9 + 4 * 4)],
    ['depthwise 5x5 and pointwise', 'dil_conv_5x5', 16 * (4 * 25 + 4 * 4)],
  ])('counts %s for %s', (_, primitive, ofEdge) => {
    expect(macs(primitive)).toBe(skeleton + 2 * ofEdge);
  });

  it('adds up over the primitives of an edge', () => {
    const alone = FAIR_DARTS_PRIMITIVES.reduce((sum, primitive) => sum + macs(primitive) - skeleton, 0);
    expect(macs(...FAIR_DARTS_PRIMITIVES)).toBe(skeleton + alone);
  });
});

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
    ['noise', node],
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
