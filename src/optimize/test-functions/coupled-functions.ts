import { inSurvey, type TestFunction } from './test-function.ts';

// Functions whose coordinates depend on each other.

/**
 * With r the root of the mean of x^2, and q the mean of 1 - cos 2 pi x:
 *
 *     f(x) = 20 (1 - exp(-r / 5)) + e - exp(1 - q)
 *
 * Almost flat far out, with many minima, and a funnel in the middle that ends in a cusp: at the minimum there is no
 * derivative, and the gradient is said to be 0.
 */
export const ACKLEY: TestFunction = {
  name: 'Ackley',
  source: inSurvey(1, ' ("Ackley 1"), with the usual factor 0.2 in the first exponent, where the survey has 0.02'),
  domain: [-35, 35],
  minimizer: 0,
  minimum: () => 0,
  value(x) {
    const { r, q } = ackleyMeans(x);
    return -20 * Math.expm1(-r / 5) - Math.E * Math.expm1(-q); // nothing cancels near the minimum
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
    // The cosines of all other coordinates: those before, then those after. Dividing by its own fails where it is 0.
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
 * f(x) = sum_{i < n} 100 (x_{i+1} - x_i^2)^2 + (x_i - 1)^2: a curved, narrow valley. From 4 coordinates on it has a
 * second minimum, near (-1, 1, ..., 1). A single coordinate has no term, and value 0 everywhere.
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
