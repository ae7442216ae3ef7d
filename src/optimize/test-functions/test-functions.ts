import { ACKLEY, GRIEWANK, ROSENBROCK } from './coupled-functions.ts';
import { ELLIPSOID, LEVY, RASTRIGIN, SCHWEFEL, SPHERE, STYBLINSKI_TANG } from './separable-functions.ts';
import type { TestFunction } from './test-function.ts';

export { ACKLEY, GRIEWANK, ROSENBROCK } from './coupled-functions.ts';
export { ELLIPSOID, LEVY, RASTRIGIN, SCHWEFEL, SPHERE, STYBLINSKI_TANG } from './separable-functions.ts';
export type { TestFunction } from './test-function.ts';

/** All test functions, by the names that the experiments take. */
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

/**
 * The same function in coordinates that run over another domain. It keeps one unscaled position for itself, so that
 * evaluating allocates nothing that `f` does not.
 *
 * @throws RangeError where the domain is not two finite numbers, the lower first
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
