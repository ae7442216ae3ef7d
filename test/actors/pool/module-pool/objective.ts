import { STYBLINSKI_TANG } from '../../../../src/optimize/test-functions/test-functions.ts';

/** An objective under noise that a step's points have in common, given as a module. */
export function value(x: Float64Array, step: number): number {
  return STYBLINSKI_TANG.value(x) + Math.sin(step);
}

export function gradient(x: Float64Array): Float64Array {
  return STYBLINSKI_TANG.gradient(x);
}

export function perExample(x: Float64Array, step: number): number[] {
  return [value(x, step) - x[0]!, value(x, step) + x[0]!];
}
