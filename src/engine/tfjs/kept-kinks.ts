import * as tf from '@tensorflow/tfjs';

/** For each output of a max pool, the input that won: its position. */
interface Winners {
  readonly positions: Int32Array;
  /** Shapes of the pool's output and of its input. */
  readonly output: Shape;
  readonly input: Shape;
}

type Shape = [number, number, number, number];

/** The kinks of a pass: where each ReLU lets its input through, and the winners of max pools. They outlive the pass. */
export class KeptKinks {
  readonly pictures: number;
  readonly #masks = new Map<string, tf.Tensor4D>();
  readonly #winners = new Map<string, Winners>();

  constructor(pictures: number) {
    this.pictures = pictures;
  }

  /** Keeps where a ReLU's output is above 0. */
  keepMask(name: string, rectified: tf.Tensor4D): void {
    this.#masks.get(name)?.dispose();
    this.#masks.set(name, tf.keep(tf.tidy(() => tf.step(rectified))));
  }

  /** 1 where a ReLU lets its input through, else 0. @throws RangeError if that ReLU was not in the pass */
  mask(name: string): tf.Tensor4D {
    return find(this.#masks, name);
  }

  /** Keeps which inputs of a 3x3 max pool at stride 1 won: the first of equals in row-major order. */
  keepWinners(name: string, x: tf.Tensor4D): void {
    const [, height, width, channels] = x.shape;
    const values = x.dataSync<'float32'>();
    const row = width * channels;
    const positions = Int32Array.from(values, (_, i) => {
      const [top, left] = [Math.floor(i / row) % height, Math.floor(i / channels) % width];
      let winner = -1;
      for (let down = top > 0 ? -1 : 0; down <= (top + 1 < height ? 1 : 0); down++) {
        for (let right = left > 0 ? -1 : 0; right <= (left + 1 < width ? 1 : 0); right++) {
          const at = i + down * row + right * channels;
          if (winner < 0 || (values[at] as number) > (values[winner] as number)) winner = at;
        }
      }
      return winner;
    });
    this.#winners.set(name, { positions, output: x.shape, input: x.shape });
  }

  /** Keeps which inputs of a 2x2 max pool at stride 2 won, likewise. */
  keepSquareWinners(name: string, x: tf.Tensor4D): void {
    const [batch, height, width, channels] = x.shape;
    const output: Shape = [batch, height / 2, width / 2, channels];
    const values = x.dataSync<'float32'>();
    const positions = Int32Array.from({ length: values.length / 4 }, (_, i) => {
      const [pixel, channel] = [Math.floor(i / channels), i % channels];
      // Rows of all pictures lie one after the other, as heights are even.
      const [row, column] = [Math.floor(pixel / (width / 2)), pixel % (width / 2)];
      const first = (2 * row * width + 2 * column) * channels + channel;
      let winner = first;
      for (const at of [first + channels, first + width * channels, first + (width + 1) * channels]) {
        if ((values[at] as number) > (values[winner] as number)) winner = at;
      }
      return winner;
    });
    this.#winners.set(name, { positions, output, input: x.shape });
  }

  /** What won in the pass that was kept, of a pool's input. */
  takeWinners(name: string, x: tf.Tensor4D): tf.Tensor4D {
    const values = x.dataSync<'float32'>();
    const { positions, output } = find(this.#winners, name);
    return tf.tensor4d(
      Float32Array.from(positions, (winner) => values[winner] as number),
      output,
    );
  }

  /** The gradient in a pool's input, given that in its output. */
  scatterToWinners(name: string, gradient: tf.Tensor4D): tf.Tensor4D {
    const values = gradient.dataSync<'float32'>();
    const { positions, input } = find(this.#winners, name);
    const result = new Float32Array(input[0] * input[1] * input[2] * input[3]);
    for (const [i, winner] of positions.entries()) (result[winner] as number) += values[i] as number;
    return tf.tensor4d(result, input);
  }

  dispose(): void {
    for (const mask of this.#masks.values()) mask.dispose();
    this.#masks.clear();
  }
}

function find<Value>(kinks: ReadonlyMap<string, Value>, name: string): Value {
  const value = kinks.get(name);
  if (value === undefined) throw new RangeError(`the kinks of ${name} were not kept`);
  return value;
}
