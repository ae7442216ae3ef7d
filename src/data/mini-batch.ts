import { Random } from '../math/random.ts';
import { IMAGE_BYTES, IMAGE_SIZE, type ImageSet } from './dataset.ts';

/** `[3]` mean of each channel over CIFAR-10's training set, in units of 255, from the papers' code */
export const CHANNEL_MEAN = [0.4914, 0.4822, 0.4465] as const;

/** `[3]` standard deviation of each channel over CIFAR-10's training set, in units of 255, from the papers' code */
export const CHANNEL_DEVIATION = [0.247, 0.2435, 0.2616] as const;

/** Heights and widths that pictures can be averaged down to. */
const IMAGE_SIZES: readonly number[] = [4, 8, 16, 32];

/** Normalized pictures and their labels: the part of an engine's `MiniBatch` that comes from the data. */
export interface NormalizedImages {
  /** `[batch, image, image, 3]` pictures, row-major */
  readonly images: Float32Array;
  /** `[batch]` class of each picture */
  readonly labels: Uint8Array;
}

/** Names a mini-batch of a training run. */
export interface TrainingRequest {
  readonly seed: number;
  /** Name of the stream of mini-batches; streams of one seed are independent. */
  readonly stream: string;
  /** Index of the mini-batch, from 0 through all epochs. */
  readonly step: number;
  /** Number of pictures. */
  readonly batch: number;
  /** Height and width in pixels: 4, 8, 16 or 32. Sizes below 32 average boxes of pixels. */
  readonly image: number;
  /** Side of the square that cutout erases from each picture, in pixels. @default 0: none */
  readonly cutout?: number;
}

/** Names a mini-batch to evaluate on. */
export interface EvaluationRequest {
  /** Index of the first picture. */
  readonly start: number;
  /** Largest number of pictures; the last mini-batch may hold fewer. */
  readonly batch: number;
  /** Height and width in pixels: 4, 8, 16 or 32. */
  readonly image: number;
}

/** A crop of a padded picture. */
interface Crop {
  /** Rows that the picture moves up; negative: down. */
  readonly top: number;
  /** Columns that the picture moves to the left; negative: to the right. */
  readonly left: number;
  readonly mirrored: boolean;
}

const WHOLE: Crop = { top: 0, left: 0, mirrored: false };

/**
 * Makes a mini-batch to train on, augmented as in DARTS: a random crop with padding (4 at 32 pixels, in proportion
 * below), random mirroring, normalization and, if requested, cutout. A pure function of its arguments. Cutout changes no
 * other random number.
 *
 * Every epoch is a new permutation of `indices`. Pictures that do not fill a last mini-batch are left out.
 *
 * @param indices pictures to draw from, as indices into the set
 * @throws RangeError if the pictures do not fill one mini-batch, or a number is out of range
 */
export function trainingMiniBatch(set: ImageSet, indices: Uint32Array, request: TrainingRequest): NormalizedImages {
  const { seed, stream, step, batch, image, cutout = 0 } = request;
  requireInteger('batch', batch, 1);
  requireInteger('step', step, 0);
  requireInteger('cutout', cutout, 0);
  const stepsPerEpoch = Math.floor(indices.length / batch);
  if (stepsPerEpoch === 0) throw new RangeError(`batch must be at most ${indices.length} pictures, got ${batch}`);
  const epoch = Math.floor(step / stepsPerEpoch);
  const order = indices.slice();
  Random.fromSeed(seed, stream, 'order', epoch).shuffle(order);
  const first = (step - epoch * stepsPerEpoch) * batch;

  const padding = Math.round((4 * image) / 32);
  const random = Random.fromSeed(seed, stream, 'augmentation', step);
  const made = collect(set, order.subarray(first, first + batch), image, () => ({
    top: random.integer(2 * padding + 1) - padding,
    left: random.integer(2 * padding + 1) - padding,
    mirrored: random.integer(2) === 1,
  }));
  if (cutout > 0) eraseSquares(made.images, image, cutout, Random.fromSeed(seed, stream, 'cutout', step));
  return made;
}

/**
 * Makes a mini-batch to evaluate on: normalized pictures in order, without augmentation.
 *
 * @param indices pictures of the set, in order; null means all
 * @throws RangeError if no picture is left at `start`, or a number is out of range
 */
export function evaluationMiniBatch(
  set: ImageSet,
  indices: Uint32Array | null,
  { start, batch, image }: EvaluationRequest,
): NormalizedImages {
  requireInteger('batch', batch, 1);
  requireInteger('start', start, 0);
  const count = indices?.length ?? set.count;
  if (start >= count) throw new RangeError(`start must be below ${count}, got ${start}`);
  const end = Math.min(start + batch, count);
  const chosen = indices?.subarray(start, end) ?? Uint32Array.from({ length: end - start }, (_, i) => start + i);
  return collect(set, chosen, image, () => WHOLE);
}

