import type { MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import type {
  BatchNormSpec,
  Block,
  BlockGraph,
  MixedEdge,
  Operation,
  WeightSpec,
} from '../../src/network/block-graph.ts';

/** Activations of a mini-batch, `[batch, channels, height, width]`, in float64. */
interface Maps {
  readonly values: Float64Array;
  readonly shape: readonly [number, number, number, number];
}

/** How partial channels are put together. */
interface PartialForm {
  /** Numbers of the channels that each edge mixes, which keep their places. @default all mix the first */
  readonly channels?: ReadonlyMap<MixedEdge, Uint16Array>;
  /** Whether nodes are shuffled if all mix the first. @default true */
  readonly shuffles?: boolean;
}

interface Geometry {
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/**
 * Computes a network's logits in evaluation mode by plain float64 loops over the definitions: the reference for
 * exported files.
 *
 * @param images `[batch, pictureChannels, image, image]`
 * @returns `[batch, classes]`
 */
export function evaluateNaively(
  graph: BlockGraph,
  state: NetworkState,
  images: Float32Array,
  mixing?: MixingWeights,
  form: PartialForm = {},
): Float64Array {
  const { image, pictureChannels: channels } = graph;
  const batch = images.length / (channels * image * image);
  const maps = new Map<string, Maps>([
    ['image', { values: Float64Array.from(images), shape: [batch, channels, image, image] }],
  ]);
  const naive = new NaiveNetwork(state, mixing, form);
  for (const block of graph.blocks) {
    if (block.kind !== 'auxiliary-head') maps.set(block.output.name, naive.run(block, maps));
  }
  return (maps.get('logits') as Maps).values;
}

class NaiveNetwork {
  readonly #state: NetworkState;
  readonly #mixing: MixingWeights | undefined;
  readonly #form: PartialForm;

  constructor(state: NetworkState, mixing: MixingWeights | undefined, form: PartialForm) {
    this.#state = state;
    this.#form = form;
    this.#mixing = mixing;
  }

  run(block: Block, maps: ReadonlyMap<string, Maps>): Maps {
    const read = ({ name }: { readonly name: string }): Maps => maps.get(name) as Maps;
    switch (block.kind) {
      case 'stem':
        return this.#norm(this.#conv(read(block.input), block.conv, { padding: 1 }), block.norm);
      case 'projection':
        return this.#norm(this.#conv(rectify(read(block.input)), block.conv), block.norm);
      case 'halving':
        return this.#operation(block.operation, read(block.input));
      case 'node': {
        const edges = block.edges.map((each) => {
          const { edge, input, operations } = each;
          const all = Array.from({ length: input.channels }, (_, channel) => channel);
          const own = this.#form.channels?.get(each) ?? all.slice(0, input.channels / block.partialChannels);
          const order = [...own, ...all.filter((channel) => !own.includes(channel))];
          const ordered = channelsAt(read(input), order);
          const [mixed, passed] = [0, 1].map((part) => {
            return channelsAt(ordered, part === 0 ? all.slice(0, own.length) : all.slice(own.length));
          }) as [Maps, Maps];
          const terms = operations.map((operation, column): Maps | null => {
            const weight = edge === null ? 1 : this.#mixing?.[block.cellKind][edge * operations.length + column];
            if (operation.kind === 'none') return null;
            const { values, shape } = this.#operation(operation, operation.kind === 'bypass' ? passed : mixed);
            return { shape, values: values.map((value) => value * (weight as number)) };
          });
          const bypass = block.partialChannels > 1 ? (terms.pop() ?? null) : null;
          const sum = terms.filter((term) => term !== null).reduce<Maps | null>((a, b) => (a ? add(a, b) : b), null);
          if (!bypass || !sum) return sum;
          const beside = concatenate(sum, bypass);
          if (this.#form.channels)
            return channelsAt(
              beside,
              all.map((channel) => order.indexOf(channel)),
            );
          return this.#form.shuffles === false ? beside : shuffle(beside, block.partialChannels);
        });
        return edges.filter((edge) => edge !== null).reduce(add);
      }
      case 'concat':
        return block.inputs.map(read).reduce(concatenate);
      case 'global-average-pool': {
        const { shape, values } = read(block.input);
        const [batch, channels, height, width] = shape;
        const size = height * width;
        const mean = (_: unknown, i: number): number => {
          return values.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0) / size;
        };
        return { shape: [batch, channels, 1, 1], values: Float64Array.from({ length: batch * channels }, mean) };
      }
      case 'classifier': {
        const logits = this.#conv(read(block.input), { ...block.weight, shape: [...block.weight.shape, 1, 1] });
        const bias = this.#weight(block.bias);
        const [, classes] = logits.shape;
        return { ...logits, values: logits.values.map((value, i) => value + (bias[i % classes] as number)) };
      }
      case 'auxiliary-head':
        throw new Error('an auxiliary head plays no part in evaluation');
    }
  }

  #operation(operation: Exclude<Operation, { readonly kind: 'none' }>, input: Maps): Maps {
    switch (operation.kind) {
      case 'identity':
        return input;
      case 'noise':
        throw new Error('noise is not exported');
      case 'max-pool':
      case 'average-pool': {
        const pooled = pool(operation.kind, input, operation.stride);
        return operation.norm === null ? pooled : this.#norm(pooled, operation.norm);
      }
      case 'bypass':
        if (operation.stride === 1) return input;
        return fill(
          [...input.shape.slice(0, 2), ...input.shape.slice(2).map((size) => size / 2)] as never,
          (n, c, row, column) => {
            const square = [0, 1].flatMap((down) =>
              [0, 1].map((right) => at(input, n, c, 2 * row + down, 2 * column + right)),
            );
            return Math.max(...(square as number[]));
          },
        );
      case 'halving': {
        const rectified = rectify(input);
        const halves = [
          this.#conv(rectified, operation.convA, { stride: 2 }),
          this.#conv(withoutFirst(rectified), operation.convB, { stride: 2 }),
        ];
        return this.#norm(halves.reduce(concatenate), operation.norm);
      }
      case 'conv':
        return operation.units.reduce((maps, { kernel, stride, dilation, depthwise, pointwise, norm }) => {
          const geometry = { stride, dilation, padding: ((kernel - 1) / 2) * dilation, groups: maps.shape[1] };
          return this.#norm(this.#conv(this.#conv(rectify(maps), depthwise, geometry), pointwise), norm);
        }, input);
    }
  }

  /** Sums each output over its group's inputs and the kernel's taps; pixels outside the picture count as 0. */
  #conv(input: Maps, weight: WeightSpec, { stride = 1, padding = 0, dilation = 1, groups = 1 }: Geometry = {}): Maps {
    const [batch, , height, width] = input.shape;
    const [outputs = 0, inputs = 0, kernel = 0] = weight.shape;
    const kernelWeights = this.#weight(weight);
    const side = (length: number): number =>
      Math.floor((length + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
    return fill([batch, outputs, side(height), side(width)], (n, out, row, column) => {
      const first = Math.floor(out / (outputs / groups)) * inputs;
      let sum = 0;
      for (let c = 0; c < inputs; c++) {
        for (let y = 0; y < kernel; y++) {
          for (let x = 0; x < kernel; x++) {
            const [down, right] = [row * stride + y * dilation - padding, column * stride + x * dilation - padding];
            const tap = kernelWeights[((out * inputs + c) * kernel + y) * kernel + x] as number;
            sum += tap * (at(input, n, first + c, down, right) ?? 0);
          }
        }
      }
      return sum;
    });
  }

  #norm(input: Maps, { name, affine }: BatchNormSpec): Maps {
    const { statistics } = this.#state;
    const [means, variances] = [statistics[`${name}.mean`], statistics[`${name}.variance`]];
    return fill(input.shape, (n, c, row, column) => {
      const [mean, variance] = [means?.[c] ?? 0, variances?.[c] ?? 1];
      const normalized = ((at(input, n, c, row, column) as number) - mean) / Math.sqrt(variance + 1e-5);
      if (affine === null) return normalized;
      return normalized * (this.#weight(affine.scale)[c] as number) + (this.#weight(affine.shift)[c] as number);
    });
  }

  #weight({ name }: WeightSpec): Float32Array {
    return this.#state.weights[name] as Float32Array;
  }
}

/** Value at a position, or undefined outside the picture. */
function at({ values, shape }: Maps, n: number, c: number, row: number, column: number): number | undefined {
  const [, channels, height, width] = shape;
  if (row < 0 || row >= height || column < 0 || column >= width) return undefined;
  return values[((n * channels + c) * height + row) * width + column];
}

function fill(shape: Maps['shape'], value: (n: number, c: number, row: number, column: number) => number): Maps {
  const [batch, channels, height, width] = shape;
  const values = new Float64Array(batch * channels * height * width);
  let i = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) values[i++] = value(n, c, row, column);
      }
    }
  }
  return { values, shape };
}

