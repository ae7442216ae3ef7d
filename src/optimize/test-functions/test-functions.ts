import { inSurvey, type TestFunction } from './test-function.ts';

// Separable functions: sums of one term for each coordinate. Those with minimum 0 are written as sums of squares, so
// that no digits cancel near the minimum and no rounding goes below it. Each has its own loops, which run faster than
// one loop that calls a function for each term.

/** f(x) = 1/2 sum (x^4 - 16 x^2 + 5 x): two minima a coordinate, at -2.90 (the better) and 2.75. */
export const STYBLINSKI_TANG: TestFunction = {
  name: 'Styblinski-Tang',
  source: inSurvey(144),
  domain: [-5, 5],
  minimizer: -2.903534027771177,
  minimum: (coordinates) => coordinates * -39.16616570377142,
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      sum += xi * xi * (xi * xi - 16) + 5 * xi;
    }
    return sum / 2;
  },
  gradient(x) {
    const gradient = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      gradient[i] = xi * (2 * xi * xi - 16) + 2.5;
    }
    return gradient;
  },
};

/** f(x) = -sum x sin(sqrt |x|): many minima, the best of them near a corner. Unbounded below outside the domain. */
export const SCHWEFEL: TestFunction = {
  name: 'Schwefel',
  source: inSurvey(128, ' ("Schwefel 2.26"), with the sum over coordinates in place of their mean'),
  domain: [-500, 500],
  minimizer: 420.96874635998205,
  minimum: (coordinates) => coordinates * -418.9828872724337,
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      sum -= xi * Math.sin(Math.sqrt(Math.abs(xi)));
    }
    return sum;
  },
  gradient(x) {
    const gradient = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const root = Math.sqrt(Math.abs(x[i] as number));
      gradient[i] = -Math.sin(root) - (root * Math.cos(root)) / 2;
    }
    return gradient;
  },
};

/** f(x) = sum x^2 + 10 (1 - cos 2 pi x): a bowl with a minimum near every point with integer coordinates. */
export const RASTRIGIN: TestFunction = {
  name: 'Rastrigin',
  source:
    'Rastrigin (1974), "Systems of extremal control"; for any number of coordinates: Muehlenbein, Schomisch and Born (1991), "The parallel genetic algorithm as function optimizer", Parallel Computing 17, 619-632',
  domain: [-5.12, 5.12],
  minimizer: 0,
  minimum: () => 0,
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      const sine = Math.sin(Math.PI * xi);
      sum += xi * xi + 20 * sine * sine; // 1 - cos 2a = 2 sin^2 a
    }
    return sum;
  },
  gradient(x) {
    const gradient = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      gradient[i] = 2 * xi + 20 * Math.PI * Math.sin(2 * Math.PI * xi);
    }
    return gradient;
  },
};

/**
 * Levy's function, a valley with many minima. Let w = 1 + (x - 1) / 4. Then
 *
 *     f(x) = sin^2(pi w_1) + sum_{i < n} (w_i - 1)^2 (1 + 10 sin^2(pi w_i + 1)) + (w_n - 1)^2 (1 + sin^2(2 pi w_n))
 *
 * The code uses v = w - 1, which leaves the square of every sine the same.
 */
export const LEVY: TestFunction = {
  name: 'Levy',
  source:
    'Laguna and Marti (2005), "Experimental testing of advanced scatter search designs for global optimization of multimodal functions", J. Global Optimization 33, 235-255',
  domain: [-10, 10],
  minimizer: 1,
  minimum: () => 0,
  value(x) {
    const last = x.length - 1;
    let sum = Math.sin((Math.PI * ((x[0] as number) - 1)) / 4) ** 2;
    for (let i = 0; i < last; i++) {
      const v = ((x[i] as number) - 1) / 4;
      const sine = Math.sin(Math.PI * v + 1);
      sum += v * v * (1 + 10 * sine * sine);
    }
    const v = ((x[last] as number) - 1) / 4;
    return sum + v * v * (1 + Math.sin(2 * Math.PI * v) ** 2);
  },
  gradient(x) {
    const gradient = new Float64Array(x.length);
    const last = x.length - 1;
    for (let i = 0; i < last; i++) {
      const v = ((x[i] as number) - 1) / 4;
      const angle = Math.PI * v + 1;
      const sine = Math.sin(angle);
      gradient[i] = (v * (1 + 10 * sine * sine + 10 * Math.PI * v * sine * Math.cos(angle))) / 2;
    }
    const v = ((x[last] as number) - 1) / 4;
    const sine = Math.sin(2 * Math.PI * v);
    gradient[last] = (v * (1 + sine * sine + Math.PI * v * Math.sin(4 * Math.PI * v))) / 2;
    gradient[0] = (gradient[0] as number) + (Math.PI / 4) * Math.sin((Math.PI * ((x[0] as number) - 1)) / 2);
    return gradient;
  },
};

/** f(x) = sum x^2. */
export const SPHERE: TestFunction = {
  name: 'Sphere',
  source: inSurvey(137, ', on the domain of De Jong (1975): that of the survey has the minimum in its corner'),
  domain: [-5.12, 5.12],
  minimizer: 0,
  minimum: () => 0,
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (x[i] as number) ** 2;
    return sum;
  },
  gradient(x) {
    const gradient = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) gradient[i] = 2 * (x[i] as number);
    return gradient;
  },
};

