import type { BlockGraph, NoiseOperation } from '../network/block-graph.ts';
import { valueSize } from '../network/count.ts';
import { noiseShapes } from '../network/noise-shapes.ts';

/**
 * Makes the values of each operation `noise` in turn, `[pictures, height, width, channels]`: those of a mini-batch that brings
 * them, or standard normal ones, which are the same in every engine. The latter are a pure function of the seed, of the
 * operation's number in the network and of the picture's in the mini-batch.
 */
export function* noiseValues(
  graph: BlockGraph,
  noise: number | Float32Array,
  pictures: number,
): Generator<[NoiseOperation, Float32Array]> {
  let start = 0;
  for (const [number, [operation, shape]] of [...noiseShapes(graph)].entries()) {
    const end = start + pictures * valueSize(shape);
    const values = typeof noise === 'number' ? draw(noise, number, pictures, end - start) : noise.subarray(start, end);
    yield [operation, values];
    start = end;
  }
}

/** Draws the values of one operation for all pictures, in pairs by Box and Muller's method. Channels are even. */
function draw(seed: number, operation: number, pictures: number, length: number): Float32Array {
  polar ??= makePolar();
  const { radius, cosine } = polar;
  const values = new Float32Array(length);
  const each = length / pictures;
  for (let n = 0; n < pictures; n++) {
    const key = scramble(scramble(seed, operation), n);
    const other = scramble(key, 1);
    for (let i = n * each, counter = key; i < (n + 1) * each; i += 2, counter = (counter + 1) | 0) {
      const bits = scramble(counter, other);
      const distance = radius[bits & LAST] as number;
      const angle = bits >>> 16;
      values[i] = distance * (cosine[angle] as number);
      values[i + 1] = distance * (cosine[(angle + QUARTER) & LAST] as number);
    }
  }
  return values;
}

/** Mixes 32 bits until each depends on all ("lowbias32" of Wellons, 2018). A second number enters between the rounds. */
function scramble(bits: number, more: number): number {
  let x = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  x = Math.imul(((x ^ (x >>> 15)) + more) | 0, 0x846ca68b);
  return x ^ (x >>> 16);
}

/** 16 bits choose a distance, and 16 an angle. */
const LEVELS = 2 ** 16;
const LAST = LEVELS - 1;
const QUARTER = LEVELS / 4;

let polar: ReturnType<typeof makePolar> | null = null;

/** Tables of the distance from the origin and of the cosine: the logarithms would take most of the time. */
function makePolar() {
  const middle = Float64Array.from({ length: LEVELS }, (_, i) => (i + 0.5) / LEVELS);
  return {
    radius: Float32Array.from(middle, (share) => Math.sqrt(-2 * Math.log(share))),
    cosine: Float32Array.from(middle, (share) => Math.cos(2 * Math.PI * share)),
  };
}
