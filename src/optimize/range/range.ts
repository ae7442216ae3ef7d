import { sayValue } from '../../math/say-value.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';

export interface RangeOptions {
  /** Least value. @default -Infinity */
  readonly low?: number;
  /** Largest value. @default Infinity */
  readonly high?: number;
  /** `log` makes equal factors equal steps; it needs finite bounds above 0. @default 'linear' */
  readonly scale?: 'linear' | 'log';
  /** Whether the objective sees integers only. @default false */
  readonly integer?: boolean;
  /** Number of categories; the coordinate is then the index of one, from 0, and takes no other option. */
  readonly categories?: number;
}

/** What a coordinate may be: `[low, high]`, where infinite ends are open, or more in words. */
export type Range = readonly [low: number, high: number] | RangeOptions;

/** One range for all coordinates, or one for each. */
export type Ranges = Range | readonly Range[];

/** A range with nothing left open: plain data. Infinite ends are null, which JSON knows. */
export interface ResolvedRange {
  readonly kind: 'linear' | 'log' | 'category';
  readonly low: number | null;
  readonly high: number | null;
  readonly integer: boolean;
}

const NAMES: OptionNames<RangeOptions> = { low: true, high: true, scale: true, integer: true, categories: true };

/** Whether there is one range for each coordinate. */
export function isPerCoordinate(bounds: Ranges): bounds is readonly Range[] {
  return Array.isArray(bounds) && typeof bounds[0] !== 'number';
}

/** The single interval that all coordinates share, if it is finite and has no other property; else null. */
export function plainInterval(bounds: Ranges): readonly [number, number] | null {
  if (!Array.isArray(bounds) || isPerCoordinate(bounds)) return null;
  const [low, high] = bounds as readonly [number, number];
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}

/** The nearest value of a range. */
export function fitToRange(x: number, { low, high, integer }: ResolvedRange): number {
  return Math.min(high ?? Infinity, Math.max(low ?? -Infinity, integer ? Math.round(x) : x));
}

/**
 * Fills in the defaults of a range.
 *
 * @throws RangeError with the rule and the value that breaks it
 */
export function resolveRange(range: Range): ResolvedRange {
  if (Array.isArray(range)) {
    const [low, high] = range as readonly [number, number];
    checkEnds(range, low, high);
    return { kind: 'linear', low: finite(low), high: finite(high), integer: false };
  }
  const given = range as RangeOptions;
  checkOptionNames('bounds', given, NAMES);
  const { low = -Infinity, high = Infinity, scale = 'linear', integer = false, categories } = given;
  if (categories !== undefined) return resolveCategories(given, categories);
  if (scale !== 'linear' && scale !== 'log')
    throw new RangeError(`scale must be linear or log, got ${sayValue(scale)}`);
  if (typeof integer !== 'boolean') throw new RangeError(`integer must be true or false, got ${sayValue(integer)}`);
  checkEnds([low, high], low, high);
  if (scale === 'log' && !(low > 0 && high < Infinity)) {
    throw new RangeError(`bounds on a log scale must be finite and above 0, got [${sayValue(low)}, ${sayValue(high)}]`);
  }
  const ends = integer ? [Math.ceil(low), Math.floor(high)] : [low, high];
  if (!((ends[0] as number) < (ends[1] as number))) {
    throw new RangeError(
      `bounds of an integer must have two integers between them, got [${sayValue(low)}, ${sayValue(high)}]`,
    );
  }
  return { kind: scale, low: finite(ends[0] as number), high: finite(ends[1] as number), integer };
}

function resolveCategories(given: RangeOptions, categories: number): ResolvedRange {
  const others = Object.keys(given).filter((name) => name !== 'categories');
  if (others.length > 0) throw new RangeError(`categories take no other option, got ${others.join(', ')}`);
  if (!Number.isSafeInteger(categories) || categories < 2) {
    throw new RangeError(`categories must be an integer of at least 2, got ${sayValue(categories)}`);
  }
  return { kind: 'category', low: 0, high: categories - 1, integer: true };
}

function checkEnds(range: readonly unknown[], low: number, high: number): void {
  if (range.length === 2 && typeof low === 'number' && typeof high === 'number' && low < high) return;
  throw new RangeError(`bounds must be two numbers, the lower first, got [${range.map(sayValue).join(', ')}]`);
}

function finite(end: number): number | null {
  return Number.isFinite(end) ? end : null;
}
