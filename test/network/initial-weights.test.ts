import { describe, expect, it } from 'vitest';
import { mean } from '../../src/math/statistics.ts';
import { weightSize } from '../../src/network/count.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

const SIZES = { channels: 16, layers: 3, nodes: 2, primitives: FAIR_DARTS_PRIMITIVES, image: 8 };
const graph = buildSupernet(SIZES);
const weights = initialWeights(graph, 7);

describe('initialWeights', () => {
  it('fills every weight of the graph, in its order', () => {
    expect(Object.entries(weights).map(([name, { length }]) => [name, length])).toEqual(
      graph.weights.map((weight) => [weight.name, weightSize(weight)]),
    );
  });

  it('starts the stem’s batch norm at scale 1 and shift 0', () => {
    expect(new Set(weights['stem.bn.weight'])).toEqual(new Set([1]));
    expect(new Set(weights['stem.bn.bias'])).toEqual(new Set([0]));
  });

  it.each([
    ['stem.conv.weight', 3 * 9],
    ['cells.0.preprocess1.conv.weight', 48],
    ['cells.1.edges.0.skip_connect.conv_a.weight', 32],
    ['cells.2.edges.4.sep_conv_5x5.dw2.weight', 25],
    ['cells.2.edges.4.sep_conv_5x5.pw2.weight', 64],
    ['classifier.weight', 128],
  ])('draws %s uniformly within 1 / sqrt(%i)', (name, fanIn) => {
    const scaled = [...weights[name]!].map((w) => w * Math.sqrt(fanIn));
    // Float32 rounds by 6e-8 of the bound.
    expect(Math.max(...scaled.map(Math.abs))).toBeLessThanOrEqual(1 + 1e-7);
    // The least of these has 512 entries: uniform on [-1, 1], their mean has sd 0.026, their mean square 0.013.
    expect(Math.abs(mean(scaled))).toBeLessThan(0.11);
    expect(Math.abs(mean(scaled.map((w) => w * w)) - 1 / 3)).toBeLessThan(0.055);
    expect(Math.max(...scaled)).toBeGreaterThan(0.95);
    expect(Math.min(...scaled)).toBeLessThan(-0.95);
  });

  it('draws the classifier’s bias within the bound of its weight', () => {
    const bias = [...weights['classifier.bias']!].map((b) => Math.abs(b) * Math.sqrt(128));
    expect(Math.max(...bias)).toBeLessThanOrEqual(1 + 1e-7);
    expect(Math.max(...bias)).toBeGreaterThan(0.5);
  });

  it('gives the same numbers for the same seed, and others for another', () => {
    expect(initialWeights(graph, 7)).toEqual(weights);
    expect(initialWeights(graph, 8)['classifier.weight']).not.toEqual(weights['classifier.weight']);
  });

  it('draws a tensor alike in every network that has it, and no two tensors alike', () => {
    const other = initialWeights(buildSupernet({ ...SIZES, primitives: ['sep_conv_3x3'] }), 7);
    const shared = 'cells.2.edges.4.sep_conv_3x3.pw1.weight';
    expect(other[shared]).toEqual(weights[shared]);
    expect(weights['cells.2.edges.4.sep_conv_3x3.pw2.weight']).not.toEqual(weights[shared]);
  });

  it('depends on the graph’s data only: a copy of it gives the same', () => {
    expect(initialWeights(structuredClone(graph), 7)).toEqual(weights);
  });
});
