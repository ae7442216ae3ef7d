import { type Tensor4D, zeros } from '@tensorflow/tfjs';
import type {
  AuxiliaryHeadBlock,
  Block,
  BlockGraph,
  ConvOperation,
  HalvingOperation,
  MixedEdge,
  NodeBlock,
  Operation,
  PoolOperation,
} from '../../network/block-graph.ts';
import { passedChannels } from '../../network/chosen-channels.ts';
import { mixedPart } from '../../network/partial-channels.ts';
import type { MixingWeights } from '../engine.ts';
import {
  averagePool,
  averagePool5x5,
  batchNorm,
  concat,
  depthwise,
  globalAveragePool,
  linear,
  maxPool,
  pointwise,
  relu,
  stemConvolution,
  subsample,
  wholeConvolution,
} from './operators.ts';
import { channelRange, maxPool2x2, pickChannels, shuffle } from './partial-channels.ts';
import type { Pass } from './pass.ts';
import { Value } from './tape.ts';

/** Runs the blocks whose outputs the pass does not have yet, in their order; an auxiliary head only if asked for. */
export function runBlocks(pass: Pass, blocks: readonly Block[]): void {
  try {
    for (const block of blocks) {
      if (pass.values.has(block.output.name)) continue;
      if (block.kind !== 'auxiliary-head' || pass.options.auxiliary) {
        pass.values.set(block.output.name, runBlock(pass, block));
      }
    }
  } finally {
    pass.releaseShared();
  }
}

/** Reads a block's inputs among the pass's values, and returns its output. */
function runBlock(pass: Pass, block: Block): Value {
  switch (block.kind) {
    case 'stem':
      return pass.scoped(() =>
        batchNorm(pass, stemConvolution(pass, pass.value(block.input.name), block.conv), block.norm),
      );
    case 'projection':
      return pass.scoped(() =>
        batchNorm(pass, pointwise(pass, rectified(pass, block.input.name), block.conv), block.norm),
      );
    case 'halving':
      return pass.scoped(() => halving(pass, block.input.name, block.operation));
    case 'node':
      return node(pass, block);
    case 'concat': {
      const output = concat(
        pass,
        block.inputs.map((input) => pass.value(input.name)),
      );
      pass.releaseShared();
      return output;
    }
    case 'global-average-pool':
      return globalAveragePool(pass, pass.value(block.input.name));
    case 'auxiliary-head':
      return pass.scoped(() => auxiliaryHead(pass, rectified(pass, block.input.name), block));
    case 'classifier':
      return linear(pass, pass.value(block.input.name), block.weight, block.bias);
  }
}

interface Term {
  readonly value: Value;
  /** Its mixing weight, in a discrete cell 1; if paths are dropped, times a factor for each picture. */
  readonly weight: number | Float32Array;
  /** Those factors of a mixed edge; null if nothing is dropped. */
  readonly drops: Float32Array | null;
  /** Position of its mixing weight in the cell's flat matrix; null in a discrete cell. */
  readonly position: number | null;
  /** Whether it is of the channels that pass by the operations. */
  readonly passes: boolean;
  /** Made for this node alone. */
  readonly own: boolean;
  /** Whether it depends on nothing, and so takes no gradient. */
  readonly constant: boolean;
}

/** Sum over a node's edges and their operations of mixing weight times operation (eq. 8 and 9). */
function node(pass: Pass, block: NodeBlock): Value {
  const { edges, output, partialChannels } = block;
  if (block.channelChoice === 'random') {
    const plain = { weight: 1, drops: null, position: null, passes: false, own: true, constant: false };
    const terms = edges.map((edge): Term => ({ ...plain, value: edgeInPlace(pass, edge, block) }));
    return sum(pass, block, output.channels, terms);
  }
  const terms = edges.flatMap((edge) => edgeTerms(pass, edge, block));
  if (partialChannels === 1) return sum(pass, block, output.channels, terms);
  const parts = sumParts(pass, block, terms);
  const value = shuffle(pass, ...parts, partialChannels);
  for (const part of parts) pass.release(part);
  return value;
}

/** What an edge that chose its channels adds to a node. */
function edgeInPlace(pass: Pass, edge: MixedEdge, block: NodeBlock): Value {
  const parts = sumParts(pass, block, edgeTerms(pass, edge, block));
  const { mixed, passed } = channelsOf(pass, edge);
  const beside = concat(pass, parts);
  for (const part of parts) pass.release(part);
  const places = new Uint16Array(block.output.channels);
  for (const [from, channel] of [...mixed, ...passed].entries()) places[channel] = from;
  const value = pickChannels(pass, beside, places);
  pass.release(beside);
  return value;
}

/** Sums of the terms of mixed channels, and of those of channels that pass. */
function sumParts(pass: Pass, block: NodeBlock, terms: readonly Term[]): readonly [Value, Value] {
  const own = mixedPart(block.output, block).channels;
  const mixed = terms.filter(({ passes }) => !passes);
  const passed = terms.filter(({ passes }) => passes);
  return [sum(pass, block, own, mixed), sum(pass, block, block.output.channels - own, passed)];
}

