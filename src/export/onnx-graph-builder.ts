import type { NetworkState } from '../engine/engine.ts';
import { BATCH_NORM, type BatchNormSpec, type ValueSpec, type WeightSpec } from '../network/block-graph.ts';
import type { ProtobufMessage } from '../protobuf/protobuf-message.ts';
import { runningStatistics } from './network-tensors.ts';
import { type Attribute, nodeMessage, tensorMessage } from './onnx-messages.ts';

/** Geometry of a convolution, the same for height and width. */
export interface ConvGeometry {
  /** Step between positions. @default 1 */
  readonly stride?: number;
  /** Rows and columns of zeros around the input. @default 0 */
  readonly padding?: number;
  /** Distance between taps. @default 1 */
  readonly dilation?: number;
  /** Number of channel groups. @default 1 */
  readonly groups?: number;
}

/**
 * Collects the operators and tensors of an ONNX graph. A method that adds an operator returns the name of its output.
 * Weights and running statistics come from the network's state.
 */
export class OnnxGraphBuilder {
  readonly nodes: ProtobufMessage[] = [];
  readonly tensors: ProtobufMessage[] = [];
  readonly #state: NetworkState;
  readonly #values = new Map<string, string>();
  readonly #known = new Set<string>();
  readonly #rectified = new Map<string, string>();
  #unnamed = 0;

  constructor(state: NetworkState) {
    this.#state = state;
  }

  /** Records the ONNX name of a value of the network. */
  define({ name }: ValueSpec, written: string): void {
    this.#values.set(name, written);
  }

  /**
   * Looks up the ONNX name of a value of the network.
   *
   * @throws RangeError if the value is not defined yet
   */
  read({ name }: ValueSpec): string {
    const written = this.#values.get(name);
    if (written === undefined) throw new RangeError(`value ${name} is read before it is defined`);
    return written;
  }

  /** Adds a ReLU, once for each input. */
  relu(input: string): string {
    const known = this.#rectified.get(input);
    if (known !== undefined) return known;
    const made = this.add('Relu', `${input}.relu`, [input]);
    this.#rectified.set(input, made);
    return made;
  }

  /** Adds a convolution without bias. */
  conv(input: string, weight: WeightSpec, geometry: ConvGeometry = {}): string {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = geometry;
    const [, , height = 1, width = 1] = weight.shape;
    return this.add('Conv', weight.name.replace(/\.weight$/, ''), [input, this.weight(weight)], {
      kernel_shape: [height, width],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      dilations: [dilation, dilation],
      group: groups,
    });
  }

  /** Adds a batch norm with running statistics. */
  norm(input: string, norm: BatchNormSpec): string {
    const { name, channels, affine } = norm;
    const constant = (value: number): string => this.#constant(`${value} x ${channels}`, channels, value);
    const moments = runningStatistics(norm, this.#state.statistics);
    const scale = affine === null ? constant(1) : this.weight(affine.scale);
    const shift = affine === null ? constant(0) : this.weight(affine.shift);
    const names = moments.map(([moment, { shape, values }]) => this.tensor(moment, shape, values));
    return this.add('BatchNormalization', name, [input, scale, shift, ...names], {
      epsilon: { float: BATCH_NORM.epsilon },
    });
  }

  /**
   * Adds a weight of the network as a constant.
   *
   * @throws RangeError if the state lacks the weight
   */
  weight({ name, shape }: WeightSpec): string {
    const values = this.#state.weights[name];
    if (values === undefined) throw new RangeError(`weight ${name} is missing`);
    return this.tensor(name, shape, values);
  }

  /**
   * Adds a constant, once for each name.
   *
   * @throws RangeError if the number of values does not fit the shape
   */
  tensor(name: string, shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const size = shape.reduce((product, length) => product * length, 1);
    if (values.length !== size) throw new RangeError(`${name} must have ${size} values, got ${values.length}`);
    if (!this.#known.has(name)) this.tensors.push(tensorMessage(name, shape, values));
    this.#known.add(name);
    return name;
  }

  /**
   * Adds an operator.
   *
   * @param name name of the operator and its output; null for a generated one
   */
  add(
    operator: string,
    name: string | null,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = name ?? `${operator}.${this.#unnamed++}`;
    this.nodes.push(nodeMessage(operator, output, inputs, output, attributes));
    return output;
  }

  #constant(name: string, length: number, value: number): string {
    return this.tensor(name, [length], new Float32Array(length).fill(value));
  }
}
