import { Random } from '../../src/math/random.ts';
import type { Objective } from '../../src/optimize/minimize/objective.ts';

/** Noise of the losses between mini-batches. The unit is the mean gain of a coordinate. */
export interface NoiseLevel {
  /** Standard deviation, over mini-batches, of the loss of one position. */
  readonly offset: number;
  /** Standard deviation, over mini-batches, of the difference that moving one coordinate to its other well makes. */
  readonly paired: number;
}

/** Number of examples, and of those in a mini-batch, which is drawn anew for every step, with replacement. */
const EXAMPLES = 512;
const BATCH = 16;

/** Distance of the wells from 0, without the tilt. */
const WELL = Math.sqrt(8);

/** Mean of the exponential distribution of tilts: the tilt of Styblinski-Tang. Beyond a tilt of 34 there is one well only. */
const MEAN_TILT = 5;
const LARGEST_TILT = 25;

/** Frequency of the noise of a coordinate. The wave is longer than the way from well to well, so that short moves differ less. */
const FREQUENCY = (2 * Math.PI) / 8.2;

/**
 * Loss that only mini-batches show: a stand-in for the validation loss of a search, as a function of alpha.
 *
 * True loss: a double well a coordinate, as in the function of Styblinski and Tang, but with tilts t_i of either sign
 * and of very different sizes. In units of the mean gain g, by which the better well of a coordinate is below the other:
 *
 *     f(x) = sum_i ((x_i^4 - 16 x_i^2 + t_i x_i) / 2 - its minimum) / g
 *
 * Loss of an example e, one of 512:
 *
 *     f_e(x) = f(x) + c_e + sum_i (a_ei cos w x_i + b_ei sin w x_i)
 *
 * with c, a and b normal, and with means of 0 over the examples, so that f is the mean of all. A mini-batch is 16
 * examples; its loss, gradient and losses per example are theirs. The c are the same at all positions, and cancel in
 * differences of losses on one mini-batch. The waves do not cancel: their size gives the difference between the two
 * wells of a coordinate a standard deviation of `paired` over mini-batches. The waves also add to the offset; the c
 * supply the rest of `offset`.
 *
 * It is a pure function of position, step and seed.
 */
export class NoisyWells implements Objective {
  readonly coordinates: number;
  readonly #seed: number;
  readonly #tilts: Float64Array;
  /** Minimum of the sum of terms, before the division by the unit. */
  readonly #minimum: number;
  readonly #unit: number;
  /** Offsets c, `[examples]`. */
  readonly #offsets: Float64Array;
  /** Waves a and b, `[examples, coordinates, 2]`, row-major. */
  readonly #waves: Float64Array;
  /** Mini-batch drawn last: its step, its examples, and their means of c, a and b. */
  #step = -1;
  readonly #miniBatch = new Int32Array(BATCH);
  #meanOffset = 0;
  readonly #meanWaves: Float64Array;

  /** @throws RangeError if the waves alone make a larger offset than the one asked for */
  constructor(coordinates: number, { offset, paired }: NoiseLevel, seed: number) {
    const wave = paired / (2 * Math.abs(Math.sin(FREQUENCY * WELL)));
    const offsetOfWaves = wave * Math.sqrt(coordinates);
    if (!(offset >= offsetOfWaves)) {
      throw new RangeError(`offset must be at least ${offsetOfWaves} if paired is ${paired}, got ${offset}`);
    }
    this.coordinates = coordinates;
    this.#seed = seed;
    const random = Random.fromSeed(seed, 'wells');
    this.#tilts = Float64Array.from({ length: coordinates }, () => drawTilt(random));
    const depths = (start: number): number =>
      this.#tilts.reduce((sum, tilt) => sum + wellDepth(Math.abs(tilt), start), 0);
    this.#minimum = depths(-WELL);
    this.#unit = (depths(WELL) - this.#minimum) / coordinates;
    const examples = Random.fromSeed(seed, 'examples');
    const ofMean = Math.sqrt(BATCH); // a mini-batch's mean deviates by so much less than an example
    const common = Math.sqrt(offset ** 2 - offsetOfWaves ** 2);
    this.#offsets = drawCentered(examples, 1, common * ofMean);
    this.#waves = drawCentered(examples, 2 * coordinates, wave * ofMean);
    this.#meanWaves = new Float64Array(2 * coordinates);
  }

