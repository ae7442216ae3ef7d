import type { Primitive } from '../space/primitives.ts';
import type { BatchNormSpec, ConvOperation, ConvUnit, Operation, WeightSpec } from './block-graph.ts';

/** Makers of named parts: each call adds the part that it returns to the graph's lists. */
export interface Makers {
  weight(name: string, ...shape: number[]): WeightSpec;
  norm(name: string, channels: number): BatchNormSpec;
}

/**
 * Makes the operation of a primitive on an edge.
 *
 * @param make makers of weights and batch norms
 * @param name prefix of the operation's weights
 * @param pools whether a batch norm follows a pool, as in a supernet, or not, as in a retrained network
 */
export function primitiveOperation(
  make: Makers,
  primitive: Primitive,
  name: string,
  channels: number,
  stride: 1 | 2,
  pools: 'pool norm' | 'bare pools',
): Operation {
  const poolNorm = (): BatchNormSpec | null => (pools === 'pool norm' ? make.norm(`${name}.bn`, channels) : null);
  switch (primitive) {
    case 'none':
      return { kind: 'none' };
    case 'noise':
      return { kind: 'noise' };
    case 'max_pool_3x3':
      return { kind: 'max-pool', stride, norm: poolNorm() };
    case 'avg_pool_3x3':
      return { kind: 'average-pool', stride, norm: poolNorm() };
    case 'skip_connect':
      if (stride === 1) return { kind: 'identity' };
      return {
        kind: 'halving',
        convA: make.weight(`${name}.conv_a.weight`, channels / 2, channels, 1, 1),
        convB: make.weight(`${name}.conv_b.weight`, channels / 2, channels, 1, 1),
        norm: make.norm(`${name}.bn`, channels),
      };
    case 'sep_conv_3x3':
      return separable(make, name, channels, stride, 3);
    case 'sep_conv_5x5':
      return separable(make, name, channels, stride, 5);
    case 'dil_conv_3x3':
      return { kind: 'conv', units: [unit(make, name, '', channels, stride, 3, 2)] };
    case 'dil_conv_5x5':
      return { kind: 'conv', units: [unit(make, name, '', channels, stride, 5, 2)] };
  }
}

function separable(make: Makers, name: string, channels: number, stride: 1 | 2, kernel: 3 | 5): ConvOperation {
  const first = unit(make, name, '1', channels, stride, kernel, 1);
  return { kind: 'conv', units: [first, unit(make, name, '2', channels, 1, kernel, 1)] };
}

function unit(
  make: Makers,
  name: string,
  suffix: '' | '1' | '2',
  channels: number,
  stride: 1 | 2,
  kernel: 3 | 5,
  dilation: 1 | 2,
): ConvUnit {
  return {
    kernel,
    stride,
    dilation,
    depthwise: make.weight(`${name}.dw${suffix}.weight`, channels, 1, kernel, kernel),
    pointwise: make.weight(`${name}.pw${suffix}.weight`, channels, channels, 1, 1),
    norm: make.norm(`${name}.bn${suffix}`, channels),
  };
}
