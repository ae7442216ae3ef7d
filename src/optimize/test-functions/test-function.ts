/** A synchronous `Objective` with a known minimum, for any number of coordinates. */
export interface TestFunction {
  readonly name: string;
  /** Publication, and how the function here differs from it. */
  readonly source: string;
  /** `[lo, hi]` domain of every coordinate. */
  readonly domain: readonly [number, number];
  /** Value of every coordinate at the global minimum; all coordinates share it. */
  readonly minimizer: number;
  /** Returns the smallest value over the domain. */
  minimum(coordinates: number): number;
  value(x: Float64Array): number;
  /** Returns the gradient at x: a new array of `[coordinates]`. */
  gradient(x: Float64Array): Float64Array;
}

/**
 * Cites the survey that most functions come from.
 *
 * @param number number of the function in the survey
 */
export function inSurvey(number: number, remark = ''): string {
  return `Jamil and Yang (2013), "A literature survey of benchmark functions for global optimisation problems", Int. J. Mathematical Modelling and Numerical Optimisation 4(2), 150-194, no. ${number}${remark}`;
}

/**
 * Rescales a function to another domain. It reuses one array for unscaled positions, so that evaluations allocate no
 * more than `f` does.
 *
 * @throws RangeError if the domain is not two finite numbers, the lower first
 */
export function scaleToDomain(f: TestFunction, domain: readonly [number, number]): TestFunction {
  const [low, high] = domain;
  if (!(low < high && Number.isFinite(high - low))) {
    throw new RangeError(`domain must be two finite numbers, the lower first, got [${low}, ${high}]`);
  }
  const base = f.domain[0];
  const factor = (f.domain[1] - base) / (high - low);
  let unscaled = new Float64Array(0);
  const unscale = (x: Float64Array): Float64Array => {
    if (unscaled.length !== x.length) unscaled = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) unscaled[i] = base + factor * ((x[i] as number) - low);
    return unscaled;
  };
  return {
    name: `${f.name} scaled to [${low}, ${high}]`,
    source: f.source,
    domain: [low, high],
    minimizer: low + (f.minimizer - base) / factor,
    minimum: f.minimum,
    value: (x) => f.value(unscale(x)),
    gradient(x) {
      const gradient = f.gradient(unscale(x));
      for (let i = 0; i < gradient.length; i++) gradient[i] = factor * (gradient[i] as number);
      return gradient;
    },
  };
}