/** f(x) = sum_{i = 0 .. n-1} 10^(6 i / (n - 1)) x_i^2: a bowl with curvatures from 2 to 2e6. */
export const ELLIPSOID: TestFunction = {
  name: 'Ellipsoid',
  source:
    'Hansen and Ostermeier (2001), "Completely derandomized self-adaptation in evolution strategies", Evolutionary Computation 9(2), 159-195 (f_elli)',
  domain: [-5, 5],
  minimizer: 0,
  minimum: () => 0,
  value(x) {
    const ratio = weightRatio(x.length);
    let sum = 0;
    let weight = 1;
    for (let i = 0; i < x.length; i++) {
      sum += weight * (x[i] as number) ** 2;
      weight *= ratio;
    }
    return sum;
  },
  gradient(x) {
    const ratio = weightRatio(x.length);
    const gradient = new Float64Array(x.length);
    let weight = 2;
    for (let i = 0; i < x.length; i++) {
      gradient[i] = weight * (x[i] as number);
      weight *= ratio;
    }
    return gradient;
  },
};

/** Ratio of each coordinate's weight to the one before. A single coordinate has weight 1. */
function weightRatio(coordinates: number): number {
  return coordinates > 1 ? 1e6 ** (1 / (coordinates - 1)) : 1;
}

// Functions that are not separable.

/**
 * Ackley's function: almost flat far out, with many minima and a funnel in the middle. Let r be the root of the mean of
 * x^2, and q the mean of 1 - cos 2 pi x. Then
 *
 *     f(x) = 20 (1 - exp(-r / 5)) + e - exp(1 - q)
 *
 * The funnel ends in a cusp without a derivative; the gradient there is given as 0.
 */
export const ACKLEY: TestFunction = {
  name: 'Ackley',
  source: inSurvey(1, ' ("Ackley 1"), with the usual factor 0.2 in the first exponent, where the survey has 0.02'),
  domain: [-35, 35],
  minimizer: 0,
  minimum: () => 0,
  value(x) {
    const { r, q } = ackleyMeans(x);
    return -20 * Math.expm1(-r / 5) - Math.E * Math.expm1(-q); // no digits cancel near the minimum
  },
  gradient(x) {
    const { r, q } = ackleyMeans(x);
    const gradient = new Float64Array(x.length);
    if (r === 0) return gradient;
    const slope = (4 * Math.exp(-r / 5)) / (r * x.length);
    const wave = (2 * Math.PI * Math.exp(1 - q)) / x.length;
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      gradient[i] = slope * xi + wave * Math.sin(2 * Math.PI * xi);
    }
    return gradient;
  },
};

function ackleyMeans(x: Float64Array): { r: number; q: number } {
  let squares = 0;
  let waves = 0;
  for (let i = 0; i < x.length; i++) {
    const xi = x[i] as number;
    const sine = Math.sin(Math.PI * xi);
    squares += xi * xi;
    waves += 2 * sine * sine; // 1 - cos 2a = 2 sin^2 a
  }
  return { r: Math.sqrt(squares / x.length), q: waves / x.length };
}

/** f(x) = 1 + sum x_i^2 / 4000 - prod cos(x_i / sqrt i), i from 1: a shallow bowl covered with waves. */
export const GRIEWANK: TestFunction = {
  name: 'Griewank',
  source: inSurvey(59),
  domain: [-100, 100],
  minimizer: 0,
  minimum: () => 0,
  value(x) {
    let sum = 0;
    let product = 1;
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      sum += xi * xi;
      product *= Math.cos(xi / Math.sqrt(i + 1));
    }
    return sum / 4000 + (1 - product);
  },
  gradient(x) {
    // The product of all other cosines, before and after. Dividing by the coordinate's own fails if it is 0.
    const gradient = new Float64Array(x.length);
    let before = 1;
    for (let i = 0; i < x.length; i++) {
      gradient[i] = before;
      before *= Math.cos((x[i] as number) / Math.sqrt(i + 1));
    }
    let after = 1;
    for (let i = x.length - 1; i >= 0; i--) {
      const xi = x[i] as number;
      const root = Math.sqrt(i + 1);
      gradient[i] = xi / 2000 + ((gradient[i] as number) * after * Math.sin(xi / root)) / root;
      after *= Math.cos(xi / root);
    }
    return gradient;
  },
};

/**
 * f(x) = sum_{i < n} 100 (x_{i+1} - x_i^2)^2 + (x_i - 1)^2: a curved, narrow valley. It has a second minimum
 * near (-1, 1, ..., 1) for 4 or more coordinates. A single coordinate has no term, and value 0 everywhere.
 */
export const ROSENBROCK: TestFunction = {
  name: 'Rosenbrock',
  source: inSurvey(105),
  domain: [-30, 30],
  minimizer: 1,
  minimum: () => 0,
  value(x) {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const xi = x[i] as number;
      const off = (x[i + 1] as number) - xi * xi;
      sum += 100 * off * off + (xi - 1) * (xi - 1);
    }
    return sum;
  },
  gradient(x) {
    const gradient = new Float64Array(x.length);
    for (let i = 0; i + 1 < x.length; i++) {
      const xi = x[i] as number;
      const off = (x[i + 1] as number) - xi * xi;
      gradient[i] = (gradient[i] as number) - 400 * xi * off + 2 * (xi - 1);
      gradient[i + 1] = 200 * off;
    }
    return gradient;
  },
};

/** All test functions, by the names that the experiments accept. */
export const TEST_FUNCTIONS = {
  'styblinski-tang': STYBLINSKI_TANG,
  schwefel: SCHWEFEL,
  rastrigin: RASTRIGIN,
  ackley: ACKLEY,
  griewank: GRIEWANK,
  levy: LEVY,
  rosenbrock: ROSENBROCK,
  ellipsoid: ELLIPSOID,
  sphere: SPHERE,
} as const satisfies Readonly<Record<string, TestFunction>>;

export type TestFunctionName = keyof typeof TEST_FUNCTIONS;
