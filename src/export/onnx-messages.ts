import { ProtobufMessage } from '../protobuf/protobuf-message.ts';

/** Field numbers of the messages written here. Source: `onnx.proto` of ONNX 1.12 (Open Neural Network Exchange). */
const MODEL = { irVersion: 1, producerName: 2, producerVersion: 3, docString: 6, graph: 7, opset: 8, metadata: 14 };
const OPSET = { version: 2 };
const ENTRY = { key: 1, value: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, float: 2, integer: 3, integers: 8, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, integer: 2, integers: 7 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const DATA_TYPE = { float: 1, int64: 7 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { elementType: 1, shape: 2 };
const SHAPE = { dim: 1 };
const DIM = { value: 1, parameter: 2 };

/**
 * Operator sets that a file may be of, each with the IR version of its release. The operators written here mean the same
 * in all of them. Source: "Released versions" in ONNX's `docs/Versioning.md`.
 */
const IR_VERSIONS: Readonly<Record<number, number>> = {
  ...{ 13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8 },
  ...{ 19: 9, 20: 9, 21: 10, 22: 10, 23: 11 },
};

/** Oldest, default and newest operator set. That of 2022 is the default, as every current runtime reads it. */
export const OPSETS = { oldest: 13, preset: 17, newest: 23 } as const;

/** Attribute of an operator: an integer, a list of integers, or a marked float. */
export type Attribute = number | readonly number[] | { readonly float: number };

/** Writes a constant tensor. */
export function tensorMessage(
  name: string,
  shape: readonly number[],
  values: Float32Array | BigInt64Array,
): ProtobufMessage {
  const tensor = new ProtobufMessage();
  for (const length of shape) tensor.integer(TENSOR.dims, length);
  const dataType = values instanceof Float32Array ? DATA_TYPE.float : DATA_TYPE.int64;
  return tensor.integer(TENSOR.dataType, dataType).text(TENSOR.name, name).bytes(TENSOR.rawData, littleEndian(values));
}

/** Writes an operator; inputs and output are names of values. */
export function nodeMessage(
  operator: string,
  name: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>>,
): ProtobufMessage {
  const node = new ProtobufMessage();
  for (const input of inputs) node.text(NODE.input, input);
  node.text(NODE.output, output).text(NODE.name, name).text(NODE.opType, operator);
  for (const [key, value] of Object.entries(attributes)) node.message(NODE.attribute, attributeMessage(key, value));
  return node;
}

function attributeMessage(name: string, value: Attribute): ProtobufMessage {
  const attribute = new ProtobufMessage().text(ATTRIBUTE.name, name);
  if (typeof value === 'number') {
    return attribute.integer(ATTRIBUTE.integer, value).integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.integer);
  }
  if ('float' in value) {
    return attribute.float(ATTRIBUTE.float, value.float).integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.float);
  }
  for (const each of value) attribute.integer(ATTRIBUTE.integers, each);
  return attribute.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.integers);
}

/** Contents of an ONNX file. */
export interface OnnxFile {
  /** Version of the operator set. */
  readonly opset: number;
  readonly producer: { readonly name: string; readonly version: string };
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: OnnxGraph;
}

/** Network with a float32 input and output, and operators in execution order. */
export interface OnnxGraph {
  readonly name: string;
  readonly input: ValueShape;
  readonly output: ValueShape;
  readonly nodes: readonly ProtobufMessage[];
  readonly tensors: readonly ProtobufMessage[];
}

/** Name and shape of a tensor; a text in the shape names a length that may vary between calls. */
export interface ValueShape {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/**
 * Writes a whole file.
 *
 * @throws RangeError if the operator set is not among `OPSETS`
 */
export function fileBytes({ opset, producer, description, metadata, graph }: OnnxFile): Uint8Array {
  const format = IR_VERSIONS[opset];
  if (format === undefined) {
    throw new RangeError(`opset must be an integer from ${OPSETS.oldest} to ${OPSETS.newest}, got ${opset}`);
  }
  const file = new ProtobufMessage()
    .integer(MODEL.irVersion, format)
    .text(MODEL.producerName, producer.name)
    .text(MODEL.producerVersion, producer.version)
    .text(MODEL.docString, description)
    .message(MODEL.graph, graphMessage(graph))
    .message(MODEL.opset, new ProtobufMessage().integer(OPSET.version, opset));
  for (const [key, value] of Object.entries(metadata)) {
    file.message(MODEL.metadata, new ProtobufMessage().text(ENTRY.key, key).text(ENTRY.value, value));
  }
  return file.finish();
}

function graphMessage({ name, input, output, nodes, tensors }: OnnxGraph): ProtobufMessage {
  const graph = new ProtobufMessage();
  for (const node of nodes) graph.message(GRAPH.node, node);
  graph.text(GRAPH.name, name);
  for (const tensor of tensors) graph.message(GRAPH.initializer, tensor);
  return graph.message(GRAPH.input, valueMessage(input)).message(GRAPH.output, valueMessage(output));
}

function valueMessage({ name, shape }: ValueShape): ProtobufMessage {
  const lengths = new ProtobufMessage();
  for (const length of shape) {
    const dim = new ProtobufMessage();
    lengths.message(
      SHAPE.dim,
      typeof length === 'number' ? dim.integer(DIM.value, length) : dim.text(DIM.parameter, length),
    );
  }
  const tensor = new ProtobufMessage()
    .integer(TENSOR_TYPE.elementType, DATA_TYPE.float)
    .message(TENSOR_TYPE.shape, lengths);
  return new ProtobufMessage()
    .text(VALUE_INFO.name, name)
    .message(VALUE_INFO.type, new ProtobufMessage().message(TYPE.tensor, tensor));
}

/** Converts numbers to little-endian bytes on any machine. */
function littleEndian(values: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  if (values instanceof Float32Array) for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  else for (const [i, value] of values.entries()) view.setBigInt64(8 * i, value, true);
  return bytes;
}
