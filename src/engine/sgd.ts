export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum: number;
  /** Added to the gradient as `weightDecay * w`, after clipping. */
  readonly weightDecay: number;
  /** Largest L2 norm of the whole gradient; Infinity does not clip. */
  readonly clipNorm: number;
  /** Whether the step looks ahead, by Nesterov's momentum (Sutskever et al. 2013, as PyTorch has it). @default false */
  readonly nesterov?: boolean;
}

/** Part of a flat array: from `start` up to, but without, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Makes one step of SGD on flat weights, in place and with PyTorch's meaning (`clip_grad_norm_`, then `SGD`):
 *
 *     g = gradient * min(1, clipNorm / (|gradient| + 1e-6)) + weightDecay w
 *     velocity = momentum velocity + g
 *     w = w - learningRate velocity                    or with Nesterov's momentum
 *     w = w - learningRate (g + momentum velocity)
 *
 * Computed in float64, stored in float32; the norm is summed in one order, so it has the same bits every time.
 *
 * @param weights `[weights]`, overwritten
 * @param gradient `[weights]`, only read
 * @param velocity `[weights]`, overwritten; zeros before the first step
 * @param resting parts, in order, that stay as they are: their gradient counts as 0, and they do not decay
 * @returns L2 norm of the gradient before clipping; if it is not finite, nothing was overwritten
 * @throws RangeError if the lengths differ
 */
export function stepSgd(
  weights: Float32Array,
  gradient: Float32Array,
  velocity: Float32Array,
  { learningRate, momentum, weightDecay, clipNorm, nesterov = false }: SgdSettings,
  resting: readonly Range[] = [],
): number {
  const size = weights.length;
  if (gradient.length !== size || velocity.length !== size) {
    const lengths = `${gradient.length} and ${velocity.length}`;
    throw new RangeError(`gradient and velocity must have ${size} entries, got ${lengths}`);
  }
  const norm = Math.sqrt(sumOfSquares(resting.length === 0 ? gradient : withZeros(gradient, resting)));
  if (!Number.isFinite(norm)) return norm;
  const scale = norm > clipNorm ? clipNorm / (norm + 1e-6) : 1;
  let start = 0;
  for (const rest of [...resting, { start: size, end: size }]) {
    const end = rest.start;
    for (let i = start; i < end; i++) {
      const w = weights[i] as number;
      const g = scale * (gradient[i] as number) + weightDecay * w;
      const v = momentum * (velocity[i] as number) + g;
      velocity[i] = v;
      weights[i] = w - learningRate * (nesterov ? g + momentum * v : v);
    }
    start = rest.end;
  }
  return norm;
}

function withZeros(gradient: Float32Array, parts: readonly Range[]): Float32Array {
  const copy = gradient.slice();
  for (const { start, end } of parts) copy.fill(0, start, end);
  return copy;
}

/** Sum of squares, as four sums side by side: one addition need not wait for the one before. */
export function sumOfSquares(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] as number) ** 2;
    b += (values[i + 1] as number) ** 2;
    c += (values[i + 2] as number) ** 2;
    d += (values[i + 3] as number) ** 2;
  }
  for (let i = whole; i < values.length; i++) a += (values[i] as number) ** 2;
  return a + b + c + d;
}
