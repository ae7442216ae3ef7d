import { countPictureBytes, type DataShape, type ImageSet } from './dataset.ts';
import { readAllPixels } from './pixel-store.ts';

/**
 * Measures mean and standard deviation of each channel over a set, in units of 255. Both are exact up to the rounding of
 * the last division. A channel of one value has the deviation 1, so that it normalizes to 0.
 *
 * @returns `[channels]` each
 * @throws DataError if a file of pixels cannot be read
 */
export function measureChannels(
  { images, count }: ImageSet,
  shape: Pick<DataShape, 'side' | 'channels'>,
): { readonly mean: number[]; readonly deviation: number[] } {
  const { channels } = shape;
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  readAllPixels(images, count, countPictureBytes(shape), (bytes) => {
    for (let i = 0; i < bytes.length; i += channels) {
      for (let c = 0; c < channels; c++) (counts[c] as Float64Array)[bytes[i + c] as number]! += 1;
    }
  });
  const pixels = count * shape.side ** 2;
  const mean = counts.map((of) => of.reduce((sum, n, value) => sum + n * value, 0) / pixels / 255);
  const deviation = counts.map((of, c) => {
    const squares = of.reduce((sum, n, value) => sum + n * (value / 255 - (mean[c] as number)) ** 2, 0);
    return Math.sqrt(squares / pixels) || 1;
  });
  return { mean, deviation };
}
