import type { MixingWeights, NetworkState } from '../engine/engine.ts';
import type {
  AuxiliaryHeadBlock,
  Block,
  BlockGraph,
  ConvUnit,
  HalvingOperation,
  NodeBlock,
  Operation,
  PoolOperation,
} from '../network/block-graph.ts';
import { GenotypeError } from '../space/genotype-syntax.ts';
import { OnnxGraphBuilder } from './onnx-graph-builder.ts';
import { fileBytes, OPSETS } from './onnx-messages.ts';

export interface OnnxOptions {
  /** Version of this program, recorded as the file's producer version. */
  readonly version: string;
  /** Texts stored with the network, such as the genotype, class names and normalization. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Mixing weights of a supernet, written as constants. @default none: the network is a retrained one */
  readonly mixing?: MixingWeights;
  /** Version of the operator set, 13 to 23. @default 17 */
  readonly opset?: number;
  /** Number of pictures in each call. @default null: any, called `N` */
  readonly batch?: number | null;
  /** Whether the output is the probabilities instead of the logits. @default false */
  readonly softmax?: boolean;
}

/** Names of the network's input and output. */
export const ONNX_INPUT = 'images';
export const ONNX_OUTPUT = { logits: 'logits', softmax: 'probabilities' } as const;

/**
 * Writes a network as ONNX, in evaluation mode: batch norms use running statistics, and drop-path and the auxiliary
 * head are left out. Input `images` `[N, channels, height, width]`, normalized as in training; output `logits` or
 * `probabilities`, `[N, classes]`.
 *
 * @throws GenotypeError if the network has the operation `noise`
 * @throws RangeError if the state lacks a weight, if a supernet lacks mixing weights, if a node adds nothing, or if the
 * operator set or the batch is none that can be written
 */
export function writeOnnx(graph: BlockGraph, state: NetworkState, options: OnnxOptions): Uint8Array {
  const { version, metadata = {}, mixing = null, opset = OPSETS.preset, batch = null, softmax = false } = options;
  if (batch !== null && (!Number.isSafeInteger(batch) || batch < 1)) {
    throw new RangeError(`batch must be a positive integer, got ${batch}`);
  }
  const shape = [batch ?? 'N', graph.pictureChannels, graph.image, graph.image] as const;
  const builder = new OnnxGraphBuilder(state);
  for (const block of graph.blocks) {
    if (block.kind === 'stem') builder.define(block.input, ONNX_INPUT);
    if (block.kind !== 'auxiliary-head') builder.define(block.output, addBlock(builder, block, mixing));
  }
  const logits = ONNX_OUTPUT.logits;
  const output = softmax ? builder.add('Softmax', ONNX_OUTPUT.softmax, [logits], { axis: 1 }) : logits;
  return fileBytes({
    opset,
    producer: { name: 'lesslocal', version },
    description: `Classifies pictures [${shape.join(', ')}], normalized as the metadata says.`,
    metadata,
    graph: {
      name: 'network',
      input: { name: ONNX_INPUT, shape },
      output: { name: output, shape: [shape[0], graph.classes] },
      nodes: builder.nodes,
      tensors: builder.tensors,
    },
  });
}

function addBlock(
  builder: OnnxGraphBuilder,
  block: Exclude<Block, AuxiliaryHeadBlock>,
  mixing: MixingWeights | null,
): string {
  switch (block.kind) {
    case 'stem':
      return builder.norm(builder.conv(builder.read(block.input), block.conv, { padding: 1 }), block.norm);
    case 'projection':
      return builder.norm(builder.conv(builder.relu(builder.read(block.input)), block.conv), block.norm);
    case 'halving':
      return addHalving(builder, block.operation, builder.read(block.input));
    case 'node':
      return addNode(builder, block, mixing);
    case 'concat': {
      const inputs = block.inputs.map((input) => builder.read(input));
      return builder.add('Concat', block.output.name, inputs, { axis: 1 });
    }
    case 'global-average-pool':
      return builder.add('GlobalAveragePool', block.output.name, [builder.read(block.input)]);
    case 'classifier': {
      const features = builder.add('Flatten', null, [builder.read(block.input)], { axis: 1 });
      const inputs = [features, builder.weight(block.weight), builder.weight(block.bias)];
      return builder.add('Gemm', ONNX_OUTPUT.logits, inputs, { transB: 1 });
    }
  }
}

