import { fitToRange, type ResolvedRange } from './range.ts';

/** Half the width that every coordinate has inside: the paper's domain is [-5, 5]. */
export const HALF = 5;
/** Growth of the steps toward an open end. An end of both sides is reached at about 5e5 scales, one of one side at 1e6. */
const BOTH = 3;
const ONE = 1.5;

/** A map of one coordinate between inside, where it lies in [-5, 5], and outside, where it lies in its range. */
export interface CoordinateMap {
  toOutside(inside: number): number;
  /** Derivative of the value outside; 0 for a category. */
  slope(inside: number): number;
  /** The nearest value inside. */
  toInside(outside: number): number;
}

/**
 * Creates the map of a range. Finite ranges are mapped linearly, or by the logarithm. Toward an open end the steps grow
 * exponentially (a hyperbolic sine), so that both the neighborhood of the center and far values are reached.
 *
 * @param center value around which an open range is fine: the start
 */
export function createCoordinateMap(range: ResolvedRange, center: number): CoordinateMap {
  const { kind, low, high, integer } = range;
  if (kind === 'category') return mapCategories((high as number) + 1);
  // Every integer has the same share of the inside.
  const margin = integer ? 0.5 : 0;
  const from = low === null ? -Infinity : low - margin;
  const to = high === null ? Infinity : high + margin;
  const smooth = kind === 'log' ? mapLogarithms(from, to) : mapLinearly(from, to, center);
  return {
    toOutside(z) {
      // Rounding may miss an end of the range.
      if (z >= HALF && high !== null) return high;
      if (z <= -HALF && low !== null) return low;
      return fitToRange(smooth.toOutside(z), range);
    },
    slope: smooth.slope,
    toInside: (x) => Math.min(HALF, Math.max(-HALF, smooth.toInside(fitToRange(x, range)))),
  };
}

function mapLinearly(low: number, high: number, center: number): CoordinateMap {
  const isOpen = [low === -Infinity, high === Infinity] as const;
  if (isOpen[0] && isOpen[1]) return mapOpen(center, Math.max(1, Math.abs(center)), BOTH, 0, 1);
  if (isOpen[1]) return mapOpen(low, Math.max(1, Math.abs(center - low)), ONE, HALF, 1);
  if (isOpen[0]) return mapOpen(high, Math.max(1, Math.abs(high - center)), ONE, HALF, -1);
  const half = high / 2 - low / 2;
  const middle = low + half;
  return {
    toOutside: (z) => middle + half * (z / HALF),
    slope: () => half / HALF,
    toInside: (x) => HALF * ((x - middle) / half),
  };
}

/** x = origin + sign scale sinh(growth (sign z + shift)) / growth */
function mapOpen(origin: number, scale: number, growth: number, shift: number, sign: 1 | -1): CoordinateMap {
  return {
    toOutside: (z) => origin + (sign * scale * Math.sinh(growth * (sign * z + shift))) / growth,
    slope: (z) => scale * Math.cosh(growth * (sign * z + shift)),
    toInside: (x) => sign * (Math.asinh((growth * sign * (x - origin)) / scale) / growth - shift),
  };
}

function mapLogarithms(low: number, high: number): CoordinateMap {
  const half = Math.log(high / low) / 2;
  const middle = Math.log(low) + half;
  const toOutside = (z: number): number => Math.exp(middle + half * (z / HALF));
  return {
    toOutside,
    slope: (z) => (toOutside(z) * half) / HALF,
    toInside: (x) => HALF * ((Math.log(x) - middle) / half),
  };
}

/** Each of the k categories has the same share of the inside; no gradient leads from one to the other. */
function mapCategories(count: number): CoordinateMap {
  const last = count - 1;
  return {
    toOutside: (z) => Math.min(last, Math.max(0, Math.floor(((z + HALF) / (2 * HALF)) * count))),
    slope: () => 0,
    toInside: (x) => ((Math.min(last, Math.max(0, Math.round(x))) + 0.5) / count) * 2 * HALF - HALF,
  };
}
