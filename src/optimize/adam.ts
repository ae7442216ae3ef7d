import { sayValue } from '../math/say-value.ts';
import { checkNotNegative } from './checks.ts';
import type { LocalOptimizer } from './optimizer.ts';
import { checkOptionNames, type OptionNames } from './option-names.ts';

export interface AdamOptions {
  readonly learningRate: number;
  /** Decay rate of the mean of gradients. @default 0.9 */
  readonly beta1?: number;
  /** Decay rate of the mean of squared gradients. @default 0.999 */
  readonly beta2?: number;
  /** Term added to the root of the mean square. @default 1e-8 */
  readonly epsilon?: number;
  /** L2 penalty: adds `weightDecay * position` to the gradient (coupled, unlike AdamW). @default 0 */
  readonly weightDecay?: number;
}

const NAMES: OptionNames<AdamOptions> = {
  learningRate: true,
  beta1: true,
  beta2: true,
  epsilon: true,
  weightDecay: true,
};

/** The moments: plain data with typed arrays. */
export interface AdamState {
  /** Steps taken. */
  readonly step: number;
  /** `[coordinates]` decaying mean of gradients */
  readonly m: Float64Array;
  /** `[coordinates]` decaying mean of squared gradients */
  readonly v: Float64Array;
}

/**
 * Adam (Kingma and Ba 2015, Algorithm 1) in float64, with the weight decay of PyTorch's `Adam`:
 *
 *     g = gradient + weightDecay x
 *     m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *     x = x - learningRate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 */
export class Adam implements LocalOptimizer {
  readonly options: Required<AdamOptions>;
  #step = 0;
  #m: Float64Array;
  #v: Float64Array;

  /**
   * @param size number of coordinates
   * @throws RangeError if an option breaks its rule
   */
  constructor(size: number, options: AdamOptions) {
    checkOptionNames('adam', options, NAMES);
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, ...options };
    checkOptions(this.options);
    this.#m = new Float64Array(size);
    this.#v = new Float64Array(size);
  }

  /** @throws RangeError if the position or the gradient has another number of coordinates */
  step(position: Float64Array, gradient: Float64Array, learningRate = this.options.learningRate): void {
    const { beta1, beta2, epsilon, weightDecay } = this.options;
    const m = this.#m;
    const v = this.#v;
    if (position.length !== m.length || gradient.length !== m.length) {
      const lengths = `${position.length} and ${gradient.length}`;
      throw new RangeError(`position and gradient must have ${m.length} coordinates, got ${lengths}`);
    }
    this.#step++;
    const stepSize = learningRate / (1 - beta1 ** this.#step);
    const rootCorrection = Math.sqrt(1 - beta2 ** this.#step);
    for (let i = 0; i < m.length; i++) {
      const x = position[i] as number;
      const g = (gradient[i] as number) + weightDecay * x;
      const mean = beta1 * (m[i] as number) + (1 - beta1) * g;
      const square = beta2 * (v[i] as number) + (1 - beta2) * g * g;
      m[i] = mean;
      v[i] = square;
      position[i] = x - (stepSize * mean) / (Math.sqrt(square) / rootCorrection + epsilon);
    }
  }

  save(): AdamState {
    return { step: this.#step, m: this.#m.slice(), v: this.#v.slice() };
  }

  /** @throws RangeError if the state has another number of coordinates */
  restore(state: AdamState): void {
    const size = this.#m.length;
    if (state.m.length !== size || state.v.length !== size) {
      const lengths = `${state.m.length} and ${state.v.length}`;
      throw new RangeError(`saved moments must have ${size} coordinates, got ${lengths}`);
    }
    this.#step = state.step;
    this.#m = state.m.slice();
    this.#v = state.v.slice();
  }
}

function checkOptions({ learningRate, beta1, beta2, epsilon, weightDecay }: Required<AdamOptions>): void {
  for (const [name, value] of Object.entries({ learningRate, epsilon, weightDecay })) checkNotNegative(name, value);
  for (const [name, value] of Object.entries({ beta1, beta2 })) {
    if (!(value >= 0 && value < 1))
      throw new RangeError(`${name} must be at least 0 and below 1, got ${sayValue(value)}`);
  }
}
