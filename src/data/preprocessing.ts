import { readDataRecord } from './data-record.ts';

/** What a user of a trained network must know: the pictures that it takes, and the classes that it tells apart. */
export interface Preprocessing {
  /** Height and width of a picture, in pixels. */
  readonly image: number;
  /** Channels of a pixel: 1 is gray; 3 are red, green and blue. */
  readonly channels: 1 | 3;
  /** `[channels]` mean of each channel, in units of 255 */
  readonly mean: readonly number[];
  /** `[channels]` standard deviation of each channel, in units of 255 */
  readonly deviation: readonly number[];
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[];
}

/**
 * The preprocessing of a network, by what its run's record keeps of the data.
 *
 * @param recorded `data` of the record; older runs are on CIFAR-10
 * @throws DataError if it is damaged
 */
export function recordedPreprocessing(recorded: unknown, image: number): Preprocessing {
  const { channels, mean, deviation, classes } = readDataRecord(recorded);
  return { image, channels, mean, deviation, classes };
}

/**
 * Normalizes pixels: (pixel / 255 - mean) / deviation.
 *
 * @param pixels `[count, height, width, channels]` from 0 to 255, row-major
 */
export function normalizePixels(
  pixels: ArrayLike<number>,
  { channels, mean, deviation }: Pick<Preprocessing, 'channels' | 'mean' | 'deviation'>,
): Float32Array {
  return Float32Array.from(pixels, (pixel, i) => {
    const channel = i % channels;
    return (pixel / 255 - (mean[channel] as number)) / (deviation[channel] as number);
  });
}
