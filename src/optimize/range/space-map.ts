import { Random } from '../../math/random.ts';
import { type CoordinateMap, createCoordinateMap, HALF } from './coordinate-map.ts';
import { fitToRange, isPerCoordinate, plainInterval, type Ranges, type ResolvedRange, resolveRange } from './range.ts';

/** Maps positions between inside, where every coordinate lies in [-5, 5], and outside, where each lies in its range. */
export class SpaceMap {
  /** `[coordinates]` */
  readonly ranges: readonly ResolvedRange[];
  /** `[coordinates]` start, outside and within the ranges */
  readonly start: Float64Array;
  /** `[coordinates]` start, inside */
  readonly inside: Float64Array;
  readonly #maps: readonly CoordinateMap[];

  /** @param start `[coordinates]` start, outside; moved to the edge of its range if it is beyond */
  constructor(ranges: readonly ResolvedRange[], start: Float64Array) {
    this.ranges = ranges;
    this.#maps = ranges.map((range, i) => createCoordinateMap(range, start[i] as number));
    this.inside = start.map((x, i) => (this.#maps[i] as CoordinateMap).toInside(x));
    this.start = start.slice();
    for (const [i, range] of ranges.entries()) this.start[i] = fitToRange(start[i] as number, range);
  }

  /** Writes the position outside. The start comes back to the bit. */
  toOutside(inside: Float64Array, outside: Float64Array): void {
    for (let i = 0; i < inside.length; i++) {
      const z = inside[i] as number;
      const isStart = z === this.inside[i];
      outside[i] = isStart
        ? (this.start[i] as number)
        : (this.#maps[i] as CoordinateMap).toOutside(Math.min(HALF, Math.max(-HALF, z)));
    }
  }

  /** The nearest value inside, of the first coordinate. */
  toInside(outside: number): number {
    return (this.#maps[0] as CoordinateMap).toInside(outside);
  }

  /** Writes the gradient inside, by the chain rule. */
  gradientInside(inside: Float64Array, gradient: Float64Array, target: Float64Array): void {
    for (let i = 0; i < inside.length; i++) {
      const slope = (this.#maps[i] as CoordinateMap).slope(inside[i] as number);
      // Categories have no slope, whatever the gradient says.
      target[i] = slope === 0 ? 0 : slope * (gradient[i] as number);
    }
  }
}

/** Copies a position and moves coordinates outside their ranges to the nearest value. */
export type Confine = (position: Float64Array, target: Float64Array) => void;

/** @throws RangeError if a range breaks its rule, or their number is another */
export function createConfine(bounds: Ranges, coordinates: number): Confine {
  const plain = plainInterval(bounds);
  const ranges = resolveRanges(bounds, coordinates);
  if (plain !== null) return (position, target) => cutOff(position, plain, target);
  return (position, target) => {
    for (const [i, range] of ranges.entries()) target[i] = fitToRange(position[i] as number, range);
  };
}

/**
 * Resolves the ranges of all coordinates.
 *
 * @throws RangeError if a range breaks its rule, or their number is another
 */
export function resolveRanges(bounds: Ranges, coordinates: number): ResolvedRange[] {
  if (!isPerCoordinate(bounds)) return Array<ResolvedRange>(coordinates).fill(resolveRange(bounds));
  if (bounds.length === coordinates) return bounds.map(resolveRange);
  throw new RangeError(`bounds must have ${coordinates} ranges, one for each coordinate, got ${bounds.length}`);
}

/** Draws a start: uniformly from finite ranges, and around 0 or the finite end of open ones. */
export function drawWithin(ranges: readonly ResolvedRange[], seed: number): Float64Array {
  const random = Random.fromSeed(seed, 'start');
  return Float64Array.from(ranges, (range) => {
    const { kind, low, high } = range;
    const u = random.uniform();
    const width = (high ?? Infinity) - (low ?? -Infinity);
    if (kind === 'linear' && !range.integer && width < Infinity) return (low as number) + width * u;
    const map = createCoordinateMap(range, low ?? high ?? 0);
    if (low !== null && high !== null) return map.toOutside(2 * HALF * u - HALF);
    // A fifth of the way, where the steps are still fine.
    if (low !== null) return map.toOutside(2 * u - HALF);
    return map.toOutside(high !== null ? HALF - 2 * u : 2 * u - 1);
  });
}

/** Copies a position and moves coordinates outside the bounds to their edge. */
function cutOff(position: Float64Array, bounds: readonly [number, number], target: Float64Array): void {
  const low = bounds[0];
  const high = bounds[1];
  target.set(position);
  // Most positions are inside the bounds; this is the cheapest test.
  let smallest = low;
  let largest = high;
  for (let i = 0; i < position.length; i++) {
    const x = position[i] as number;
    if (x < smallest) smallest = x;
    if (x > largest) largest = x;
  }
  if (smallest === low && largest === high) return;
  for (let i = 0; i < position.length; i++) target[i] = Math.min(high, Math.max(low, position[i] as number));
}
