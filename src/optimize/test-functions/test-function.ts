/** A function whose minimum is known, for any number of coordinates. An `Objective` that answers at once. */
export interface TestFunction {
  readonly name: string;
  /** Where it is published, and what differs here. */
  readonly source: string;
  /** `[lo, hi]` of every coordinate. */
  readonly domain: readonly [number, number];
  /** Value of every coordinate at the global minimum: the same for all, in every function here. */
  readonly minimizer: number;
  /** Smallest value over a domain of so many coordinates. */
  minimum(coordinates: number): number;
  value(x: Float64Array): number;
  /** A new array: the gradient at x. */
  gradient(x: Float64Array): Float64Array;
}

/** @param number the function's number in the survey */
export function inSurvey(number: number, remark = ''): string {
  return `Jamil and Yang (2013), "A literature survey of benchmark functions for global optimisation problems", Int. J. Mathematical Modelling and Numerical Optimisation 4(2), 150-194, no. ${number}${remark}`;
}
