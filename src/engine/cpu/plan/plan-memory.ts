import type { BatchNormSpec, BlockGraph, ValueSpec } from '../../../network/block-graph.ts';
import type { Network } from './cells.ts';
import { LINE_FLOATS, MemoryMap, padChannels } from './memory-map.ts';
import type { Chunks } from './schedule.ts';
import type { WeightLayout } from './weight-layout.ts';

/** A value in memory: `[pictures, height, width, channels]`, and its gradient. */
export interface Tensor {
  readonly x: number;
  readonly g: number;
  readonly height: number;
  readonly width: number;
  /** Padded. */
  readonly channels: number;
}

/** A batch norm in memory: `[channels]` each. */
export interface NormPlaces {
  readonly mean: number;
  readonly variance: number;
  readonly scale: number;
  readonly shift: number;
}

/** Scratch of a thread, in lines from its start. */
export interface ScratchPlaces {
  /** Rows of pixels. */
  readonly row: number;
  /** A padded picture. */
  readonly padded: number;
  /** A padded picture of gradients. */
  readonly spread: number;
  /** Gradient at a rectified input. */
  readonly dx: number;
  readonly lines: number;
}

/** Farthest that a filter reaches beyond its pixel: 5x5 with dilation 2. */
export const MAX_REACH = 4;

/** Finds places for everything that a plan needs. */
export class PlanMemory {
  readonly map: MemoryMap;
  readonly chunks: Chunks;
  readonly weights: WeightLayout;
  /** Gradients of the weights, laid out like their forward copies. */
  readonly gradients: number;
  readonly #tensors = new Map<string, Tensor>();
  readonly #norms = new Map<string, NormPlaces>();
  readonly #sums = new Map<string, number>();
  readonly #passing = new Map<string, number>();

  constructor(graph: BlockGraph, weights: WeightLayout, chunks: Chunks) {
    this.map = new MemoryMap(weights.end);
    this.chunks = chunks;
    this.weights = weights;
    this.gradients = this.map.floats(weights.backwardStart * LINE_FLOATS);
    for (const { name, channels } of graph.norms) {
      const place = (): number => this.map.floats(padChannels(channels));
      this.#norms.set(name, { mean: place(), variance: place(), scale: place(), shift: place() });
    }
  }

  norm({ name }: BatchNormSpec): NormPlaces {
    return this.#norms.get(name) as NormPlaces;
  }

  /**
   * The tensor of a value, placed when it is first asked for.
   *
   * @param passing its gradient lives only while one cell's backward pass is made: values of one size with the same
   * name here share its place, cell after cell
   */
  tensor(value: ValueSpec, passing?: string): Tensor {
    let tensor = this.#tensors.get(value.name);
    if (tensor === undefined) {
      const { height, width } = value;
      const channels = padChannels(value.channels);
      const floats = this.pictures(height * width * channels);
      const key = passing === undefined ? value.name : `${passing}, ${floats} floats`;
      const g = this.#passing.get(key) ?? this.map.floats(floats);
      this.#passing.set(key, g);
      tensor = { x: this.map.floats(floats), g, height, width, channels };
      this.#tensors.set(value.name, tensor);
    }
    return tensor;
  }

  /** A tensor that an operation makes, without a gradient of its own: `[pictures, floats]`. */
  result(floats: number): number {
    return this.map.floats(this.pictures(floats));
  }

  /** Sums of every picture that a norm goes by, `[pictures, 2, channels]`: the same place in every schedule. */
  sums({ name, channels }: BatchNormSpec): number {
    const place = this.#sums.get(name) ?? this.map.floats(this.pictures(2 * padChannels(channels)));
    this.#sums.set(name, place);
    return place;
  }

  pictures(floats: number): number {
    return this.chunks.pictures * floats;
  }
}

/** Scratch that is enough for every operation of a network. */
export function placeScratch(graph: BlockGraph, { parts }: Network): ScratchPlaces {
  let [row, padded, dense] = [0, 0, 0];
  for (const { output, ...block } of graph.blocks) {
    const inputs = 'edges' in block ? block.edges.map((edge) => edge.input) : 'input' in block ? [block.input] : [];
    for (const input of inputs) {
      const channels = parts(input).reduce((sum, part) => sum + padChannels(part.channels), 0);
      const own = padChannels(output.channels);
      // Gathered inputs twice (halvings take them from two phases), and rows of what is made of them.
      row = Math.max(row, input.width * (4 * channels + 4 * own + 28), 256 * LINE_FLOATS);
      if (block.kind !== 'node') continue;
      // A mix keeps a scale of every channel for each of its terms, four more, and their shifts.
      const terms = block.edges.reduce((sum, edge) => sum + edge.operations.length, 0);
      row = Math.max(row, (terms + 5) * own);
      padded = Math.max(padded, (input.height + 2 * MAX_REACH) * (input.width + 2 * MAX_REACH) * channels);
      dense = Math.max(dense, input.height * input.width * channels);
    }
  }
  const map = new MemoryMap();
  return {
    row: map.floats(row),
    padded: map.floats(padded),
    spread: map.floats(padded),
    dx: map.floats(dense),
    lines: map.lines,
  };
}
