import { Random } from '../math/random.ts';
import { balancedOrder } from './balanced-order.ts';
import { countPictureBytes, type ImageSet } from './dataset.ts';
import { type Normalizer, normalizer, type PictureFacts } from './normalizer.ts';
import { withPixels } from './pixel-store.ts';

/** Normalized pictures and their labels: the part of an engine's `MiniBatch` that comes from the data. */
export interface NormalizedImages {
  /** `[batch, image, image, channels]` pictures, row-major */
  readonly images: Float32Array;
  /** `[batch]` class of each picture */
  readonly labels: Uint16Array;
}

/** What every mini-batch is made by. */
interface PictureRequest {
  /** Shape and normalization of the set's pictures. */
  readonly facts: PictureFacts;
  /** Height and width in pixels: those of the set's pictures, or a divisor of them. Boxes of pixels are averaged. */
  readonly image: number;
}

/** Names a mini-batch of a training run. */
export interface TrainingRequest extends PictureRequest {
  readonly seed: number;
  /** Name of the stream of mini-batches; streams of one seed are independent. */
  readonly stream: string;
  /** Index of the mini-batch, from 0 through all epochs. */
  readonly step: number;
  /** Number of pictures. */
  readonly batch: number;
  /** Side of the square that cutout erases from each picture, in pixels. @default 0: none */
  readonly cutout?: number;
  /** Chance that a picture is cut out. @default 1 */
  readonly cutoutChance?: number;
  /** Whether half of the pictures are mirrored, chosen at random. @default true */
  readonly flip?: boolean;
  /** Whether each class is drawn equally often; see `balancedOrder`. @default false */
  readonly balance?: boolean;
}