/** Numbers of the channels that an edge mixes, and of the others. */
function channelsOf(pass: Pass, edge: MixedEdge): { mixed: Uint16Array; passed: Uint16Array } {
  const { channels } = edge.input;
  const mixed = pass.options.channels.get(edge) as Uint16Array;
  return { mixed, passed: passedChannels({ channels, mixed: mixed.length }, mixed) };
}

function sum(pass: Pass, block: NodeBlock, channels: number, terms: readonly Term[]): Value {
  const output = sumTerms(pass, block, channels, terms);
  const value = pass.tape.record(
    output,
    ({ tensor, scale }) => {
      if (pass.options.gradients !== 'weights') noteProducts(pass, block, terms, tensor, scale);
      for (const { value: input, weight, constant } of terms) {
        if (constant) continue;
        if (typeof weight === 'number') input.addGradient(tensor, scale * weight, true);
        else input.addGradient(pass.kernels.weightedSum([tensor], [weight]), scale);
      }
    },
    terms.some(({ weight, constant }) => typeof weight === 'number' && !constant),
  );
  for (const term of terms) if (term.own) pass.release(term.value);
  return value;
}

function sumTerms(pass: Pass, { output, edges }: NodeBlock, channels: number, terms: readonly Term[]): Tensor4D {
  if (terms.length === 0) {
    // Its operations are all `none`, or left out.
    const { shape } = pass.value((edges[0] as MixedEdge).input.name).tensor;
    return zeros([shape[0], output.height, output.width, channels]);
  }
  return pass.kernels.weightedSum(
    terms.map((term) => term.value.tensor),
    terms.map((term) => term.weight),
  );
}

function noteProducts(
  pass: Pass,
  { cellKind }: NodeBlock,
  terms: readonly Term[],
  gradient: Tensor4D,
  scale: number,
): void {
  const mixed = terms.flatMap(({ position, ...term }) => (position === null ? [] : [{ ...term, position }]));
  for (const [drops, own] of Map.groupBy(mixed, (term) => term.drops)) {
    const weighed = drops === null ? gradient : pass.kernels.weightedSum([gradient], [drops]);
    const products = pass.kernels.dots(
      weighed,
      own.map(({ value }) => value.tensor),
    );
    if (weighed !== gradient) weighed.dispose();
    pass.mixingProducts.push({ cellKind, positions: own.map(({ position }) => position), products, scale });
  }
}

function edgeTerms(pass: Pass, mixed: MixedEdge, block: NodeBlock): Term[] {
  const { edge, operations } = mixed;
  const { [block.cellKind]: mixing, skipsZeros = false } = pass.mixing;
  const drops = pass.options.drops.get(mixed) ?? null;
  return operations.flatMap((operation, column): Term[] => {
    // `none` adds nothing, and its gradient is 0.
    if (operation.kind === 'none') return [];
    if (edge !== null && skipsZeros && mixing[edge * operations.length + column] === 0) return [];
    const passes = operation.kind === 'bypass';
    const value = passes
      ? bypass(pass, mixed, block)
      : runOperation(pass, operationInput(pass, mixed, block), operation);
    const own = operation.kind === 'conv' || operation.kind === 'halving';
    const term = { value, drops, passes, own, constant: operation.kind === 'noise' };
    if (edge === null) return [{ ...term, weight: pass.options.drops.get(operation) ?? 1, position: null }];
    const position = edge * operations.length + column;
    const weight = mixing[position] as number;
    return [{ ...term, weight: drops === null ? weight : drops.map((factor) => factor * weight), position }];
  });
}

/** Name of what an edge's operations read: a value, its first channels, or those that the edge chose. */
function operationInput(pass: Pass, edge: MixedEdge, block: NodeBlock): string {
  const { input } = edge;
  if (block.partialChannels === 1) return input.name;
  if (block.channelChoice === 'random') {
    const { mixed } = channelsOf(pass, edge);
    const own = `${input.name}, channels of edge ${edge.edge}`;
    pass.shared(own, () => pickChannels(pass, pass.value(input.name), mixed));
    return own;
  }
  const key = `${input.name}, first channels`;
  pass.shared(key, () => channelRange(pass, pass.value(input.name), 0, mixedPart(input, block).channels));
  return key;
}

/** The other channels; at stride 2 their pool. */
function bypass(pass: Pass, edge: MixedEdge, block: NodeBlock): Value {
  const { input, stride } = edge;
  const chooses = block.channelChoice === 'random';
  const key = chooses ? `${input.name}, other channels of edge ${edge.edge}` : `${input.name}, other channels`;
  const { channels } = mixedPart(input, block);
  const whole = pass.shared(key, () => {
    const value = pass.value(input.name);
    if (chooses) return pickChannels(pass, value, channelsOf(pass, edge).passed);
    return channelRange(pass, value, channels, input.channels);
  });
  return stride === 1 ? whole : pass.shared(`${key}, pooled`, () => maxPool2x2(pass, whole, key));
}

