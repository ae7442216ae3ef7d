import { sayValue } from '../math/say-value.ts';
import type { PointEvaluation } from './optimizer.ts';

/** Beginnings of the sentences about saved states, and about the options that they must fit. */
const OWN_SENTENCE = /^(the|a) saved|^evaluations must/;

// The rules that optimizers share: on options, starts, evaluations and saved states.

/** @throws RangeError if the value is not one of those allowed */
export function checkOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const all = [allowed.slice(0, -1).join(', '), allowed.at(-1)].filter(Boolean).join(' or ');
  throw new RangeError(`${name} must be ${all}, got ${sayValue(value)}`);
}

/** @throws RangeError if the value is not a positive integer */
export function checkPositiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name} must be a positive integer, got ${sayValue(value)}`);
}

/** @throws RangeError if the value is below 0 or not finite */
export function checkNotNegative(name: string, value: number): void {
  if (!(isNumber(value) && value >= 0 && value < Infinity)) {
    throw new RangeError(`${name} must be finite and at least 0, got ${sayValue(value)}`);
  }
}

/** @throws RangeError if these are not two finite numbers, the lower first */
export function checkInterval(name: string, interval: readonly [number, number]): void {
  const isPair = Array.isArray(interval) && interval.length === 2;
  const [low, high] = isPair ? interval : [Number.NaN, Number.NaN];
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) {
    if (Number.isFinite(high - low)) return;
    throw new RangeError(`${name} must not be wider than the largest number, got [${low}, ${high}]`);
  }
  const given = isPair ? `[${sayValue(low)}, ${sayValue(high)}]` : sayValue(interval);
  throw new RangeError(`${name} must be two finite numbers, the lower first, got ${given}`);
}

/** @throws RangeError if the progress is outside [0, 1] */
export function checkProgress(progress: number): void {
  if (!(isNumber(progress) && progress >= 0 && progress <= 1))
    throw new RangeError(`progress must be from 0 to 1, got ${sayValue(progress)}`);
}

/**
 * Copies the start of an optimizer, a plain or a typed array.
 *
 * @throws RangeError if the start has no coordinates, or one that is no finite number
 */
export function copyStart(start: ArrayLike<number>): Float64Array {
  const values: readonly unknown[] = typeof start === 'object' && start !== null ? Array.from(start) : [];
  if (values.length > 0 && values.every(Number.isFinite)) return Float64Array.from(start);
  throw new RangeError(
    `start must have coordinates, all of them finite, got [${sayValue(values.length > 0 ? values : start)}]`,
  );
}

/**
 * Copies the start of an optimizer and moves coordinates outside the domain to its edge.
 *
 * @throws RangeError if the start has no coordinates or is not finite, or if the domain is not an interval
 */
export function startWithin(start: ArrayLike<number>, domain: readonly [number, number]): Float64Array {
  const copy = copyStart(start);
  checkInterval('domain', domain);
  return copy.map((value) => clamp(value, domain));
}

/**
 * Checks and returns the evaluation of a step of one point.
 *
 * @param coordinates number of coordinates of the gradient; null if none was requested
 * @throws Error if no point was requested, or the evaluation lacks what was
 */
export function soleEvaluation(
  asked: boolean,
  evaluations: readonly PointEvaluation[],
  coordinates: number | null,
): Required<Pick<PointEvaluation, 'loss' | 'gradient'>> {
  if (!asked) throw new Error('tell needs a pending step: call ask first');
  const [evaluation] = evaluations;
  if (evaluation === undefined || evaluations.length !== 1) {
    throw new Error(`tell needs 1 evaluation, one for each point, got ${evaluations.length}`);
  }
  const { loss, gradient = new Float64Array(0) } = evaluation;
  if (coordinates !== null && gradient.length !== coordinates) {
    throw new Error(`tell needs a gradient of ${coordinates} coordinates, got ${gradient.length}`);
  }
  return { loss, gradient };
}

/** @throws RangeError if the saved optimizer had another number of coordinates or other settings */
export function checkSaved<Settings extends object>(
  saved: { readonly position: Float64Array; readonly settings: Settings },
  position: Float64Array,
  settings: Settings,
): void {
  if (saved.position.length !== position.length) {
    throw new RangeError(`the saved position must have ${position.length} coordinates, got ${saved.position.length}`);
  }
  checkSettings(saved.settings, settings);
}

/** @throws RangeError if the saved optimizer had other settings */
export function checkSettings<Settings extends object>(saved: Settings, settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) {
    const other = saved[name as keyof Settings];
    if (sayWhole(other) === sayWhole(value)) continue;
    throw new RangeError(`the saved ${name} must be ${value}, got ${sayValue(other)}`);
  }
}

/** A setting as text to compare: saved ones come from JSON. */
function sayWhole(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

/** Whether a value is a number: callers in JavaScript may give anything. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/**
 * Restores from a saved state. What is missing or of another kind shows as an error of JavaScript, which becomes a sentence.
 *
 * @param what whose state it is
 * @throws RangeError
 */
export function restoreFrom<T>(what: string, restore: () => T): T {
  try {
    return restore();
  } catch (cause) {
    if (cause instanceof RangeError && OWN_SENTENCE.test(cause.message)) throw cause;
    throw new RangeError(`the saved state of ${what} is damaged: a part is missing, or is not what was saved`, {
      cause,
    });
  }
}

export function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

export function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
