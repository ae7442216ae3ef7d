import type { Chunks } from '../../../../src/engine/cpu/plan/schedule.ts';
import { Random } from '../../../../src/math/random.ts';

/** A mini-batch of pictures, channels last, and how it is cut into chunks. */
export interface Shape {
  readonly chunks: Chunks;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

function shape(pictures: number, each: number, height: number, width: number, channels: number): Shape {
  return { chunks: { pictures, each, count: Math.ceil(pictures / each) }, height, width, channels };
}

/**
 * Channels for every width of vector (16, 8, 4), those that have code of their own (8, 16, 32, 64) and others; rows
 * that blocks of 8, 4 and 1 pixels fill and do not; a picture of one pixel; chunks that are full and that are not.
 */
export const SHAPES: readonly Shape[] = [
  shape(1, 1, 5, 7, 4),
  shape(2, 1, 1, 1, 8),
  shape(2, 2, 4, 8, 8),
  shape(3, 2, 3, 13, 12),
  shape(3, 1, 4, 9, 16),
  shape(2, 1, 6, 5, 20),
  shape(1, 1, 2, 3, 24),
  shape(3, 3, 4, 12, 32),
  shape(2, 1, 3, 4, 64),
  shape(1, 1, 2, 5, 48),
];

/** Mixing weights of what is made, though it adds nothing, and of what is left out. */
export const MADE = Float32Array.of(0);
export const SKIPPED = Float32Array.of(-0);

/** A shape in words, for the titles of tests. */
export function describeShape({ chunks: { pictures, each }, height, width, channels }: Shape): string {
  return `${pictures} pictures, ${each} a chunk, ${height}x${width}x${channels}`;
}

/** Standard normal, by the seeded stream of this name. */
export function normals(name: string, floats: number): Float32Array {
  const random = Random.fromSeed(1, name);
  return Float32Array.from({ length: floats }, () => random.normal());
}

/** What a term of a node is multiplied by: with and without a mixing weight, and drops of each picture. */
export function factorOf(
  term: number,
  pictures: number,
): {
  readonly mixing: Float32Array | null;
  readonly drops: Float32Array | null;
  readonly at: (picture: number) => number;
} {
  const mixing = term % 4 === 3 ? null : normals(`mixing ${term}`, 1);
  const drops = term % 2 === 0 ? null : normals(`drops ${term}`, pictures).map((value) => Math.max(0, value));
  const own = (of: Float32Array | null, i: number): number => (of === null ? 1 : (of[i] as number));
  return { mixing, drops, at: (picture) => own(mixing, 0) * own(drops, picture) };
}

/** Factors of pictures that change no rounding: 0 and powers of two. */
export function exactDrops(pictures: number): Float32Array {
  return Float32Array.from({ length: pictures }, (_, n) => [0.5, 0, 2][n % 3] as number);
}

/** Every picture's values times its factor. */
export function multiplied(values: Float32Array, factors: Float32Array): Float32Array {
  const each = values.length / factors.length;
  return values.map((value, i) => value * (factors[Math.floor(i / each)] as number));
}

/** Sums of every picture over its pixels: `[pictures][rows][channels]`, a row for each of the values. */
export function sumPictures(
  pixels: number,
  channels: number,
  pictures: number,
  rows: readonly ((i: number) => number)[],
): Float64Array {
  const sums = new Float64Array(pictures * rows.length * channels);
  for (let n = 0; n < pictures; n++) {
    for (const [r, row] of rows.entries()) {
      for (let i = 0; i < pixels * channels; i++) {
        (sums[(n * rows.length + r) * channels + (i % channels)] as number) += row(n * pixels * channels + i);
      }
    }
  }
  return sums;
}

/** a g + b z + c by channel: what a batch norm's gradient comes to. @param abc `[3][channels]` */
export function differentiated(g: Float32Array, z: Float32Array, abc: Float32Array, channels: number): Float64Array {
  return Float64Array.from(g, (gradient, i) => {
    const k = i % channels;
    const [a, b, c] = [abc[k] as number, abc[channels + k] as number, abc[2 * channels + k] as number];
    return a * gradient + b * (z[i] as number) + c;
  });
}
