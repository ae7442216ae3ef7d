/** Smallest cosine between step and change of gradient that tells the curvature. */
const LEAST_COSINE = 1e-10;

/** A step and the change of the gradient over it: s_k and y_k. */
export interface CurvaturePair {
  /** `[coordinates]` */
  readonly step: Float64Array;
  /** `[coordinates]` */
  readonly change: Float64Array;
}

/** The last steps of L-BFGS, which represent an estimate of the inverse Hessian. */
export class CurvatureHistory {
  readonly #size: number;
  /** `[pairs]` coefficient of each pair in the two loops */
  readonly #coefficients: Float64Array;
  #pairs: CurvaturePair[] = [];

  /** @param size m, number of pairs kept */
  constructor(size: number) {
    this.#size = size;
    this.#coefficients = new Float64Array(size);
  }

  get isEmpty(): boolean {
    return this.#pairs.length === 0;
  }

  /** Adds a pair, unless its curvature is not positive. */
  add(pair: CurvaturePair): void {
    const { step, change } = pair;
    const length = Math.sqrt(dot(step, step) * dot(change, change));
    if (!(dot(step, change) > LEAST_COSINE * length)) return;
    this.#pairs.push(pair);
    if (this.#pairs.length > this.#size) this.#pairs.shift();
  }

  clear(): void {
    this.#pairs = [];
  }

  /** Multiplies q by the estimated inverse Hessian, in place: the two-loop recursion (Algorithm 7.4). */
  multiply(q: Float64Array): void {
    const coefficients = this.#coefficients;
    for (let k = this.#pairs.length - 1; k >= 0; k--) {
      const { step, change } = this.#pairs[k] as CurvaturePair;
      const coefficient = dot(step, q) / dot(step, change);
      coefficients[k] = coefficient;
      addScaled(q, -coefficient, change);
    }
    const newest = this.#pairs.at(-1);
    const scale = newest === undefined ? 1 : dot(newest.step, newest.change) / dot(newest.change, newest.change); // eq. 7.20
    for (let i = 0; i < q.length; i++) q[i] = scale * (q[i] as number);
    for (const [k, { step, change }] of this.#pairs.entries()) {
      addScaled(q, (coefficients[k] as number) - dot(change, q) / dot(step, change), step);
    }
  }

  /** Copies the pairs, oldest first. */
  save(): CurvaturePair[] {
    return copyPairs(this.#pairs);
  }

  restore(pairs: readonly CurvaturePair[]): void {
    this.#pairs = copyPairs(pairs);
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(target: Float64Array, factor: number, values: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (values[i] as number);
}

function copyPairs(pairs: readonly CurvaturePair[]): CurvaturePair[] {
  return pairs.map(({ step, change }) => ({ step: step.slice(), change: change.slice() }));
}
