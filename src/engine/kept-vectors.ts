import type { VectorSum } from './engine.ts';
import type { NetworkArrays } from './network-arrays.ts';
import { type Range, sumOfSquares } from './sgd.ts';

/** Vectors as long as all weights together, by name: weights and velocity of a network, and gradients that were kept. */
export class KeptVectors {
  readonly #network: NetworkArrays;
  readonly #kept = new Map<string, Float32Array>();

  constructor(network: NetworkArrays) {
    this.#network = network;
  }

  /** Keeps a copy of a vector. */
  keep(name: string, vector: Float32Array): void {
    const before = this.#kept.get(name);
    if (before === undefined) this.#kept.set(name, vector.slice());
    else before.set(vector);
  }

  forget(): void {
    this.#kept.clear();
  }

  /** Adds vectors up into a new one; null for the weights as they are. @throws RangeError if one was not kept */
  sum(at: VectorSum = { weights: 1 }): Float32Array | null {
    const terms = Object.entries(at).map(([name, factor]) => ({ name, vector: this.#vector(name), factor }));
    const [first, ...others] = terms.filter(({ factor }) => factor !== 0);
    if (first?.name === 'weights' && first.factor === 1 && others.length === 0) return null;
    const sum = new Float64Array(this.#network.weights.length);
    for (const { vector, factor } of first === undefined ? [] : [first, ...others]) {
      for (let i = 0; i < sum.length; i++) (sum[i] as number) += factor * (vector[i] as number);
    }
    return Float32Array.from(sum);
  }

  /** L2 norm of a vector. @throws RangeError if it was not kept */
  norm(name: string): number {
    return Math.sqrt(sumOfSquares(this.#vector(name)));
  }

  /** Cosines by operation: see `Engine`. @throws RangeError if a vector was not kept */
  cosines(one: string | VectorSum, other: string | VectorSum): Record<string, number> {
    const of = (vector: string | VectorSum): Float32Array => {
      return typeof vector === 'string' ? this.#vector(vector) : (this.sum(vector) ?? this.#network.weights);
    };
    const [a, b] = [of(one), of(other)];
    return Object.fromEntries(
      Array.from(this.#network.operations, ([operation, ranges]) => [operation, cosine(a, b, ranges)]),
    );
  }

  #vector(name: string): Float32Array {
    if (name === 'weights') return this.#network.weights;
    if (name === 'velocity') return this.#network.velocity;
    const vector = this.#kept.get(name);
    if (vector === undefined) throw new RangeError(`a vector must have been kept to be used, got ${name}`);
    return vector;
  }
}

function cosine(a: Float32Array, b: Float32Array, ranges: readonly Range[]): number {
  let [products, squares, otherSquares] = [0, 0, 0];
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) {
      const [x, y] = [a[i] as number, b[i] as number];
      products += x * y;
      squares += x * x;
      otherSquares += y * y;
    }
  }
  const lengths = Math.sqrt(squares) * Math.sqrt(otherSquares);
  return lengths === 0 ? 0 : products / lengths;
}
