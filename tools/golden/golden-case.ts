import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MiniBatch, MixingWeights, WeightsStepSettings } from '../../src/engine/engine.ts';
import type { BlockGraph, ChannelChoice } from '../../src/network/block-graph.ts';
import { buildSupernet, type EdgePrimitives } from '../../src/network/supernet.ts';
import type { Primitive } from '../../src/space/primitives.ts';
import type { Relaxation } from '../../src/space/relaxation.ts';

interface TensorPlace {
  readonly shape: readonly number[];
  readonly byteOffset: number;
}

/** `manifest.json` of a case or trace, as far as it is read here. */
interface Manifest {
  readonly format: string;
  readonly kind: 'step' | 'trace' | 'method-step' | 'method-trace';
  readonly name: string;
  /** Of the kinds that begin with `method`. */
  readonly method?: string;
  readonly config: {
    /** Where all edges have the same; else `edgeOps` has those of each edge. */
    readonly ops?: readonly Primitive[];
    readonly edgeOps?: EdgePrimitives;
    /** Columns of the mixing weights that alpha does not have. */
    readonly extraColumns?: readonly string[];
    /** K of PC-DARTS. @default 1 */
    readonly partialChannels?: number;
    readonly relaxation: Relaxation;
    readonly initChannels: number;
    readonly layers: number;
    readonly nodes: number;
    readonly image: readonly [number, number, number];
    readonly zeroOneWeight: number;
  };
  readonly labels?: readonly number[];
  readonly trainLabels?: readonly number[];
  readonly searchLabels?: readonly number[];
  readonly scalars?: Readonly<Record<string, number>>;
  readonly optimizers?: {
    readonly alpha: { lr: number; beta1: number; beta2: number; eps: number; weightDecay: number };
    readonly weights: { lr: number; momentum: number; weightDecay: number; nesterov?: boolean; gradClipNorm: number };
  };
  readonly iterations?: readonly TraceIteration[];
  /** Largest errors of the same computation in float32, by tensor; of weights that of the worst tensor. */
  readonly float32Error: Readonly<Record<string, { readonly relativeToMax: number }>>;
  readonly weights: readonly (TensorPlace & { readonly name: string })[];
  readonly tensors: Readonly<Record<string, TensorPlace>>;
}

/** Losses of one iteration of a trace, before its updates. */
export interface TraceIteration {
  /** Weight of the auxiliary skip. */
  readonly beta?: number;
  /** Temperature of the Gumbel softmax. */
  readonly tau?: number;
  /** Size of a perturbation of the mixing weights. */
  readonly epsilon?: number;
  /** Losses before and after an attack, by running statistics. */
  readonly attack?: { readonly lossBefore: number; readonly lossAfter: number };
  /** Operations that rest from the next iteration on: cell, edge and column of each. */
  readonly frozen?: readonly (readonly [cell: number, edge: number, column: number])[];
  /** The total is only there with a zero-one loss; `unrolled` is the loss after a step on w. */
  readonly search: { readonly crossEntropy: number; readonly total: number; readonly unrolled?: number };
  readonly train: { readonly crossEntropy: number; readonly total: number; readonly gradNorm: number };
}

/** A folder of golden values made with PyTorch: `manifest.json` beside raw little-endian float32 files. */
export class GoldenCase {
  readonly #folder: string;
  readonly manifest: Manifest;

  /** @throws Error if the manifest is missing or of another format */
  constructor(folder: string) {
    this.#folder = folder;
    this.manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const { format } = this.manifest;
    if (format !== 'supernet-golden/1') throw new Error(`${folder}: format must be supernet-golden/1, got ${format}`);
  }

  /**
   * The network the values belong to.
   *
   * @param channelChoice `random` for the values of channels that were selected
   */
  graph(channelChoice: ChannelChoice = 'first'): BlockGraph {
    const {
      initChannels,
      layers,
      nodes,
      ops,
      edgeOps,
      extraColumns = [],
      partialChannels = 1,
      image,
    } = this.manifest.config;
    const primitives = ops ?? edgeOps;
    if (primitives === undefined) throw new Error(`${this.manifest.name} names no operations`);
    return buildSupernet({
      ...{ channels: initChannels, layers, nodes, primitives, image: image[1] },
      auxiliarySkip: extraColumns.includes('auxiliary_skip'),
      ...{ partialChannels, channelChoice },
      edgeDrops: 'masks.cells.0' in this.manifest.tensors,
    });
  }

