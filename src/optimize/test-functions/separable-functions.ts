import { inSurvey, type TestFunction } from './test-function.ts';

// Sums of one term a coordinate. Those with minimum 0 are written as sums of squares: nothing cancels near the minimum,
// and no rounding goes below it. Each has loops of its own, which run faster than one loop over a term given to it.

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

/**
 * f(x) = -sum x sin(sqrt |x|): many minima, the best of them near a corner of the domain. It has no lower bound outside
 * its domain.
 */
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

/** f(x) = sum x^2 + 10 (1 - cos 2 pi x): a bowl with a minimum near every point of whole numbers. */
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
 * With w = 1 + (x - 1) / 4:
 *
 *     f(x) = sin^2(pi w_1) + sum_{i < n} (w_i - 1)^2 (1 + 10 sin^2(pi w_i + 1)) + (w_n - 1)^2 (1 + sin^2(2 pi w_n))
 *
 * In the code v = w - 1, for which every sine has the same square.
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

/** Of a coordinate's weight to that of the one before. A single coordinate has weight 1. */
function weightRatio(coordinates: number): number {
  return coordinates > 1 ? 1e6 ** (1 / (coordinates - 1)) : 1;
}
