import type { PointEvaluation } from './optimizer.ts';

// The rules that optimizers share: on options, starts, evaluations and saved states.

/** @throws RangeError if the value is not one of those allowed */
export function checkOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const all = [allowed.slice(0, -1).join(', '), allowed.at(-1)].filter(Boolean).join(' or ');
  throw new RangeError(`${name} must be ${all}, got ${value}`);
}

/** @throws RangeError if the value is not a positive integer */
export function checkPositiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a positive integer, got ${value}`);
}

/** @throws RangeError if the value is below 0 or not finite */
export function checkNotNegative(name: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`${name} must be finite and at least 0, got ${value}`);
}

/** @throws RangeError if these are not two finite numbers, the lower first */
export function checkInterval(name: string, [low, high]: readonly [number, number]): void {
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return;
  throw new RangeError(`${name} must be two finite numbers, the lower first, got [${low}, ${high}]`);
}

/** @throws RangeError if the progress is outside [0, 1] */
export function checkProgress(progress: number): void {
  if (!(progress >= 0 && progress <= 1)) throw new RangeError(`progress must be from 0 to 1, got ${progress}`);
}

/**
 * Copies the start of an optimizer, a plain or a typed array.
 *
 * @throws RangeError if the start has no coordinates, or one that is no finite number
 */
export function copyStart(start: ArrayLike<number>): Float64Array {
  const values: readonly unknown[] = typeof start === 'object' && start !== null ? Array.from(start) : [];
  if (values.length > 0 && values.every(Number.isFinite)) return Float64Array.from(start);
  throw new RangeError(`start must have coordinates, all of them finite, got [${values.length > 0 ? values : start}]`);
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
  for (const [name, value] of Object.entries(settings)) {
    const other = saved.settings[name as keyof Settings];
    if (String(other) !== String(value)) throw new RangeError(`the saved ${name} must be ${value}, got ${other}`);
  }
}

export function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

export function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
