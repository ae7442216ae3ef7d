import { Random } from '../math/random.ts';
import { eraseSquares } from './cutout.ts';
import { IMAGE_BYTES, type ImageSet } from './dataset.ts';
import { IMAGE_SIZES, type Normalizer, normalizer } from './normalize.ts';

/** Pictures and their labels, as an engine takes them. */
export interface MiniBatch {
  /** `[batch, image, image, 3]`, row-major, normalized */
  readonly images: Float32Array;
  /** `[batch]`, class of each picture */
  readonly labels: Uint8Array;
}

/** Which mini-batch of a training run. */
export interface TrainingRequest {
  readonly seed: number;
  /** Name of the stream of mini-batches; streams of one seed are independent. */
  readonly stream: string;
  /** Number of the mini-batch, from 0 through all epochs. */
  readonly step: number;
  /** Pictures in it. */
  readonly batch: number;
  /** Height and width: 4, 8, 16 or 32; below 32 pixels are averaged. */
  readonly image: number;
  /** Side of a square that is erased out of each picture, in pixels; 0: none. @default 0 */
  readonly cutout?: number;
}

/** Which pictures to evaluate on. */
export interface EvaluationRequest {
  /** Position of the first picture. */
  readonly start: number;
  /** Most pictures in the mini-batch; the last may hold fewer. */
  readonly batch: number;
  readonly image: number;
}

/** Where a picture's window lies in its padded self, and whether it is mirrored. */
interface Crop {
  /** Rows and columns that the picture is moved by, up and to the left; negative: down and to the right. */
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
}

const WHOLE: Crop = { top: 0, left: 0, mirrored: false };

/**
 * A mini-batch to train on, augmented as in DARTS: random crop with padding (4 at 32 pixels, in proportion below),
 * random mirroring, normalized; with cutout where asked for, which changes nothing else. A pure function of its
 * arguments.
 *
 * Every epoch is a new permutation of `indices`; what does not fill a last mini-batch is left out.
 *
 * @param indices pictures to draw from, as indices into the set
 * @throws RangeError where the pictures do not fill one mini-batch, or a number is out of range
 */
export function trainingMiniBatch(set: ImageSet, indices: Uint32Array, request: TrainingRequest): MiniBatch {
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
 * A mini-batch to evaluate on: pictures in order, as they are, normalized.
 *
 * @param indices pictures of the set, in order; null means all
 * @throws RangeError where no picture is left at `start`, or a number is out of range
 */
export function evaluationMiniBatch(
  set: ImageSet,
  indices: Uint32Array | null,
  { start, batch, image }: EvaluationRequest,
): MiniBatch {
  requireInteger('batch', batch, 1);
  requireInteger('start', start, 0);
  const count = indices?.length ?? set.count;
  if (start >= count) throw new RangeError(`start must be below ${count}, got ${start}`);
  const end = Math.min(start + batch, count);
  const chosen = indices?.subarray(start, end) ?? Uint32Array.from({ length: end - start }, (_, i) => start + i);
  return collect(set, chosen, image, () => WHOLE);
}

/** Gathers pictures, each cut out by its own crop. */
function collect(set: ImageSet, indices: Uint32Array, image: number, nextCrop: () => Crop): MiniBatch {
  if (!IMAGE_SIZES.includes(image)) throw new RangeError(`image must be ${IMAGE_SIZES.join(', ')}, got ${image}`);
  const normalize = normalizer(image);
  const images = new Float32Array(indices.length * image * image * 3);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (index >= set.count) throw new RangeError(`an index must be below ${set.count}, got ${index}`);
    labels[i] = set.labels[index] as number;
    const pixels = set.images.subarray(index * IMAGE_BYTES, (index + 1) * IMAGE_BYTES);
    cutOut(pixels, images, i * image * image * 3, image, normalize, nextCrop());
  }
  return { images, labels };
}

/** Writes one picture. What the crop sees of the padding is black before normalization, as in torchvision. */
function cutOut(
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

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
  }
}