/** Axes of height and width. */
const SPATIAL_AXES = [2n, 3n];

/** Sums a node's operations; in a supernet each is multiplied by its mixing weight (eq. 8 and 9). */
function addNode(builder: OnnxGraphBuilder, block: NodeBlock, mixing: MixingWeights | null): string {
  const terms = block.edges.flatMap(({ edge, input, operations }) =>
    operations.flatMap((operation, column): string[] => {
      if (operation.kind === 'none') return [];
      const value = addOperation(builder, operation, builder.read(input));
      if (edge === null) return [value];
      const weight = mixing?.[block.cellKind][edge * operations.length + column];
      if (weight === undefined)
        throw new RangeError(`edge ${edge} of the ${block.cellKind} cell has no mixing weights`);
      const name = `mixing.${block.cellKind}.${edge}.${column}`;
      return [builder.add('Mul', null, [value, builder.tensor(name, [], Float32Array.of(weight))])];
    }),
  );
  const [first, ...others] = terms;
  if (first === undefined) throw new RangeError(`${block.output.name} must sum at least one operation`);
  return others.reduce((sum, term) => builder.add('Add', null, [sum, term]), first);
}

function addOperation(builder: OnnxGraphBuilder, operation: Exclude<Operation, { kind: 'none' }>, input: string) {
  switch (operation.kind) {
    case 'identity':
      return input;
    case 'noise':
      throw new GenotypeError(
        'a network with the operation noise cannot be exported: its values are drawn in every pass',
      );
    case 'bypass':
      throw new GenotypeError('a supernet with partial channels cannot be exported');
    case 'max-pool':
    case 'average-pool':
      return addPool(builder, operation, input);
    case 'halving':
      return addHalving(builder, operation, input);
    case 'conv':
      return operation.units.reduce((value, unit) => addConvUnit(builder, unit, value), input);
  }
}

/** ONNX ignores padding in a maximum, and in an average unless `count_include_pad` is set. */
function addPool(builder: OnnxGraphBuilder, { kind, stride, norm }: PoolOperation, input: string): string {
  const window = { kernel_shape: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] };
  const pooled =
    kind === 'max-pool'
      ? builder.add('MaxPool', null, [input], window)
      : builder.add('AveragePool', null, [input], { ...window, count_include_pad: 0 });
  return norm === null ? pooled : builder.norm(pooled, norm);
}

/** Halves the resolution. The second convolution skips the first row and column. */
function addHalving(builder: OnnxGraphBuilder, operation: HalvingOperation, input: string): string {
  const { convA, convB, norm } = operation;
  const rectified = builder.relu(input);
  const shifted = builder.add('Slice', null, [
    rectified,
    builder.tensor('slice.starts', [2], BigInt64Array.of(1n, 1n)),
    // ONNX clips an end to the last position.
    builder.tensor('slice.ends', [2], BigInt64Array.of(2n ** 31n - 1n, 2n ** 31n - 1n)),
    builder.tensor('slice.axes', [2], BigInt64Array.from(SPATIAL_AXES)),
  ]);
  const halves = [builder.conv(rectified, convA, { stride: 2 }), builder.conv(shifted, convB, { stride: 2 })];
  return builder.norm(builder.add('Concat', null, halves, { axis: 1 }), norm);
}

function addConvUnit(builder: OnnxGraphBuilder, unit: ConvUnit, input: string): string {
  const { kernel, stride, dilation, depthwise, pointwise, norm } = unit;
  const [groups = 1] = depthwise.shape;
  const padding = (dilation * (kernel - 1)) / 2;
  const filtered = builder.conv(builder.relu(input), depthwise, { stride, padding, dilation, groups });
  return builder.norm(builder.conv(filtered, pointwise), norm);
}
