import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/math/random.ts';

export interface TinyCifarOptions {
  /** Training pictures, dealt out to five files; at least 5. @default 200 */
  readonly train?: number;
  /** Test pictures. @default 50 */
  readonly test?: number;
  /** @default 0 */
  readonly seed?: number;
}

const SIDE = 32;

/** Mean color of each class. Any two differ by at least 60 in some channel, so even one averaged pixel tells. */
const COLORS: readonly (readonly [number, number, number])[] = [
  [60, 60, 60],
  [190, 60, 60],
  [60, 190, 60],
  [60, 60, 190],
  [190, 190, 60],
  [190, 60, 190],
  [60, 190, 190],
  [190, 190, 190],
  [125, 125, 60],
  [60, 125, 125],
];

/**
 * Writes a tiny data set in the official binary format: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
 * The same arguments give the same bytes. A class shows in the color of its pictures and in the direction and width of
 * their stripes, under noise, so that a network can learn it; classes follow one another, 0 to 9, over and over.
 */
export function writeTinyCifar(folder: string, { train = 200, test = 50, seed = 0 }: TinyCifarOptions = {}): void {
  if (train < 5 || test < 1) throw new RangeError(`a tiny set needs 5 and 1 pictures, got ${train} and ${test}`);
  mkdirSync(folder, { recursive: true });
  const random = Random.fromSeed(seed, 'tiny-cifar');
  for (let file = 0; file < 5; file++) {
    const [start, end] = [Math.floor((train * file) / 5), Math.floor((train * (file + 1)) / 5)] as const;
    writeFileSync(join(folder, `data_batch_${file + 1}.bin`), drawRecords(start, end, random));
  }
  writeFileSync(join(folder, 'test_batch.bin'), drawRecords(0, test, random));
}

/** Records of pictures `start` to before `end`: the label, then the red, green and blue planes. */
function drawRecords(start: number, end: number, random: Random): Uint8Array {
  const records: number[] = [];
  for (let i = start; i < end; i++) {
    const label = i % 10;
    const width = 2 + (label >> 1);
    const phase = random.integer(2 * width);
    records.push(label);
    for (const mean of COLORS[label]!) {
      for (let y = 0; y < SIDE; y++) {
        for (let x = 0; x < SIDE; x++) {
          const along = label % 2 === 0 ? x : y;
          const stripe = Math.floor((along + phase) / width) % 2 === 0 ? 20 : -20;
          records.push(mean + stripe + random.integer(61) - 30);
        }
      }
    }
  }
  return Uint8Array.from(records);
}