/** Gathers pictures, each with its own crop. */
function collect(set: ImageSet, indices: Uint32Array, image: number, nextCrop: () => Crop): NormalizedImages {
  if (!IMAGE_SIZES.includes(image)) throw new RangeError(`image must be ${IMAGE_SIZES.join(', ')}, got ${image}`);
  const normalize = normalizer(image);
  const images = new Float32Array(indices.length * image * image * 3);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (index >= set.count) throw new RangeError(`an index must be below ${set.count}, got ${index}`);
    labels[i] = set.labels[index] as number;
    const pixels = set.images.subarray(index * IMAGE_BYTES, (index + 1) * IMAGE_BYTES);
    writeCrop(pixels, images, i * image * image * 3, image, normalize, nextCrop());
  }
  return { images, labels };
}

/** Writes one crop, normalized. The padding is black before normalization, as in torchvision. */
function writeCrop(
  pixels: Uint8Array,
  images: Float32Array,
  at: number,
  image: number,
  { sums, table }: Normalizer,
  { top, left, mirrored }: Crop,
): void {
  const averaged = sums(pixels);
  let to = at;
  for (let y = 0; y < image; y++) {
    const fromY = y + top;
    for (let x = 0; x < image; x++) {
      const fromX = (mirrored ? image - 1 - x : x) + left;
      const inside = fromY >= 0 && fromY < image && fromX >= 0 && fromX < image;
      const from = (fromY * image + fromX) * 3;
      for (let c = 0; c < 3; c++) images[to++] = table[(inside ? (averaged[from + c] as number) : 0) * 3 + c] as number;
    }
  }
}

/** Averages and normalizes pictures to a size. Box averages are looked up by their sums, which are exact. */
interface Normalizer {
  /** Returns the sums over the boxes of a picture `[32, 32, 3]`: `[image, image, 3]`. The next call overwrites them. */
  sums(pixels: Uint8Array): Uint8Array | Uint16Array;
  /** `[sum, 3]` normalized value of a box's sum, for each channel */
  readonly table: Float32Array;
}

const NORMALIZERS = new Map<number, Normalizer>();

/** Returns the normalizer of a size among `IMAGE_SIZES`; made once. */
function normalizer(image: number): Normalizer {
  let made = NORMALIZERS.get(image);
  if (made === undefined) {
    made = createNormalizer(image);
    NORMALIZERS.set(image, made);
  }
  return made;
}

function createNormalizer(image: number): Normalizer {
  const side = IMAGE_SIZE / image;
  const largest = 255 * side * side;
  const table = new Float32Array((largest + 1) * 3);
  for (let sum = 0; sum <= largest; sum++) {
    for (let c = 0; c < 3; c++) {
      table[sum * 3 + c] = (sum / largest - (CHANNEL_MEAN[c] as number)) / (CHANNEL_DEVIATION[c] as number);
    }
  }
  if (side === 1) return { sums: (pixels) => pixels, table };

  const sums = new Uint16Array(image * image * 3); // 8 x 8 boxes sum to at most 16,320
  return {
    sums(pixels) {
      sums.fill(0);
      for (let y = 0; y < IMAGE_SIZE; y++) {
        const row = Math.floor(y / side) * image;
        for (let x = 0; x < IMAGE_SIZE; x++) {
          const to = (row + Math.floor(x / side)) * 3;
          const from = (y * IMAGE_SIZE + x) * 3;
          for (let c = 0; c < 3; c++) sums[to + c]! += pixels[from + c] as number;
        }
      }
      return sums;
    },
    table,
  };
}

/**
 * Cutout (DeVries and Taylor 2017, "Improved regularization of convolutional neural networks with cutout", as in DARTS):
 * erases a square from each picture, in place. The center is drawn uniformly over the picture's pixels; parts outside
 * the picture are cut off. Erased pixels are 0, the mean color after normalization.
 *
 * @param images `[batch, image, image, 3]` normalized pictures, row-major
 * @param side side of the square in pixels; the square begins floor(side / 2) above and to the left of its center
 */
export function eraseSquares(images: Float32Array, image: number, side: number, random: Random): void {
  const row = image * 3;
  for (let first = 0; first < images.length; first += image * row) {
    const [top, bottom] = span(random.integer(image), side, image);
    const [left, right] = span(random.integer(image), side, image);
    for (let y = top; y < bottom; y++) images.fill(0, first + y * row + left * 3, first + y * row + right * 3);
  }
}

/** Returns the first erased pixel, and the one after the last. */
function span(center: number, side: number, image: number): readonly [number, number] {
  const from = center - Math.floor(side / 2);
  return [Math.max(0, from), Math.min(image, from + side)];
}

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
  }
}
