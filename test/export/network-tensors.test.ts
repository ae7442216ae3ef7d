import { describe, expect, it } from 'vitest';
import { networkTensors, stateOfTensors } from '../../src/export/network-tensors.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { EVERY_PRIMITIVE, randomState } from './random-network.ts';

const graph = buildRetrainedNetwork({ genotype: EVERY_PRIMITIVE, channels: 4, layers: 3, image: 8 });
const state = randomState(graph, 1);

describe('a network as named tensors', () => {
  it('lists the weights in order, and running statistics under PyTorch’s names', () => {
    const tensors = networkTensors(graph, state);
    const names = [...tensors.keys()];
    expect(names.slice(0, graph.weights.length)).toEqual(graph.weights.map(({ name }) => name));
    expect(names).toHaveLength(graph.weights.length + 2 * graph.norms.length);
    expect(tensors.get('stem.conv.weight')).toEqual({
      shape: [12, 3, 3, 3],
      values: state.weights['stem.conv.weight'],
    });
    expect(tensors.get('stem.bn.running_mean')).toEqual({ shape: [12], values: state.statistics['stem.bn.mean'] });
    expect(tensors.get('stem.bn.running_var')).toEqual({ shape: [12], values: state.statistics['stem.bn.variance'] });
  });

  it('converts back to the same state', () => {
    expect(stateOfTensors(graph, networkTensors(graph, state))).toEqual(state);
  });

  it('has initial running statistics before any pass', () => {
    const tensors = networkTensors(graph, { ...state, statistics: {} });
    expect(tensors.get('stem.bn.running_mean')?.values).toEqual(new Float32Array(12));
    expect(tensors.get('stem.bn.running_var')?.values).toEqual(new Float32Array(12).fill(1));
  });

  it('is refused if a weight is missing', () => {
    const { 'classifier.bias': _, ...weights } = state.weights;
    expect(() => networkTensors(graph, { ...state, weights })).toThrow('weight classifier.bias is missing');
  });
});
