import type { DatasetArrays, PictureArrays } from '../../src/data/create-dataset.ts';
import { Random } from '../../src/math/random.ts';

/** Size of made-up arrays. */
export interface ArraySize {
  /** @default 60 */
  readonly train?: number;
  /** @default 12 */
  readonly test?: number;
  /** @default 12 */
  readonly side?: number;
  /** @default 1 */
  readonly channels?: 1 | 3;
  /** @default 3 */
  readonly classes?: number;
}

/** Arrays as a program hands them over: noise around a brightness that tells the class; the classes take turns. */
export function madeUpArrays(size: ArraySize = {}): DatasetArrays {
  const { train = 60, test = 12, side = 12, channels = 1, classes = 3 } = size;
  const draw = (count: number, stream: string): PictureArrays => {
    const random = Random.fromSeed(count, stream);
    const labels = Array.from({ length: count }, (_, i) => i % classes);
    const values = side * side * channels;
    const pixels = Uint8Array.from({ length: count * values }, (_, i) => {
      const label = labels[Math.floor(i / values)] as number;
      return Math.floor((200 * label) / (classes - 1)) + random.integer(56);
    });
    return { pixels, labels };
  };
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  return { side, channels, classes: names, train: draw(train, 'train'), test: draw(test, 'test') };
}
