import type { NetworkState } from '../engine/engine.ts';
import type { BatchNormSpec, BlockGraph } from '../network/block-graph.ts';
import type { Tensor, TensorValues } from './safetensors.ts';

/** Running statistics of a batch norm: our name, PyTorch's name and the initial value. */
const STATISTICS = [
  ['mean', 'running_mean', 0],
  ['variance', 'running_var', 1],
] as const;

/**
 * Lists a network's weights under their own names, and the running statistics of each batch norm NORM under PyTorch's
 * names `NORM.running_mean` and `NORM.running_var`.
 *
 * @throws RangeError if the state lacks a weight of the graph
 */
export function networkTensors(graph: BlockGraph, { weights, statistics }: NetworkState): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { name, shape } of graph.weights) {
    const values = weights[name];
    if (values === undefined) throw new RangeError(`weight ${name} is missing`);
    tensors.set(name, { shape, values });
  }
  for (const norm of graph.norms) {
    for (const [name, tensor] of runningStatistics(norm, statistics)) tensors.set(name, tensor);
  }
  return tensors;
}

/**
 * Lists the running mean and variance of a batch norm under PyTorch's names. Before any training pass they are 0 and 1.
 *
 * @param statistics statistics of the network's state
 */
export function runningStatistics(
  { name, channels }: BatchNormSpec,
  statistics: NetworkState['statistics'],
): [name: string, Tensor][] {
  return STATISTICS.map(([part, torchPart, initial]) => {
    const values = statistics[`${name}.${part}`] ?? new Float32Array(channels).fill(initial);
    return [`${name}.${torchPart}`, { shape: [channels], values }];
  });
}

/**
 * Rebuilds the state from the tensors of `networkTensors`, without the optimizer's velocity. Names are not checked: an
 * engine's `restore` reports missing and foreign ones.
 *
 * @throws RangeError if a tensor does not hold float32
 */
export function stateOfTensors(graph: BlockGraph, tensors: ReadonlyMap<string, Tensor<TensorValues>>): NetworkState {
  const rest = new Map(Array.from(tensors, ([name, { values }]) => [name, floats(name, values)]));
  const statistics: Record<string, Float32Array> = {};
  for (const { name } of graph.norms) {
    for (const [part, torchPart] of STATISTICS) {
      const found = rest.get(`${name}.${torchPart}`);
      if (found !== undefined) statistics[`${name}.${part}`] = found;
      rest.delete(`${name}.${torchPart}`);
    }
  }
  return { weights: Object.fromEntries(rest), velocity: {}, statistics };
}

function floats(name: string, values: TensorValues): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new RangeError(`tensor ${name} must hold float32, got int64`);
}
