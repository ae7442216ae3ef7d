import { Random } from '../math/random.ts';
import type { BlockGraph, WeightSpec } from './block-graph.ts';
import { weightSize } from './count.ts';

/**
 * Draws the initial weights from PyTorch's default distributions, as the DARTS and FairDARTS repositories do. The weights
 * of convolutions and linear layers are Kaiming-uniform with a = sqrt(5) (He et al. 2015; `reset_parameters` of
 * `torch.nn.Conv2d` and `torch.nn.Linear`): U(-1 / sqrt(fan-in), 1 / sqrt(fan-in)). A linear layer's bias has the same
 * distribution; a batch norm has scale 1 and shift 0.
 *
 * Each tensor is drawn from a stream of its own name, so it is the same in every network that contains it.
 *
 * @param seed any safe integer
 * @returns tensors by name, in the graph's order, each in PyTorch's layout
 * @throws RangeError if the seed is not a safe integer
 */
export function initialWeights(graph: BlockGraph, seed: number): Record<string, Float32Array> {
  const constants = new Map<string, number>();
  for (const { affine } of graph.norms) {
    if (affine !== null) constants.set(affine.scale.name, 1).set(affine.shift.name, 0);
  }
  const biasFanIn = new Map<string, number>();
  for (const block of graph.blocks) {
    if (block.kind === 'classifier' || block.kind === 'auxiliary-head')
      biasFanIn.set(block.bias.name, fanIn(block.weight));
  }

  return Object.fromEntries(
    graph.weights.map((weight) => {
      const constant = constants.get(weight.name);
      if (constant !== undefined) return [weight.name, new Float32Array(weightSize(weight)).fill(constant)];
      return [weight.name, drawUniform(weight, biasFanIn.get(weight.name) ?? fanIn(weight), seed)];
    }),
  );
}

/** Number of inputs of one output: entries of the weight that belong to one output channel. */
function fanIn({ shape }: WeightSpec): number {
  return shape.slice(1).reduce((product, length) => product * length, 1);
}

function drawUniform(weight: WeightSpec, inputs: number, seed: number): Float32Array {
  const random = Random.fromSeed(seed, 'weights', weight.name);
  const bound = 1 / Math.sqrt(inputs);
  return Float32Array.from({ length: weightSize(weight) }, () => bound * (2 * random.uniform() - 1));
}
