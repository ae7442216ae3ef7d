import { checkInterval } from './check-options.ts';
import type { PointEvaluation } from './optimizer.ts';

/**
 * The start of an optimizer: a copy, moved to the edge of the domain where it is outside.
 *
 * @throws RangeError where it has no coordinates or is not finite, or the domain is not two finite numbers in order
 */
export function startWithin(start: Float64Array, domain: readonly [number, number]): Float64Array {
  if (start.length === 0 || !allFinite(start)) {
    throw new RangeError(`start must have coordinates, all of them finite, got [${start}]`);
  }
  checkInterval('domain', domain);
  return start.map((value) => clamp(value, domain));
}

/**
 * The evaluation of a step of one point, once it is seen to have what was asked for.
 *
 * @param coordinates of the gradient; null where none was asked for
 * @throws Error where nothing was asked, or the evaluation lacks what was
 */
export function soleEvaluation(
  asked: boolean,
  evaluations: readonly PointEvaluation[],
  coordinates: number | null,
): Required<Pick<PointEvaluation, 'loss' | 'gradient'>> {
  if (!asked) throw new Error('tell needs points that were asked for, and that once');
  const [evaluation] = evaluations;
  if (evaluation === undefined || evaluations.length !== 1) {
    throw new Error(`tell needs 1 evaluation, one a point, got ${evaluations.length}`);
  }
  const { loss, gradient = new Float64Array(0) } = evaluation;
  if (coordinates !== null && gradient.length !== coordinates) {
    throw new Error(`tell needs a gradient of ${coordinates} coordinates, got ${gradient.length}`);
  }
  return { loss, gradient };
}

/** @throws RangeError where a saved optimizer is of another number of coordinates or of other settings */
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
