import { IMAGE_SIZE } from './dataset.ts';

/** Mean of each channel over CIFAR-10's training set, as the papers' code has it, in units of 255. */
export const CHANNEL_MEAN = [0.4914, 0.4822, 0.4465] as const;

/** Standard deviation of each channel, likewise. */
export const CHANNEL_DEVIATION = [0.247, 0.2435, 0.2616] as const;

/** Heights and widths that pictures can be averaged down to. */
export const IMAGE_SIZES: readonly number[] = [4, 8, 16, 32];

/** How pictures become normalized ones of a size. Box averages go by their sums, which are exact. */
export interface Normalizer {
  /** `[image, image, 3]`: sums over the boxes of a picture `[32, 32, 3]`. Overwritten by the next call. */
  sums(pixels: Uint8Array): Uint8Array | Uint16Array;
  /** `[sum, 3]`: the normalized value of a box's sum, for each channel */
  readonly table: Float32Array;
}

const NORMALIZERS = new Map<number, Normalizer>();

/** The normalizer of a size among `IMAGE_SIZES`; made once. */
export function normalizer(image: number): Normalizer {
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
