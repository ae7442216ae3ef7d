import type * as tf from '@tensorflow/tfjs';
import type { TensorKernels } from './tensor-kernels.ts';

/** A gradient that is still to be multiplied by a number: most operators are linear and can leave it to the next. */
export interface ScaledGradient {
  readonly tensor: tf.Tensor4D;
  readonly scale: number;
}

/** A tensor on the tape. Operators that read it add their share of its gradient. */
export class Value {
  readonly tensor: tf.Tensor4D;
  readonly #shares: (ScaledGradient & { readonly shared: boolean })[] = [];

  constructor(tensor: tf.Tensor4D) {
    this.tensor = tensor;
  }

  /** @param shared the tensor is a share of other values' gradients too, so it outlives this one's */
  addGradient(tensor: tf.Tensor4D, scale: number, shared = false): void {
    this.#shares.push({ tensor, scale, shared });
  }

  /** The whole gradient, or null if nothing was added. Its shares are disposed of unless other values have them too. */
  takeGradient(kernels: TensorKernels): (ScaledGradient & { readonly shared: boolean }) | null {
    const shares = this.#shares.splice(0);
    const [first] = shares;
    if (first === undefined) return null;
    if (shares.length === 1) return first;
    const weights = shares.map((share) => share.scale);
    const sum = kernels.weightedSum(
      shares.map((share) => share.tensor),
      weights,
    );
    for (const share of shares) if (!share.shared) share.tensor.dispose();
    return { tensor: sum, scale: 1, shared: false };
  }
}

interface Entry {
  readonly value: Value;
  readonly backward: (gradient: ScaledGradient) => void;
  readonly passesGradientOn: boolean;
}

/**
 * Remembers operators in the order in which they ran, and runs their gradients in the opposite order. Unlike
 * TensorFlow.js's own tape it frees every tensor as soon as no gradient needs it: a wasm heap never shrinks.
 */
export class Tape {
  readonly kernels: TensorKernels;
  /** Whether operators are recorded; else values are only computed. */
  readonly recording: boolean;
  readonly #entries: Entry[] = [];

  constructor(kernels: TensorKernels, recording: boolean) {
    this.kernels = kernels;
    this.recording = recording;
  }

  /**
   * Puts an operator's result on the tape.
   *
   * @param backward adds to the gradients of the operator's inputs, given that of its output
   * @param passesGradientOn the very tensor it is given becomes a share of its inputs' gradients
   */
  record(tensor: tf.Tensor4D, backward: (gradient: ScaledGradient) => void, passesGradientOn = false): Value {
    const value = new Value(tensor);
    if (this.recording) this.#entries.push({ value, backward, passesGradientOn });
    return value;
  }

  /** Runs all gradients, from the last operator to the first, and frees what the operators made. */
  runBackward(): void {
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      const gradient = entry.value.takeGradient(this.kernels);
      if (gradient !== null) {
        entry.backward(gradient);
        if (!gradient.shared && !entry.passesGradientOn) gradient.tensor.dispose();
      }
      entry.value.tensor.dispose();
    }
  }
}
