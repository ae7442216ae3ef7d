import { INPUT_NODES } from '../space/cell.ts';
import { type Genotype, runningNodes } from '../space/genotype.ts';
import type { Primitive } from '../space/primitives.ts';
import type { Block, BlockGraph, Operation, WeightSpec } from './block-graph.ts';
import { countMacs, countParameters, valueSize, weightSize } from './count.ts';
import { primitiveOperation } from './operations.ts';
import { buildRetrainedNetwork, entryStride, type RetrainedNetworkOptions } from './retrained-network.ts';

/** Sizes of a retrained network, with those of the auxiliary head apart. */
export interface RetrainedCounts {
  readonly parameters: number;
  readonly parametersAuxiliary: number;
  /** Multiply-adds of the convolutions for one picture. */
  readonly macsConv: number;
  /** Multiply-adds of the classifier for one picture, without its bias. */
  readonly macsLinear: number;
  /** Multiply-adds of the auxiliary head for one picture. */
  readonly macsAuxiliary: number;
  /** Operations for one picture by the rule behind most published figures, without batch norms. */
  readonly publishedOperations: number;
  /** The same, with 4 operations for each output of a batch norm. */
  readonly publishedOperationsWithNorms: number;
}

/**
 * Counts the network of a genotype as PyTorch builds it, with the weights of all entries: entries that start at an absent
 * node, or lead to a node that the output does not depend on, count as parameters although they do nothing. They count no
 * multiply-adds.
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

/** Number of parameters of the entries that do not run. */
function countIdleParameters(graph: BlockGraph, genotype: Genotype): number {
  const cells = new Map(graph.blocks.flatMap((block) => (block.kind === 'node' ? [[block.cell, block] as const] : [])));
  let sum = 0;
  for (const { cellKind, output } of cells.values()) {
    const running = new Set(runningNodes(genotype, cellKind));
    for (const { primitive, from, to } of genotype[cellKind]) {
      const runs = running.has(to) && (from < INPUT_NODES || running.has(from));
      if (!runs) sum += primitiveParameters(primitive, output.channels, entryStride(cellKind, from));
    }
  }
  return sum;
}

/** Number of parameters of a primitive between two nodes of a cell. */
function primitiveParameters(primitive: Primitive, channels: number, stride: 1 | 2): number {
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
  primitiveOperation({ weight, norm }, primitive, primitive, channels, stride, 'bare pools');
  return sum;
}

/**
 * Counts the operations of one picture's forward pass by the rule behind most published figures ("FLOPs", those of the
 * package thop): multiply-adds of convolutions, 2 * features - 1 for each output of the classifier, 4 for each output of
 * an average pool, height * width + 1 for each channel of the global average. Max pools and ReLU count nothing.
 *
 * @param graph a graph without auxiliary head, which the rule leaves out
 * @param options.batchNorm whether each output of a batch norm counts 4, as in the package itself, or nothing
 */
function countPublishedOperations(graph: BlockGraph, options: { readonly batchNorm: boolean }): number {
  const beside = graph.blocks.reduce((sum, block) => sum + besideConvolutions(block, options.batchNorm ? 4 : 0), 0);
  return countMacs(graph) + beside;
}

const PER_AVERAGE = 4;

/** Counts what the rule adds to the multiply-adds. @param perNormed count of each output of a batch norm */
function besideConvolutions(block: Block, perNormed: number): number {
  switch (block.kind) {
    case 'stem':
    case 'projection':
    case 'halving':
      return perNormed * valueSize(block.output);
    case 'node':
      return block.edges.reduce(
        (sum, { operations }) =>
          sum + operations.reduce((inside, one) => inside + perOutput(one, perNormed) * valueSize(block.output), 0),
        0,
      );
    case 'global-average-pool':
      return block.input.channels * (block.input.height * block.input.width + 1);
    case 'classifier':
      // The multiply-adds are already `features` of the 2 * features - 1.
      return weightSize(block.weight) - block.output.channels;
    case 'concat':
    case 'auxiliary-head':
      return 0;
  }
}

/** Operations that the rule adds to the multiply-adds, for each output of an operation on an edge. */
function perOutput(operation: Operation, perNormed: number): number {
  switch (operation.kind) {
    case 'none':
    case 'noise':
    case 'identity':
    case 'bypass':
      return 0;
    case 'max-pool':
      return operation.norm === null ? 0 : perNormed;
    case 'average-pool':
      return PER_AVERAGE + (operation.norm === null ? 0 : perNormed);
    case 'halving':
      return perNormed;
    case 'conv':
      return operation.units.length * perNormed;
  }
}
