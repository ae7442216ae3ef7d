import { BATCH_NORM, type BlockGraph, type WeightSpec } from '../network/block-graph.ts';
import { weightSize } from '../network/count.ts';
import { findNotFinite } from './check-call.ts';
import type { NetworkState } from './engine.ts';
import type { Range } from './sgd.ts';

/** Statistics of one batch norm over a mini-batch. */
export interface Moments {
  readonly mean: Float32Array;
  /** Biased variance. */
  readonly variance: Float32Array;
  /** Values that each channel's statistics were taken over. */
  readonly count: number;
}

/** Beginning of the name of an operation's weight. */
const OPERATION = /^cells\.\d+\.edges\.\d+\.[^.]+(?=\.)/;

/** A network's weights, velocity and running statistics, in PyTorch's layout: what every engine saves and restores. */
export class NetworkArrays {
  readonly #graph: BlockGraph;
  readonly #offsets = new Map<string, number>();
  /** Running statistics, `[channels]` each, under `NORM.mean` and `NORM.variance`. Only to be read. */
  readonly statistics: ReadonlyMap<string, Float32Array>;
  /** All weights, in the graph's order. After writing to it call `changed`. */
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
  /** Parts of the flat arrays that each operation's weights are, by its name `cells.I.edges.E.PRIMITIVE`. */
  readonly operations: ReadonlyMap<string, readonly Range[]>;
  #stepped = false;
  #changed = true;

  constructor(graph: BlockGraph) {
    this.#graph = graph;
    let size = 0;
    const operations = new Map<string, Range[]>();
    for (const spec of graph.weights) {
      this.#offsets.set(spec.name, size);
      const [operation] = OPERATION.exec(spec.name) ?? [];
      const range = { start: size, end: size + weightSize(spec) };
      if (operation !== undefined) operations.set(operation, [...(operations.get(operation) ?? []), range]);
      size = range.end;
    }
    this.operations = operations;
    this.weights = new Float32Array(size);
    this.velocity = new Float32Array(size);
    this.statistics = new Map(
      graph.norms.flatMap(({ name, channels }) => [
        [`${name}.mean`, new Float32Array(channels)],
        [`${name}.variance`, new Float32Array(channels).fill(1)],
      ]),
    );
  }

  /** Notes that the weights were stepped in place. */
  changed(): void {
    this.#stepped = true;
    this.#changed = true;
  }

  /** Notes that others than these weights were put in their place. */
  displaced(): void {
    this.#changed = true;
  }

  /** Parts of the flat arrays that operations' weights are, in order. @throws RangeError if one has no weights */
  rangesOf(operations: readonly string[]): Range[] {
    const ranges = [...new Set(operations)].flatMap((operation) => {
      const own = this.operations.get(operation);
      if (own === undefined) throw new RangeError(`an operation that rests must have weights, got ${operation}`);
      return own;
    });
    return ranges.toSorted((a, b) => a.start - b.start);
  }

  /** Whether the weights changed since this was asked last. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** A weight's part of a flat array. No copy. */
  slice(spec: WeightSpec, flat: Float32Array = this.weights): Float32Array {
    const offset = this.#offsets.get(spec.name) as number;
    return flat.subarray(offset, offset + weightSize(spec));
  }

  /** Copies of a flat array's parts by weight name. */
  byName(flat: Float32Array): Record<string, Float32Array> {
    return Object.fromEntries(this.#graph.weights.map((spec) => [spec.name, this.slice(spec, flat).slice()]));
  }

  /** Moves the running statistics by a training-mode pass: new = 0.9 old + 0.1 batch, the variance unbiased. */
  observe(moments: ReadonlyMap<string, Moments>): void {
    const { momentum } = BATCH_NORM;
    for (const [name, { mean, variance, count }] of moments) {
      const unbias = count > 1 ? count / (count - 1) : 1;
      move(this.statistics.get(`${name}.mean`) as Float32Array, mean, momentum, 1);
      move(this.statistics.get(`${name}.variance`) as Float32Array, variance, momentum, unbias);
    }
  }

  save(): NetworkState {
    const statistics = Object.fromEntries([...this.statistics].map(([name, values]) => [name, values.slice()]));
    const velocity = this.#stepped ? this.byName(this.velocity) : {};
    return { weights: this.byName(this.weights), velocity, statistics };
  }

  /**
   * Takes over a state.
   *
   * @throws RangeError if a tensor is missing, unknown, of a wrong length, or not finite; nothing is changed then
   */
  restore(state: NetworkState): void {
    const lengths = new Map(this.#graph.weights.map((spec) => [spec.name, weightSize(spec)]));
    const statisticLengths = new Map([...this.statistics].map(([name, values]) => [name, values.length]));
    const stepped = Object.keys(state.velocity).length > 0;
    check('weight', state.weights, lengths);
    if (stepped) check('velocity', state.velocity, lengths);
    if (Object.keys(state.statistics).length > 0) check('running statistic', state.statistics, statisticLengths);

    const spoiled = findNotFinite(state);
    if (spoiled !== null) throw new RangeError(`all numbers of a network must be finite, and its ${spoiled}`);

    for (const spec of this.#graph.weights) {
      this.slice(spec).set(state.weights[spec.name] as Float32Array);
      this.slice(spec, this.velocity).set(state.velocity[spec.name] ?? new Float32Array(weightSize(spec)));
    }
    for (const [name, values] of this.statistics) {
      values.set(state.statistics[name] ?? values.map(() => (name.endsWith('.mean') ? 0 : 1)));
    }
    this.#stepped = stepped;
    this.#changed = true;
  }
}

function move(running: Float32Array, batch: Float32Array, momentum: number, factor: number): void {
  for (let c = 0; c < batch.length; c++) {
    running[c] = (1 - momentum) * (running[c] as number) + momentum * factor * (batch[c] as number);
  }
}

function check(what: string, tensors: Record<string, Float32Array>, lengths: ReadonlyMap<string, number>): void {
  for (const name of Object.keys(tensors)) {
    if (!lengths.has(name)) throw new RangeError(`the network has no ${what} ${name}`);
  }
  for (const [name, length] of lengths) {
    const found = tensors[name]?.length;
    if (found === undefined) throw new RangeError(`${what} ${name} is missing`);
    if (found !== length) throw new RangeError(`${what} ${name} must have ${length} values, got ${found}`);
  }
}
