import type { Preprocessing } from '../../src/data/preprocessing.ts';

/** A network that predicts, from a run or from a file. */
export interface Classifier {
  /** Pictures that the network takes, and the classes that it tells apart. */
  readonly preprocessing: Preprocessing;
  /** Height and width that pictures had before they were averaged to the network's size. */
  readonly side: number;
  /**
   * @param pixels `[count, image, image, channels]` from 0 to 255, row-major
   * @returns `[count, classes]` probabilities
   */
  predict(pixels: Float32Array): Promise<Float32Array>;
  dispose(): void;
}