function rectify({ values, shape }: Maps): Maps {
  return { shape, values: values.map((value) => Math.max(0, value)) };
}

function add(a: Maps, b: Maps): Maps {
  return { shape: a.shape, values: a.values.map((value, i) => value + (b.values[i] as number)) };
}

function concatenate(a: Maps, b: Maps): Maps {
  const [batch, channels, height, width] = a.shape;
  return fill([batch, channels + b.shape[1], height, width], (n, c, row, column) => {
    return (c < channels ? at(a, n, c, row, column) : at(b, n, c - channels, row, column)) as number;
  });
}

function channelsAt(input: Maps, numbers: readonly number[]): Maps {
  const [batch, , height, width] = input.shape;
  return fill([batch, numbers.length, height, width], (n, c, row, column) => {
    return at(input, n, numbers[c] as number, row, column) as number;
  });
}

/** PyTorch's channel shuffle: as K groups of channels, turned. */
function shuffle(input: Maps, groups: number): Maps {
  const own = input.shape[1] / groups;
  return fill(input.shape, (n, c, row, column) => {
    return at(input, n, (c % groups) * own + Math.floor(c / groups), row, column) as number;
  });
}

function withoutFirst(input: Maps): Maps {
  const [batch, channels, height, width] = input.shape;
  return fill([batch, channels, height - 1, width - 1], (n, c, row, column) => {
    return at(input, n, c, row + 1, column + 1) as number;
  });
}

function pool(kind: 'max-pool' | 'average-pool', input: Maps, stride: number): Maps {
  const [batch, channels, height, width] = input.shape;
  return fill([batch, channels, height / stride, width / stride], (n, c, row, column) => {
    const window = [-1, 0, 1].flatMap((down) =>
      [-1, 0, 1].map((right) => at(input, n, c, row * stride + down, column * stride + right)),
    );
    const inside = window.filter((value) => value !== undefined);
    if (kind === 'max-pool') return Math.max(...inside);
    return inside.reduce((sum, value) => sum + value, 0) / inside.length;
  });
}
