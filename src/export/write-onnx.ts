import type { MixingWeights, NetworkState } from '../engine/engine.ts';
import type { AuxiliaryHeadBlock, Block, BlockGraph } from '../network/block-graph.ts';
import { OnnxGraphBuilder } from './onnx-graph-builder.ts';
import { fileBytes } from './onnx-messages.ts';
import { addHalving, addNode } from './onnx-operations.ts';

export interface OnnxOptions {
  /** Version of this program, for the file's producer. */
  readonly version: string;
  /** Texts that the file keeps beside the network: the genotype, the names of the classes, how pictures are normalized. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of a supernet, which becomes a network with these constants. A retrained network has none. */
  readonly mixing?: MixingWeights;
}

/** Names of the value that goes in and of the one that comes out. */
export const ONNX_INPUT = 'images';
export const ONNX_OUTPUT = 'logits';

/**
 * Writes a network as ONNX, in evaluation mode: batch norms by their running statistics, no drop-path, no auxiliary
 * head. It reads `images` `[N, 3, height, width]`, normalized as in training, and makes `logits` `[N, classes]`, for
 * any N.
 *
 * @throws RangeError where the state lacks a weight of the graph, or a supernet comes without its mixing weights
 */
export function writeOnnx(graph: BlockGraph, state: NetworkState, options: OnnxOptions): Uint8Array {
  const { version, metadata = {}, mixing = null } = options;
  const builder = new OnnxGraphBuilder(state);
  for (const block of graph.blocks) {
    if (block.kind === 'stem') builder.define(block.input, ONNX_INPUT);
    if (block.kind !== 'auxiliary-head') builder.define(block.output, addBlock(builder, block, mixing));
  }
  return fileBytes({
    producer: { name: 'lesslocal', version },
    description: `Classifies pictures [N, 3, ${graph.image}, ${graph.image}], normalized as the metadata says.`,
    metadata,
    graph: {
      name: 'network',
      input: { name: ONNX_INPUT, shape: ['N', 3, graph.image, graph.image] },
      output: { name: ONNX_OUTPUT, shape: ['N', graph.classes] },
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
      return builder.add('Gemm', ONNX_OUTPUT, inputs, { transB: 1 });
    }
  }
}
