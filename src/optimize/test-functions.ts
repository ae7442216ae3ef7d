/** A function to minimize. */
export interface Objective {
  value(x: Float64Array): number;
  /** A new array: the gradient at x. */
  gradient(x: Float64Array): Float64Array;
}

/** A function whose minimum is known, for any number of coordinates; a sum of one term a coordinate. */
export interface TestFunction extends Objective {
  readonly name: string;
  readonly source: string;
  /** `[lo, hi]` of every coordinate. */
  readonly domain: readonly [number, number];
  /** Value of every coordinate at the global minimum. */
  readonly minimizer: number;
  /** Smallest value over a domain of so many coordinates. */
  minimum(coordinates: number): number;
}

const SURVEY =
  'Jamil and Yang (2013), "A literature survey of benchmark functions for global optimisation problems", Int. J. Mathematical Modelling and Numerical Optimisation 4(2), 150-194';

/** f(x) = 1/2 sum (x^4 - 16 x^2 + 5 x): two minima a coordinate, at -2.90 (the better) and 2.75. */
export const STYBLINSKI_TANG: TestFunction = separable({
  name: 'Styblinski-Tang',
  source: SURVEY,
  domain: [-5, 5],
  minimizer: -2.903534027771177,
  term: (x) => (x * x * (x * x - 16) + 5 * x) / 2,
  slope: (x) => x * (2 * x * x - 16) + 2.5,
});

/**
 * f(x) = -sum x sin(sqrt |x|): many minima, the best of them near a corner of the domain. The survey has the mean over
 * coordinates ("Schwefel 2.26") where this has the sum. It has no lower bound outside its domain.
 */
export const SCHWEFEL: TestFunction = separable({
  name: 'Schwefel',
  source: SURVEY,
  domain: [-500, 500],
  minimizer: 420.96874635998205,
  term: (x) => -x * Math.sin(Math.sqrt(Math.abs(x))),
  slope: (x) => {
    const root = Math.sqrt(Math.abs(x));
    return -Math.sin(root) - (root * Math.cos(root)) / 2;
  },
});

/** The same function in coordinates that run over another domain. */
export function scaleToDomain(f: TestFunction, domain: readonly [number, number]): TestFunction {
  const [low, high] = domain;
  const factor = (f.domain[1] - f.domain[0]) / (high - low);
  const unscale = (x: Float64Array): Float64Array => x.map((value) => f.domain[0] + factor * (value - low));
  return {
    name: `${f.name} scaled to [${low}, ${high}]`,
    source: f.source,
    domain,
    minimizer: low + (f.minimizer - f.domain[0]) / factor,
    minimum: f.minimum,
    value: (x) => f.value(unscale(x)),
    gradient: (x) => f.gradient(unscale(x)).map((slope) => factor * slope),
  };
}

interface Separable extends Omit<TestFunction, 'value' | 'gradient' | 'minimum'> {
  /** The term of one coordinate. */
  term(x: number): number;
  /** Its derivative. */
  slope(x: number): number;
}

function separable({ term, slope, ...described }: Separable): TestFunction {
  return {
    ...described,
    minimum: (coordinates) => coordinates * term(described.minimizer),
    value(x) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum += term(x[i] as number);
      return sum;
    },
    gradient: (x) => x.map(slope),
  };
}
