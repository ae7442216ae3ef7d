import type { BatchNormSpec, BlockGraph, MixedEdge, ValueSpec } from '../../../network/block-graph.ts';
import type { Network } from './cells.ts';
import { type ChosenTables, placeChosenTables } from './chosen-tables.ts';
import { LINE_FLOATS, MemoryMap, padChannels } from './memory-map.ts';
import type { Chunks } from './schedule.ts';
import type { WeightLayout, WeightPlace } from './weight-layout.ts';

/** A value in memory: `[pictures, height, width, channels]`, and its gradient. */
export interface Tensor {
  readonly x: number;
  readonly g: number;
  readonly height: number;
  readonly width: number;
  /** Channels, padded. */
  readonly channels: number;
}

/** A batch norm in memory: `[channels]` each. */
export interface NormPlaces {
  readonly mean: number;
  readonly variance: number;
  readonly scale: number;
  readonly shift: number;
}

/** Whole numbers of 32 bits in memory. */
export interface Table {
  readonly place: number;
  readonly numbers: Int32Array;
}

/** The scratch of a thread: places in lines from its start. */
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

/** Hands out places for everything that a plan needs, and finds them again by name. */
export class PlanMemory {
  readonly map: MemoryMap;
  readonly chunks: Chunks;
  readonly weights: WeightLayout;
  /** Gradients of the weights, laid out like their forward copies. */
  readonly gradients: number;
  /** Tables of the edges whose channels come with the mini-batch. */
  readonly chosen: ReadonlyMap<MixedEdge, ChosenTables>;
  readonly #tensors = new Map<string, Tensor>();
  readonly #norms = new Map<string, NormPlaces>();
  readonly #sums = new Map<string, number>();
  readonly #passing = new Map<string, number>();
  readonly #tables = new Map<string, Table>();

  constructor(graph: BlockGraph, weights: WeightLayout, chunks: Chunks) {
    this.map = new MemoryMap(weights.end);
    this.chunks = chunks;
    this.weights = weights;
    this.gradients = this.map.floats(weights.backwardStart * LINE_FLOATS);
    for (const { name, channels } of graph.norms) {
      const place = (): number => this.map.floats(padChannels(channels));
      this.#norms.set(name, { mean: place(), variance: place(), scale: place(), shift: place() });
    }
    this.chosen = placeChosenTables(graph, this.map);
  }

  /** @throws RangeError if the graph has no such norm */
  norm({ name }: BatchNormSpec): NormPlaces {
    const places = this.#norms.get(name);
    if (places === undefined) throw new RangeError(`the graph has no batch norm ${name}`);
    return places;
  }

  /** Places of an affine norm's own scale and shift; null for both if it is not affine. */
  affine({ affine }: BatchNormSpec): { readonly gamma: number | null; readonly beta: number | null } {
    if (affine === null) return { gamma: null, beta: null };
    return { gamma: this.weight(affine.scale.name).forward, beta: this.weight(affine.shift.name).forward };
  }

  /** @throws RangeError if the graph has no such weight */
  weight(name: string): WeightPlace {
    return this.weights.place(name);
  }

  /** Place of a weight's second copy, for the gradient at the input. @throws RangeError if it has none */
  backwardWeight(name: string): number {
    const { backward } = this.weight(name);
    if (backward === null) throw new RangeError(`no gradient goes through ${name}`);
    return backward;
  }

  /**
   * The tensor of a value, which takes its place when it is first asked for.
   *
   * @param passing name of a place for gradients that live only during one cell's backward pass: values of one size
   * share it, cell after cell
   * @param brief name of a place that it is read from right after it was made: values of one size share it
   */
  tensor({ name, height, width, channels: own }: ValueSpec, passing?: string, brief?: string): Tensor {
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const channels = padChannels(own);
    const floats = this.pictures(height * width * channels);
    const shared = (key: string): number => {
      const place = this.#passing.get(key) ?? this.map.floats(floats);
      this.#passing.set(key, place);
      return place;
    };
    const g = shared(passing === undefined ? name : `${passing}, ${floats} floats`);
    const x = brief === undefined ? this.map.floats(floats) : shared(`${brief}, brief, ${floats} floats`);
    const tensor = { x, g, height, width, channels };
    this.#tensors.set(name, tensor);
    return tensor;
  }

  /** Takes a place for a tensor that an operation makes, without a gradient of its own: `[pictures, floats]`. */
  result(floats: number): number {
    return this.map.floats(this.pictures(floats));
  }

  /** Place of the sums of every picture that a norm goes by, `[pictures, 2, channels]`: the same in every schedule. */
  sums({ name, channels }: BatchNormSpec): number {
    const place = this.#sums.get(name) ?? this.map.floats(this.pictures(2 * padChannels(channels)));
    this.#sums.set(name, place);
    return place;
  }

  /** Place of whole numbers that never change: the same for the same numbers. */
  table(numbers: readonly number[]): number {
    const key = numbers.join();
    const known = this.#tables.get(key);
    if (known !== undefined) return known.place;
    const place = this.map.floats(numbers.length);
    this.#tables.set(key, { place, numbers: Int32Array.from(numbers) });
    return place;
  }

  get tables(): readonly Table[] {
    return [...this.#tables.values()];
  }

  /** Floats of all pictures. */
  pictures(floats: number): number {
    return this.chunks.pictures * floats;
  }
}

/** Places scratch that is enough for every operation of a network. */
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
