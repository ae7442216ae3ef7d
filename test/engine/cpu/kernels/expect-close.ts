import { expect } from 'vitest';

/**
 * Every value within 1e-5 of the largest magnitude: float32 rounds to 6e-8, and the longest sums here, of 1,600
 * products, gather some ten roundings; a term left out is off by 1e-3 and more.
 */
export function expectClose(actual: Float32Array, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  let [largest, worst] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] as number;
    largest = Math.max(largest, Math.abs(value));
    worst = Math.max(worst, Math.abs((actual[i] as number) - value));
  }
  expect(worst).toBeLessThanOrEqual(1e-5 * largest);
}
