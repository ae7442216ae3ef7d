import type { DataShape } from './dataset.ts';

/** Shape of a set's pictures, and what normalizes them. A `LoadedDataset` has all of it. */
export interface PictureFacts extends Pick<DataShape, 'side' | 'channels'> {
  /** `[channels]` mean of each channel, in units of 255 */
  readonly mean: readonly number[];
  /** `[channels]` standard deviation of each channel, in units of 255 */
  readonly deviation: readonly number[];
}

/** Averages and normalizes pictures to a size. Box averages are looked up by their sums, which are exact. */
export interface Normalizer {
  /** Returns the sums over the boxes of a picture: `[image, image, channels]`. The next call overwrites them. */
  sums(pixels: Uint8Array): Uint8Array | Uint32Array;
  /** `[sum, channels]` normalized value of a box's sum, for each channel */
  readonly table: Float32Array;
}

const NORMALIZERS = new WeakMap<PictureFacts, Map<number, Normalizer>>();

/**
 * Returns what makes pictures of a size from a set's; made once for each size.
 *
 * @throws RangeError if the size does not divide the side of the pictures
 */
export function normalizer(facts: PictureFacts, image: number): Normalizer {
  const made = NORMALIZERS.get(facts) ?? new Map<number, Normalizer>();
  NORMALIZERS.set(facts, made);
  const known = made.get(image) ?? createNormalizer(facts, image);
  made.set(image, known);
  return known;
}

function createNormalizer({ side, channels, mean, deviation }: PictureFacts, image: number): Normalizer {
  const box = side / image;
  if (!Number.isInteger(box)) throw new RangeError(`image must divide the pictures’ ${side} pixels, got ${image}`);
  const largest = 255 * box * box;
  const table = new Float32Array((largest + 1) * channels);
  for (let sum = 0; sum <= largest; sum++) {
    for (let c = 0; c < channels; c++) {
      table[sum * channels + c] = (sum / largest - (mean[c] as number)) / (deviation[c] as number);
    }
  }
  if (box === 1) return { sums: (pixels) => pixels, table };

  const sums = new Uint32Array(image * image * channels);
  return {
    sums(pixels) {
      sums.fill(0);
      for (let y = 0; y < side; y++) {
        const row = Math.floor(y / box) * image;
        for (let x = 0; x < side; x++) {
          const to = (row + Math.floor(x / box)) * channels;
          const from = (y * side + x) * channels;
          for (let c = 0; c < channels; c++) sums[to + c]! += pixels[from + c] as number;
        }
      }
      return sums;
    },
    table,
  };
}
