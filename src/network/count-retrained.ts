import { INPUT_NODES } from '../space/cell.ts';
import { connectedNodes, type Genotype } from '../space/genotype.ts';
import type { Primitive } from '../space/primitives.ts';
import type { BlockGraph, WeightSpec } from './block-graph.ts';
import { countMacs, countParameters, weightSize } from './count.ts';
import { countPublishedOperations } from './count-published.ts';
import { primitiveOperation } from './operations.ts';
import { buildRetrainedNetwork, type RetrainedNetworkOptions } from './retrained-network.ts';

/** What there is to be counted of a retrained network, the auxiliary head apart. */
export interface RetrainedCounts {
  readonly parameters: number;
  readonly parametersAuxiliary: number;
  /** Multiply-adds of one picture: of convolutions, of the classifier without its bias, of the auxiliary head. */
  readonly macsConv: number;
  readonly macsLinear: number;
  readonly macsAuxiliary: number;
  /** See `countPublishedOperations`. */
  readonly publishedOperations: number;
  readonly publishedOperationsWithNorms: number;
}

/**
 * Counts the network that a genotype stands for as PyTorch builds it, which has the weights of all entries: those that
 * start at an absent node are parameters, though nothing ever runs them.
 *
 * @throws RangeError as `buildRetrainedNetwork` does with an auxiliary head
 */
export function countRetrainedNetwork(options: Omit<RetrainedNetworkOptions, 'auxiliary'>): RetrainedCounts {
  const graph = buildRetrainedNetwork(options);
  const whole = buildRetrainedNetwork({ ...options, auxiliary: true });
  const parameters = countParameters(graph);
  const macs = countMacs(graph);
  const macsLinear = graph.blocks.reduce((sum, b) => sum + (b.kind === 'classifier' ? weightSize(b.weight) : 0), 0);
  return {
    parameters: parameters + countIdleParameters(graph, options.genotype),
    parametersAuxiliary: countParameters(whole) - parameters,
    macsConv: macs - macsLinear,
    macsLinear,
    macsAuxiliary: countMacs(whole) - macs,
    publishedOperations: countPublishedOperations(graph, { batchNorm: false }),
    publishedOperationsWithNorms: countPublishedOperations(graph, { batchNorm: true }),
  };
}

/** Parameters of entries that start at an absent node. */
function countIdleParameters(graph: BlockGraph, genotype: Genotype): number {
  const cells = new Map(graph.blocks.flatMap((block) => (block.kind === 'node' ? [[block.cell, block] as const] : [])));
  let sum = 0;
  for (const { cellKind, output } of cells.values()) {
    const reached = new Set(connectedNodes(genotype[cellKind]));
    for (const { primitive, from } of genotype[cellKind]) {
      if (from >= INPUT_NODES && !reached.has(from)) sum += primitiveParameters(primitive, output.channels);
    }
  }
  return sum;
}

/** Parameters of a primitive between nodes of a cell. */
function primitiveParameters(primitive: Primitive, channels: number): number {
  let sum = 0;
  const weight = (name: string, ...shape: number[]): WeightSpec => {
    sum += weightSize({ name, shape });
    return { name, shape };
  };
  const norm = (name: string, size: number) => ({
    name,
    channels: size,
    affine: { scale: weight(`${name}.weight`, size), shift: weight(`${name}.bias`, size) },
  });
  primitiveOperation({ weight, norm }, primitive, primitive, channels, 1, 'bare pools');
  return sum;
}
