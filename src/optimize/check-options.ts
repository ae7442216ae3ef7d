/** @throws RangeError where the value is none of those allowed */
export function checkOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const all = [allowed.slice(0, -1).join(', '), allowed.at(-1)].filter(Boolean).join(' or ');
  throw new RangeError(`${name} must be ${all}, got ${value}`);
}

/** @throws RangeError where the value is not a positive integer */
export function checkPositiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a positive integer, got ${value}`);
}

/** @throws RangeError where the value is not finite or below 0 */
export function checkNotNegative(name: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`${name} must be finite and at least 0, got ${value}`);
}

/** @throws RangeError where these are not two finite numbers, the lower first */
export function checkInterval(name: string, [low, high]: readonly [number, number]): void {
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return;
  throw new RangeError(`${name} must be two finite numbers, the lower first, got [${low}, ${high}]`);
}