  /** True loss f(x), which a search never sees; 0 at its minimum. */
  trueLoss(x: Float64Array): number {
    const tilts = this.#tilts;
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      sum += xi * (xi * (xi * xi - 16) + (tilts[i] as number));
    }
    return (sum / 2 - this.#minimum) / this.#unit;
  }

  value(x: Float64Array, step: number): number {
    this.#drawMiniBatch(step);
    const waves = this.#meanWaves;
    let noise = this.#meanOffset;
    for (let i = 0; i < x.length; i++) {
      const phase = FREQUENCY * (x[i] as number);
      noise += (waves[2 * i] as number) * Math.cos(phase) + (waves[2 * i + 1] as number) * Math.sin(phase);
    }
    return this.trueLoss(x) + noise;
  }

  gradient(x: Float64Array, step: number): Float64Array {
    this.#drawMiniBatch(step);
    const waves = this.#meanWaves;
    const gradient = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      const phase = FREQUENCY * xi;
      const slope = xi * (2 * xi * xi - 16) + (this.#tilts[i] as number) / 2;
      const noise = (waves[2 * i + 1] as number) * Math.cos(phase) - (waves[2 * i] as number) * Math.sin(phase);
      gradient[i] = slope / this.#unit + FREQUENCY * noise;
    }
    return gradient;
  }

  perExample(x: Float64Array, step: number): Float64Array {
    this.#drawMiniBatch(step);
    const width = 2 * x.length;
    const basis = new Float64Array(width);
    for (let i = 0; i < x.length; i++) {
      const phase = FREQUENCY * (x[i] as number);
      basis[2 * i] = Math.cos(phase);
      basis[2 * i + 1] = Math.sin(phase);
    }
    const trueLoss = this.trueLoss(x);
    return Float64Array.from(this.#miniBatch, (example) => {
      let noise = this.#offsets[example] as number;
      for (let k = 0; k < width; k++) noise += (this.#waves[example * width + k] as number) * (basis[k] as number);
      return trueLoss + noise;
    });
  }

  /** Draws the examples of a step, and takes their means. */
  #drawMiniBatch(step: number): void {
    if (step === this.#step) return;
    this.#step = step;
    const random = Random.fromSeed(this.#seed, 'mini-batch', step);
    const means = this.#meanWaves;
    const width = means.length;
    means.fill(0);
    this.#meanOffset = 0;
    for (let e = 0; e < BATCH; e++) {
      const example = random.integer(EXAMPLES);
      this.#miniBatch[e] = example;
      this.#meanOffset += (this.#offsets[example] as number) / BATCH;
      for (let k = 0; k < width; k++) means[k] = (means[k] as number) + (this.#waves[example * width + k] as number);
    }
    for (let k = 0; k < width; k++) means[k] = (means[k] as number) / BATCH;
  }
}

function drawTilt(random: Random): number {
  const size = Math.min(LARGEST_TILT, -MEAN_TILT * Math.log(1 - random.uniform()));
  return random.uniform() < 0.5 ? size : -size;
}

/** Draws `[examples, width]` normal numbers of this standard deviation, and subtracts the mean of each column. */
function drawCentered(random: Random, width: number, deviation: number): Float64Array {
  const drawn = Float64Array.from({ length: EXAMPLES * width }, () => deviation * random.normal());
  for (let k = 0; k < width; k++) {
    let sum = 0;
    for (let at = k; at < drawn.length; at += width) sum += drawn[at] as number;
    for (let at = k; at < drawn.length; at += width) drawn[at] = (drawn[at] as number) - sum / EXAMPLES;
  }
  return drawn;
}

/** Value of (x^4 - 16 x^2 + tilt x) / 2 at its minimum near `start`, by Newton's method. */
function wellDepth(tilt: number, start: number): number {
  let x = start;
  for (let i = 0; i < 30; i++) x -= (x * (2 * x * x - 16) + tilt / 2) / (6 * x * x - 16);
  return (x * (x * (x * x - 16) + tilt)) / 2;
}