/** Names a mini-batch to evaluate on. */
export interface EvaluationRequest extends PictureRequest {
  /** Index of the first picture. */
  readonly start: number;
  /** Largest number of pictures; the last mini-batch may hold fewer. */
  readonly batch: number;
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
 * Makes a mini-batch to train on, augmented as in DARTS: a random crop with padding (4 at 32 pixels, in proportion at
 * other sizes), random mirroring, normalization and, if requested, cutout. A pure function of its arguments. Neither
 * cutout nor mirroring changes another random number.
 *
 * Every epoch is a new permutation of `indices`. Pictures that do not fill a last mini-batch are left out. With `balance`,
 * an epoch has as many mini-batches, filled by `balancedOrder`.
 *
 * @param indices pictures to draw from, as indices into the set. Their order in an epoch is remembered, so they must not
 *   change between calls
 * @throws RangeError if the pictures do not fill one mini-batch, or a number is out of range
 * @throws DataError if a file of pixels cannot be read
 */
export function trainingMiniBatch(set: ImageSet, indices: Uint32Array, request: TrainingRequest): NormalizedImages {
  const { facts, seed, stream, step, batch, image, cutout = 0, cutoutChance, flip = true } = request;
  requireInteger('batch', batch, 1);
  requireInteger('step', step, 0);
  requireInteger('cutout', cutout, 0);
  const stepsPerEpoch = Math.floor(indices.length / batch);
  if (stepsPerEpoch === 0) throw new RangeError(`batch must be at most ${indices.length} pictures, got ${batch}`);
  const epoch = Math.floor(step / stepsPerEpoch);
  const order = orderOf(set, indices, request, epoch, stepsPerEpoch * batch);
  const first = (step - epoch * stepsPerEpoch) * batch;

  const padding = Math.round((4 * image) / 32);
  const random = Random.fromSeed(seed, stream, 'augmentation', step);
  const made = collect(set, order.subarray(first, first + batch), request, () => ({
    top: random.integer(2 * padding + 1) - padding,
    left: random.integer(2 * padding + 1) - padding,
    mirrored: random.integer(2) === 1 && flip,
  }));
  if (cutout > 0) {
    eraseSquares(
      made.images,
      { image, channels: facts.channels },
      cutout,
      Random.fromSeed(seed, stream, 'cutout', step),
      cutoutChance,
    );
  }
  return made;
}

/** The newest order of an epoch for each list of indices. */
const ORDERS = new WeakMap<Uint32Array, { readonly name: string; readonly order: Uint32Array }>();

/** Orders the pictures of an epoch. Many mini-batches ask for the same order, so the newest is remembered. */
function orderOf(
  set: ImageSet,
  indices: Uint32Array,
  { seed, stream, balance = false }: TrainingRequest,
  epoch: number,
  places: number,
): Uint32Array {
  const name = JSON.stringify([seed, stream, balance, epoch, places]);
  const known = ORDERS.get(indices);
  if (known?.name === name) return known.order;
  const random = Random.fromSeed(seed, stream, 'order', epoch);
  const order = balance ? balancedOrder(set.labels, indices, places, random) : indices.slice();
  if (!balance) random.shuffle(order);
  ORDERS.set(indices, { name, order });
  return order;
}

/**
 * Makes a mini-batch to evaluate on: normalized pictures in order, without augmentation.
 *
 * @param indices pictures of the set, in order; null means all
 * @throws RangeError if no picture is left at `start`, or a number is out of range
 * @throws DataError if a file of pixels cannot be read
 */
export function evaluationMiniBatch(
  set: ImageSet,
  indices: Uint32Array | null,
  request: EvaluationRequest,
): NormalizedImages {
  const { start, batch } = request;
  requireInteger('batch', batch, 1);
  requireInteger('start', start, 0);
  const count = indices?.length ?? set.count;
  if (start >= count) throw new RangeError(`start must be below ${count}, got ${start}`);
  const end = Math.min(start + batch, count);
  const chosen = indices?.subarray(start, end) ?? Uint32Array.from({ length: end - start }, (_, i) => start + i);
  return collect(set, chosen, request, () => WHOLE);
}

/** Gathers pictures, each with its own crop. */
function collect(
  set: ImageSet,
  indices: Uint32Array,
  { facts, image }: PictureRequest,
  nextCrop: () => Crop,
): NormalizedImages {
  const normalize = normalizer(facts, image);
  const values = image * image * facts.channels;
  const bytes = countPictureBytes(facts);
  const images = new Float32Array(indices.length * values);
  const labels = new Uint16Array(indices.length);
  withPixels(set.images, (read) => {
    for (const [i, index] of indices.entries()) {
      if (index >= set.count) throw new RangeError(`an index must be below ${set.count}, got ${index}`);
      labels[i] = set.labels[index] as number;
      writeCrop(
        read(index * bytes, bytes),
        images,
        i * values,
        { image, channels: facts.channels },
        normalize,
        nextCrop(),
      );
    }
  });
  return { images, labels };
}

/** Height and width, and channels, of normalized pictures. */
interface Size {
  readonly image: number;
  readonly channels: number;
}

/** Writes one crop, normalized. The padding is black before normalization, as in torchvision. */
function writeCrop(
  pixels: Uint8Array,
  images: Float32Array,
  at: number,
  { image, channels }: Size,
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
      const from = (fromY * image + fromX) * channels;
      for (let c = 0; c < channels; c++) {
        images[to++] = table[(inside ? (averaged[from + c] as number) : 0) * channels + c] as number;
      }
    }
  }
}

/**
 * Cutout (DeVries and Taylor 2017, "Improved regularization of convolutional neural networks with cutout", as in DARTS):
 * erases a square from each picture, in place. The center is drawn uniformly over the picture's pixels; parts outside
 * the picture are cut off. Erased pixels are 0, the mean color after normalization.
 *
 * @param images `[batch, image, image, channels]` normalized pictures, row-major
 * @param side side of the square in pixels; the square begins floor(side / 2) above and to the left of its center
 * @param chance that a picture has a square. @default 1
 */
export function eraseSquares(
  images: Float32Array,
  { image, channels }: Size,
  side: number,
  random: Random,
  chance = 1,
): void {
  const row = image * channels;
  for (let first = 0; first < images.length; first += image * row) {
    const [top, bottom] = span(random.integer(image), side, image);
    const [left, right] = span(random.integer(image), side, image);
    if (chance < 1 && random.uniform() >= chance) continue;
    for (let y = top; y < bottom; y++) {
      images.fill(0, first + y * row + left * channels, first + y * row + right * channels);
    }
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
