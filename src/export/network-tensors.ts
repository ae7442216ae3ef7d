import type { NetworkState } from '../engine/engine.ts';
import type { BlockGraph } from '../network/block-graph.ts';
import type { Tensor } from './safetensors.ts';

/** PyTorch's names for the running statistics of a batch norm, beside ours. */
const STATISTICS = [
  ['mean', 'running_mean', 0],
  ['variance', 'running_var', 1],
] as const;

/**
 * All that a network computes with, as named tensors: its weights under their own names, and the running statistics of
 * batch norm NORM as `NORM.running_mean` and `NORM.running_var`, which is what PyTorch calls them.
 *
 * @throws RangeError where the state lacks a weight of the graph
 */
export function networkTensors(graph: BlockGraph, { weights, statistics }: NetworkState): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { name, shape } of graph.weights) {
    const values = weights[name];
    if (values === undefined) throw new RangeError(`weight ${name} is missing`);
    tensors.set(name, { shape, values });
  }
  for (const { name, channels } of graph.norms) {
    for (const [part, torchPart, initial] of STATISTICS) {
      const values = statistics[`${name}.${part}`] ?? new Float32Array(channels).fill(initial);
      tensors.set(`${name}.${torchPart}`, { shape: [channels], values });
    }
  }
  return tensors;
}

/**
 * The state that `networkTensors` made the tensors of, without the optimizer's velocity. An engine's `restore` says
 * what is missing or does not belong to its network.
 */
export function stateOfTensors(graph: BlockGraph, tensors: ReadonlyMap<string, Tensor>): NetworkState {
  const rest = new Map(tensors);
  const statistics: Record<string, Float32Array> = {};
  for (const { name } of graph.norms) {
    for (const [part, torchPart] of STATISTICS) {
      const found = rest.get(`${name}.${torchPart}`);
      if (found !== undefined) statistics[`${name}.${part}`] = found.values;
      rest.delete(`${name}.${torchPart}`);
    }
  }
  const weights = Object.fromEntries(Array.from(rest, ([name, { values }]) => [name, values]));
  return { weights, velocity: {}, statistics };
}