function runOperation(pass: Pass, input: string, operation: Exclude<Operation, { kind: 'none' | 'bypass' }>): Value {
  switch (operation.kind) {
    case 'identity':
      return pass.value(input);
    case 'noise':
      return new Value(pass.options.noise.get(operation) as Tensor4D);
    case 'halving':
      return pass.scoped(() => halving(pass, input, operation));
    case 'conv':
      return pass.scoped(() => convolutionUnits(pass, input, operation));
    case 'max-pool':
    case 'average-pool':
      return pool(pass, input, operation);
  }
}

function pool(pass: Pass, input: string, { kind, stride, norm }: PoolOperation): Value {
  const pooled = pass.shared(`${input}, ${kind}`, () => {
    const whole = kind === 'max-pool' ? maxPool(pass, pass.value(input), input) : averagePool(pass, pass.value(input));
    return stride === 1 ? whole : subsample(pass, whole, 'even');
  });
  if (norm === null) return pooled;
  // By the mini-batch all edges from one node normalize alike; running statistics, scale and shift are each edge's own.
  const alike = pass.options.statistics === 'batch' && norm.affine === null;
  const key = alike ? `${input}, ${kind}, normalized` : norm.name;
  const value = pass.shared(key, () => batchNorm(pass, pooled, norm));
  pass.repeatMoments(norm, value);
  return value;
}

function halving(pass: Pass, input: string, { convA, convB, norm }: HalvingOperation): Value {
  const halves = [
    pointwise(pass, phase(pass, input, 'even'), convA),
    pointwise(pass, phase(pass, input, 'odd'), convB),
  ];
  return batchNorm(pass, concat(pass, halves), norm);
}

function convolutionUnits(pass: Pass, input: string, { units }: ConvOperation): Value {
  let value = rectified(pass, input);
  for (const [i, unit] of units.entries()) {
    const before = units[i - 1];
    if (before !== undefined) value = relu(pass, value, before.norm.name);
    let filtered: Value;
    if (unit.stride === 2 && unit.dilation === 2) {
      // Such a filter reads even positions only: on those alone it is a plain one.
      filtered = depthwise(pass, phase(pass, input, 'even'), unit.depthwise, unit.kernel, 1);
    } else {
      filtered = depthwise(pass, value, unit.depthwise, unit.kernel, unit.dilation);
      if (unit.stride === 2) filtered = subsample(pass, filtered, 'even');
    }
    value = batchNorm(pass, pointwise(pass, filtered, unit.pointwise), unit.norm);
  }
  return value;
}

function rectified(pass: Pass, input: string): Value {
  return pass.shared(`${input}, relu`, () => relu(pass, pass.value(input), input));
}

function phase(pass: Pass, input: string, which: 'even' | 'odd'): Value {
  return pass.shared(`${input}, relu, ${which}`, () => subsample(pass, rectified(pass, input), which));
}

/** Logits of the auxiliary head: `[batch, 1, 1, classes]`. @param input ReLU of what the head reads */
function auxiliaryHead(pass: Pass, input: Value, block: AuxiliaryHeadBlock): Value {
  const pooled = averagePool5x5(pass, input);
  const { squeezeNorm, norm } = block;
  const squeezed = relu(pass, batchNorm(pass, pointwise(pass, pooled, block.squeeze), squeezeNorm), squeezeNorm.name);
  const whole = relu(pass, batchNorm(pass, wholeConvolution(pass, squeezed, block.conv), norm), norm.name);
  return linear(pass, whole, block.weight, block.bias);
}

/**
 * Names of the values that differ between two candidates: nodes with an edge on which a mixing weight differs, and all
 * values that are made of them. The others are the same to the bit.
 */
export function changedBlocks(graph: BlockGraph, base: MixingWeights, candidate: MixingWeights): Set<string> {
  const changed = new Set<string>();
  for (const block of graph.blocks) {
    if (inputNames(block).some((name) => changed.has(name)) || mixesDifferently(graph, block, base, candidate)) {
      changed.add(block.output.name);
    }
  }
  return changed;
}

function inputNames(block: Block): string[] {
  if (block.kind === 'node') return block.edges.map((edge) => edge.input.name);
  if (block.kind === 'concat') return block.inputs.map((input) => input.name);
  return [block.input.name];
}

function mixesDifferently(graph: BlockGraph, block: Block, base: MixingWeights, candidate: MixingWeights): boolean {
  if (block.kind !== 'node') return false;
  if (base.skipsZeros !== candidate.skipsZeros) return true;
  const { columns } = graph.mixing;
  const [one, other] = [base[block.cellKind], candidate[block.cellKind]];
  return block.edges.some(({ edge }) => {
    if (edge === null) return false;
    for (let i = edge * columns; i < (edge + 1) * columns; i++) if (one[i] !== other[i]) return true;
    return false;
  });
}