  /**
   * Largest error allowed of a tensor, over its largest magnitude: ten times what float32 costs, and at least 1e-5. What we
   * take by differences of gradients, where the case has the derivative, is allowed 1e-3: so far off are they in float64 too.
   *
   * @param name of the manifest's `float32Error`; others are allowed 1e-5
   */
  tolerance(name: string): number {
    if (name.includes('alphaGradsExact') || name === 'largestEigenvalue') return 1e-3;
    return Math.max(1e-5, 10 * (this.manifest.float32Error[name]?.relativeToMax ?? 0));
  }

  /** Settings of the steps on w. @throws Error if the case has none */
  weightsSettings(): WeightsStepSettings {
    const { optimizers, name } = this.manifest;
    if (!optimizers) throw new Error(`${name} names no optimizers`);
    const { lr: learningRate, gradClipNorm: clipNorm, ...rest } = optimizers.weights;
    return { learningRate, clipNorm, ...rest };
  }

  has(tensor: string): boolean {
    return tensor in this.manifest.tensors;
  }

  tensor(name: string): Float32Array {
    const place = this.manifest.tensors[name];
    if (place === undefined) throw new Error(`${this.manifest.name} has no tensor ${name}`);
    return this.#read('tensors.bin', place);
  }

  /** Both alphas, flat, as the optimizers hold them. */
  alpha(prefix = 'alpha'): Float64Array {
    return Float64Array.from([...this.tensor(`${prefix}.normal`), ...this.tensor(`${prefix}.reduce`)]);
  }

  /** A matrix for each kind of cell. */
  matrices(prefix: string): MixingWeights {
    return { normal: this.tensor(`${prefix}.normal`), reduce: this.tensor(`${prefix}.reduce`) };
  }

  /** Tensors of `weights.bin`, or of another file laid out like it. */
  weights(file = 'weights.bin'): Record<string, Float32Array> {
    return Object.fromEntries(this.manifest.weights.map((place) => [place.name, this.#read(file, place)]));
  }

  miniBatch(images: string, labels: readonly number[] | undefined): MiniBatch {
    const noise = this.#noise();
    return {
      images: this.activation(images),
      labels: Uint16Array.from(labels ?? []),
      ...(noise.length > 0 ? { noise } : {}),
    };
  }

  /** The mini-batches of either half, for the steps on w and on alpha; the latter twice in a case of one pass. */
  batches(): Readonly<Record<'train' | 'search', MiniBatch>> {
    const { searchLabels, trainLabels } = this.manifest;
    const search = this.miniBatch('searchInput', searchLabels);
    return { search, train: this.has('trainInput') ? this.miniBatch('trainInput', trainLabels) : search };
  }

  /** Drop-path's factors of the mixed edges, `[batch, edges of all cells]`. They are stored by cell, `[edges, batch]`. */
  drops(): Float32Array {
    const { layers } = this.manifest.config;
    const masks = Array.from({ length: layers }, (_, cell) => this.tensor(`masks.cells.${cell}`));
    const [, pictures = 0] = this.manifest.tensors['masks.cells.0']?.shape ?? [];
    const ofPicture = (n: number): number[] => masks.flatMap((mask) => [...mask.filter((_, i) => i % pictures === n)]);
    return Float32Array.from(Array.from({ length: pictures }, (_, n) => ofPicture(n)).flat());
  }

  /** The channels that edges select, cell by cell. They are stored as `[edges, channels]`. */
  selectedChannels(): Uint16Array {
    const { layers } = this.manifest.config;
    const cells = Array.from({ length: layers }, (_, cell) => this.tensor(`selected.cells.${cell}`));
    return Uint16Array.from(cells.flatMap((numbers) => [...numbers]));
  }

  /** What the operations `noise` give, in the order in which they run; empty if there are none. */
  #noise(): Float32Array {
    const names = Object.keys(this.manifest.tensors).filter((name) => name.startsWith('noise.'));
    const tensors = names.map((name) => this.activation(name));
    const noise = new Float32Array(tensors.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const tensor of tensors) {
      noise.set(tensor, at);
      at += tensor.length;
    }
    return noise;
  }

  /** A stored activation, `[batch, height, width, channels]`. */
  activation(name: string): Float32Array {
    return channelsLast(this.tensor(name), this.manifest.tensors[name]?.shape ?? []);
  }

  #read(file: string, { shape, byteOffset }: TensorPlace): Float32Array {
    const bytes = readFileSync(join(this.#folder, file));
    const length = shape.reduce((product, size) => product * size, 1);
    return Float32Array.from({ length }, (_, i) => bytes.readFloatLE(byteOffset + 4 * i));
  }
}

/** Moves the channels of `[batch, channels, height, width]` to the end. */
function channelsLast(values: Float32Array, shape: readonly number[]): Float32Array {
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  const result = new Float32Array(values.length);
  let i = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let at = 0; at < height * width; at++) {
        result[(n * height * width + at) * channels + c] = values[i++] as number;
      }
    }
  }
  return result;
}
