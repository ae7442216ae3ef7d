import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { mean, median } from '../../../src/math/statistics.ts';
import { CmaEs, type CmaEsOptions, type CmaEsState } from '../../../src/optimize/rivals/cma-es.ts';
import type { SearchDistributionState } from '../../../src/optimize/rivals/search-distribution.ts';
import { kolmogorovSmirnov, ksLimit } from '../../math/kolmogorov-smirnov.ts';
import { uniformStart } from '../evaluate-points.ts';

type Loss = (x: Float64Array) => number;

const sphere: Loss = (x) => x.reduce((sum, value) => sum + value * value, 0);
const ellipsoid: Loss = (x) => x.reduce((sum, value, i) => sum + 10 ** ((6 * i) / (x.length - 1)) * value * value, 0);
const rosenbrock: Loss = (x) => {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) sum += 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2;
  return sum;
};
const rastrigin: Loss = (x) =>
  x.reduce((sum, value) => sum + value * value + 10 - 10 * Math.cos(2 * Math.PI * value), 0);

const create = (options: CmaEsOptions, seed = 0): CmaEs => new CmaEs(options, Random.fromSeed(seed, 'cma-es'));

/** Takes one step and returns its losses. */
function step(optimizer: CmaEs, loss: Loss): number[] {
  const losses = optimizer.ask(0.5).map(({ position }) => loss(position));
  optimizer.tell(losses.map((value) => ({ loss: value })));
  return losses;
}

/** Takes steps until the budget is spent or the target is reached. */
function minimize(optimizer: CmaEs, loss: Loss, budget: number, target = -Infinity) {
  let best = Infinity;
  let evaluations = 0;
  while (best > target && evaluations + optimizer.population <= budget) {
    const losses = step(optimizer, loss);
    evaluations += losses.length;
    for (const loss of losses) if (loss < best) best = loss;
  }
  return { best, evaluations };
}

const allFinite = (values: Float64Array): boolean => values.every(Number.isFinite);

describe('contract', () => {
  it('asks for 4 + floor(3 ln n) points by default, or for the given population, without gradient', () => {
    for (const [size, count] of [
      [1, 4],
      [2, 6],
      [10, 10],
      [50, 15],
    ] as const) {
      const points = create({ start: new Float64Array(size) }).ask(0);
      expect(points).toHaveLength(count);
      for (const { position, gradient, perExample } of points) {
        expect([position.length, gradient, perExample]).toEqual([size, false, false]);
      }
    }
    expect(create({ start: new Float64Array(3), population: 21 }).ask(0)).toHaveLength(21);
  });

  it('begins at a copy of the start, with 0.3 of the domain as standard deviation', () => {
    const start = Float64Array.of(1, 2);
    const optimizer = create({ start, domain: [-1, 3] });
    start[0] = 7;
    expect(optimizer.position).toEqual(Float64Array.of(1, 2));
    expect(optimizer.save().distribution.sigma).toBeCloseTo(1.2, 15);
    expect(create({ start, sigma: 0.25 }).save().distribution.sigma).toBe(0.25);
    expect(create({ start, sigma: 100, domain: [0, 0.001] }).save().distribution.sigma).toBe(100);
  });

  it('asks for the same points until tell', () => {
    const optimizer = create({ start: new Float64Array(4) });
    const first = structuredClone(optimizer.ask(0));
    expect(optimizer.ask(0.3)).toEqual(first);
    optimizer.tell(first.map((_, i) => ({ loss: i })));
    expect(optimizer.ask(0.3)).not.toEqual(first);
  });

  it('draws in ask only, restarts included', () => {
    const random = Random.fromSeed(0);
    const optimizer = new CmaEs({ start: new Float64Array(2) }, random);
    while (optimizer.restarts < 2) {
      const points = optimizer.ask(0);
      const asked = random.save();
      optimizer.tell(points.map(() => ({ loss: Number.NaN })));
      expect(random.save()).toEqual(asked);
      expect(optimizer.save().random).toEqual(asked);
    }
  });

  it.each([-0.01, 1.01, Number.NaN])('refuses a progress of %s', (progress) => {
    const optimizer = create({ start: new Float64Array(2) });
    expect(() => optimizer.ask(progress)).toThrow(new RangeError(`progress must be from 0 to 1, got ${progress}`));
    optimizer.ask(1);
    expect(() => optimizer.ask(progress)).toThrow(RangeError);
  });

  it('takes the answers to its points once', () => {
    const optimizer = create({ start: new Float64Array(2), population: 3 });
    const told = [{ loss: 1 }, { loss: 2 }, { loss: 3 }];
    expect(() => optimizer.tell(told)).toThrow('tell needs a pending step');
    optimizer.ask(0);
    expect(() => optimizer.tell(told.slice(1))).toThrow('tell needs 3 evaluations, one for each point, got 2');
    optimizer.tell(told);
    expect(() => optimizer.tell(told)).toThrow('tell needs a pending step');
  });

  const start = new Float64Array(2);
  it.each<[string, CmaEsOptions]>([
    ['start must have coordinates, all of them finite, got []', { start: new Float64Array(0) }],
    ['start must have coordinates, all of them finite, got [1,NaN]', { start: Float64Array.of(1, Number.NaN) }],
    ['domain must be two finite numbers, the lower first, got [2, 2]', { start, domain: [2, 2] }],
    ['domain must be two finite numbers, the lower first, got [-Infinity, 2]', { start, domain: [-Infinity, 2] }],
    ['domain must be two finite numbers, the lower first, got [NaN, 2]', { start, domain: [Number.NaN, 2] }],
    ['sigma must be finite and above 0, got 0', { start, sigma: 0 }],
    ['sigma must be finite and above 0, got Infinity', { start, sigma: Infinity }],
    ['sigma must be finite and above 0, got NaN', { start, sigma: Number.NaN }],
    ['population must be an integer of at least 2, got 1', { start, population: 1 }],
    ['population must be an integer of at least 2, got 4.5', { start, population: 4.5 }],
    ['restarts must be ipop or none, got bipop', { start, restarts: 'bipop' as 'ipop' }],
  ])('refuses options: %s', (message, options) => {
    expect(() => create(options)).toThrow(new RangeError(message));
  });
});

describe('update', () => {
  /** The tutorial's equations 41 to 58 in the plainest form: C^(-1/2) from C itself, decomposed in every generation. */
  function textbook(n: number, lambda: number) {
    const raw = Array.from({ length: lambda }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1));
    const sum = (values: number[], power = 1) => values.reduce((total, value) => total + value ** power, 0);
    const mu = Math.floor(lambda / 2);
    const [better, worse] = [raw.slice(0, mu), raw.slice(mu)];
    const [muEff, muEffWorse] = [better, worse].map((values) => sum(values) ** 2 / sum(values, 2)) as [number, number];
    const c1 = 2 / ((n + 1.3) ** 2 + muEff);
    const cMu = Math.min(1 - c1, (2 * (muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + (2 * muEff) / 2));
    const alpha = Math.min(1 + c1 / cMu, 1 + (2 * muEffWorse) / (muEff + 2), (1 - c1 - cMu) / (n * cMu));
    const weights = raw.map((w) => (w >= 0 ? w / sum(better) : (alpha * w) / Math.abs(sum(worse))));
    const cSigma = (muEff + 2) / (n + muEff + 5);
    const dSigma = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma;
    const cC = (4 + muEff / n) / (n + 4 + (2 * muEff) / n);
    const chi = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n ** 2));
    let [pSigma, pC, covariance] = [Matrix.zeros(n, 1), Matrix.zeros(n, 1), Matrix.eye(n)];
    let stalls = 0;
    return {
      next({ mean: m, sigma }: { mean: Matrix; sigma: number }, sorted: Matrix[], generation: number) {
        const { eigenvectorMatrix: b, realEigenvalues } = new EigenvalueDecomposition(covariance);
        const root = b.mmul(Matrix.diag(realEigenvalues.map((value) => 1 / Math.sqrt(value)))).mmul(b.transpose());
        const y = sorted.map((x) => Matrix.sub(x, m).div(sigma));
        const meanStep = y
          .slice(0, mu)
          .reduce((total, step, i) => total.add(Matrix.mul(step, weights[i]!)), Matrix.zeros(n, 1));
        const nextMean = Matrix.add(m, Matrix.mul(meanStep, sigma));
        pSigma = Matrix.mul(pSigma, 1 - cSigma).add(root.mmul(meanStep).mul(Math.sqrt(cSigma * (2 - cSigma) * muEff)));
        const length = pSigma.norm();
        const nextSigma = sigma * Math.exp(Math.min(1, (cSigma / dSigma) * (length / chi - 1)));
        const h = length / Math.sqrt(1 - (1 - cSigma) ** (2 * (generation + 1))) < (1.4 + 2 / (n + 1)) * chi ? 1 : 0;
        stalls += 1 - h;
        pC = Matrix.mul(pC, 1 - cC).add(Matrix.mul(meanStep, h * Math.sqrt(cC * (2 - cC) * muEff)));
        const deltaH = (1 - h) * cC * (2 - cC);
        covariance = Matrix.mul(covariance, 1 + c1 * deltaH - c1 - cMu * sum(weights)).add(
          pC.mmul(pC.transpose()).mul(c1),
        );
        for (const [i, step] of y.entries()) {
          const w = weights[i]!;
          const scaled = w >= 0 ? w : (w * n) / root.mmul(step).norm() ** 2;
          covariance.add(step.mmul(step.transpose()).mul(cMu * scaled));
        }
        return { mean: nextMean, sigma: nextSigma, covariance, stalls };
      },
    };
  }

  // A slope makes sigma grow and the path of the covariance stall; 4 points have other rank weights than 9.
  it.each<[string, Loss, number, number, number]>([
    ['a quadratic', (x) => x[0]! ** 2 + 9 * x[1]! ** 2 + (x[0]! - x[2]!) ** 2, 3, 7, 0],
    ['a slope', (x) => x[0]! + 2 * x[1]!, 2, 9, 1],
    ['a slope in one dimension', (x) => x[0]!, 1, 4, 1],
    ['a parabola with points in plenty', (x) => x[0]! ** 2, 1, 60, 0],
  ])('follows the equations on %s', (_, loss, n, population, leastStalls) => {
    let stalls = 0;
    for (let seed = 0; seed < 30; seed++) stalls += follow(loss, n, population, seed);
    expect(stalls).toBeGreaterThanOrEqual(leastStalls);
  });

  /** Counts how often the path of the covariance stalled. */
  function follow(loss: Loss, n: number, population: number, seed: number): number {
    // The domain is so wide that the slope never ends.
    const wide = { domain: [-1e12, 1e12], sigma: 3 } as const;
    const optimizer = create({ start: new Float64Array(n).fill(1), population, restarts: 'none', ...wide }, seed);
    const book = textbook(n, population);
    let stalls = 0;
    for (let generation = 0; generation < 10; generation++) {
      const { mean: m, sigma } = optimizer.save().distribution;
      const points = optimizer.ask(0).map(({ position }) => position.slice());
      const sorted = points.toSorted((a, b) => loss(a) - loss(b)).map((x) => Matrix.columnVector([...x]));
      const expected = book.next({ mean: Matrix.columnVector([...m]), sigma }, sorted, generation);
      stalls = expected.stalls;
      step(optimizer, loss);
      const after = optimizer.save().distribution;
      // The tolerance is relative to the step; rounding of C^(-1/2) adds up over the generations.
      const close = (value: number, wanted: number, scale: number) =>
        expect(Math.abs(value - wanted)).toBeLessThan(1e-9 * scale);
      for (let i = 0; i < n; i++) close(after.mean[i]!, expected.mean.get(i, 0), sigma);
      close(after.sigma, expected.sigma, sigma);
      const size = expected.covariance.max();
      for (let i = 0; i < n * n; i++)
        close(after.covariance[i]!, expected.covariance.get(Math.floor(i / n), i % n), size);
    }
    return stalls;
  }

  it('decomposes the covariance once in several generations', () => {
    // 1 / (10 n (c_1 + c_mu)) is 2.6 at 50 coordinates and 2 points, where c_1 = 0.00076 and c_mu = 0.
    const optimizer = create({ start: new Float64Array(50).fill(1), population: 2, restarts: 'none' });
    const states = Array.from({ length: 7 }, () => {
      step(optimizer, sphere);
      return optimizer.save().distribution;
    });
    expect(states.map(({ decomposedAt }) => decomposedAt)).toEqual([0, 2, 2, 4, 4, 6, 6]);
    expect(states[2]!.axes).toEqual(states[1]!.axes);
    expect(states[2]!.covariance).not.toEqual(states[1]!.covariance);
    expect(states[3]!.axes).not.toEqual(states[2]!.axes);
  });

  it('lets the step size grow by a factor of e at most', () => {
    const optimizer = create({ start: Float64Array.of(0), population: 4000, sigma: 1e-3, restarts: 'none' });
    const sigmas = Array.from({ length: 4 }, () => {
      step(optimizer, (x) => x[0]!);
      return optimizer.save().distribution.sigma;
    });
    expect(Math.max(...sigmas.map((sigma, i) => sigma / (sigmas[i - 1] ?? 1e-3)))).toBeCloseTo(Math.E, 12);
  });

  it('learns the inverse of the Hessian, up to scale', () => {
    const hessian = fc.record({
      n: fc.integer({ min: 2, max: 5 }),
      seed: fc.nat(),
      condition: fc.integer({ min: 1000, max: 10_000 }),
    });
    fc.assert(
      fc.property(hessian, ({ n, seed, condition }) => {
        const rotation = randomRotation(n, seed);
        const roots = Float64Array.from({ length: n }, (_, i) => condition ** (i / (2 * (n - 1))));
        // f(x) = |A x|^2 with A = diag(roots) R has the Hessian 2 A^T A, so A C A^T must be a multiple of I.
        const a = Matrix.diag([...roots]).mmul(rotation);
        const loss: Loss = (x) => a.mmul(Matrix.columnVector([...x])).norm() ** 2;
        const optimizer = create({ start: new Float64Array(n).fill(1), restarts: 'none' }, seed);
        minimize(optimizer, loss, 1500 * n, 1e-20);
        const { covariance } = optimizer.save().distribution;
        const learned = a.mmul(Matrix.from1DArray(n, n, [...covariance])).mmul(a.transpose());
        const values = new EigenvalueDecomposition(learned, { assumeSymmetric: true }).realEigenvalues;
        // C fluctuates, as an average over few points: 3 is usual, 10 was the largest in 3000 cases. It begins at 1000.
        expect(Math.max(...values) / Math.min(...values)).toBeLessThan(30);
      }),
      { numRuns: 25 },
    );
  });

  it('uses the order of the losses only, without restarts', () => {
    const run = (tell: (losses: number[]) => number[]): SearchDistributionState => {
      const optimizer = create({ start: Float64Array.of(3, -2, 1, 4), restarts: 'none' });
      for (let i = 0; i < 150; i++) {
        const losses = optimizer.ask(0).map(({ position }) => rosenbrock(position));
        optimizer.tell(tell(losses).map((loss) => ({ loss })));
      }
      return optimizer.save().distribution;
    };
    const plain = run((losses) => losses);
    expect(run((losses) => losses.map((loss) => loss ** 3 - 1e-300))).toEqual(plain);
    expect(run((losses) => losses.map((loss) => 1024 * loss))).toEqual(plain);
    expect(run((losses) => losses.map((loss) => losses.filter((other) => other < loss).length))).toEqual(plain);
    expect(run((losses) => losses.map((loss) => -loss))).not.toEqual(plain);
  });
});

/** Returns an orthogonal matrix: the eigenvectors of a random symmetric one. */
function randomRotation(n: number, seed: number): Matrix {
  const random = Random.fromSeed(seed, 'rotation');
  const drawn = Matrix.from1DArray(
    n,
    n,
    Array.from({ length: n * n }, () => random.normal()),
  );
  return new EigenvalueDecomposition(Matrix.add(drawn, drawn.transpose()), { assumeSymmetric: true }).eigenvectorMatrix;
}

describe('minimization in 10 dimensions', () => {
  /** Evaluations to 1e-9 for every seed, with a start uniform in [-5, 5], default sigma (3) and population (10). */
  const solve = (loss: Loss, seeds: number): number[] =>
    Array.from({ length: seeds }, (_, seed) => {
      const optimizer = create({ start: uniformStart(10, seed) }, seed);
      const { best, evaluations } = minimize(optimizer, loss, 20_000, 1e-9);
      expect(best).toBeLessThanOrEqual(1e-9);
      return evaluations;
    });

  // 1.5 times the evaluations of another implementation, to 1e-12.
  it.each<[string, number, Loss]>([
    ['sphere', 1.5 * 2200, sphere],
    ['ellipsoid of condition 1e6', 1.5 * 6500, ellipsoid],
    ['Rosenbrock', 1.5 * 6900, rosenbrock],
  ])('solves the %s to 1e-9 within %d evaluations for every seed', (_, most, loss) => {
    expect(Math.max(...solve(loss, 10))).toBeLessThanOrEqual(most);
  });

  it('takes as long on a rotated ellipsoid', () => {
    const plain = median(solve(ellipsoid, 5));
    const rotation = randomRotation(10, 1).to2DArray();
    const rotated = median(
      solve((x) => ellipsoid(Float64Array.from(rotation, (row) => row.reduce((sum, r, i) => sum + r * x[i]!, 0))), 5),
    );
    // Runs differ by about 5 %, medians by less; a method tied to the axes takes many times as long.
    expect(rotated / plain).toBeGreaterThan(0.85);
    expect(rotated / plain).toBeLessThan(1.15);
  });
});

describe('small cases', () => {
  it('solves one dimension', () => {
    const { best, evaluations } = minimize(
      create({ start: Float64Array.of(-4) }),
      (x) => (x[0]! - 3) ** 2,
      1000,
      1e-12,
    );
    expect(best).toBeLessThanOrEqual(1e-12);
    expect(evaluations).toBeLessThan(300);
  });

  it.each([2, 3])('solves the sphere with a population of %d', (population) => {
    const optimizer = create({ start: Float64Array.of(4, -4, 2), population, restarts: 'none' });
    expect(minimize(optimizer, sphere, 5000, 1e-9).best).toBeLessThanOrEqual(1e-9);
  });

  it('keeps a population far larger than the dimension stable', () => {
    const optimizer = create({ start: Float64Array.of(4), population: 500, restarts: 'none' });
    expect(minimize(optimizer, sphere, 50_000, 1e-20).best).toBeLessThanOrEqual(1e-20);
  });
});

describe('points outside the domain', () => {
  const drawn = (outside: 'free' | 'mirrored'): CmaEs =>
    create({ start: Float64Array.of(1, -1, 0), domain: [-1, 1], sigma: 5, population: 200, outside });

  it('are folded back by `mirrored`, and stay as they are inside', () => {
    const free = drawn('free').ask(0);
    const folds = drawn('mirrored').ask(0);
    let moved = 0;
    free.forEach(({ position }, k) => {
      position.forEach((x, i) => {
        // The fold in words of its own: the distance to the nearest place that shows the upper end, one every 4.
        const expected = Math.abs(x) <= 1 ? x : 1 - Math.abs(x - 1 - 4 * Math.round((x - 1) / 4));
        expect(folds[k]!.position[i]).toBeCloseTo(expected, 12);
        if (Math.abs(x) > 1) moved++;
      });
    });
    expect(moved).toBeGreaterThan(300);
  });

  it('leave the distribution where it is, and its mean is told inside', () => {
    const optimizer = drawn('mirrored');
    let left = 0;
    for (let k = 0; k < 50; k++) {
      step(optimizer, (x) => -x[0]!);
      expect(optimizer.position.every((x) => Math.abs(x) <= 1)).toBe(true);
      if (optimizer.save().distribution.mean.some((x) => Math.abs(x) > 1)) left++;
    }
    expect(left).toBeGreaterThan(0);
  });

  it('are the same from a saved state', () => {
    const optimizer = drawn('mirrored');
    step(optimizer, sphere);
    const points = structuredClone(optimizer.ask(0));
    const restored = drawn('mirrored');
    restored.restore(optimizer.save());
    expect(restored.ask(0)).toEqual(points);
  });

  it('do not keep a search on 40 coordinates from the minimum, as points cut off at the edge do', () => {
    const shifted: Loss = (x) => x.reduce((sum, value, i) => sum + (value - (i % 9) + 4) ** 2, 0);
    const cut: Loss = (x) => shifted(x.map((value) => Math.min(5, Math.max(-5, value))));
    const start = new Float64Array(40);
    expect(minimize(create({ start, outside: 'mirrored' }), shifted, 20_000, 1e-9).best).toBeLessThanOrEqual(1e-9);
    expect(minimize(create({ start }), cut, 20_000, 1e-9).best).toBeGreaterThan(1);
  });
});

describe('seed and state', () => {
  const trail = (optimizer: CmaEs, steps: number, loss = rastrigin): Float64Array[] =>
    Array.from({ length: steps }, () => {
      step(optimizer, loss);
      return optimizer.position.slice();
    });

  it('gives the same run for the same seed, and another for another seed', () => {
    const options = { start: new Float64Array(3) };
    expect(trail(create(options, 1), 50)).toEqual(trail(create(options, 1), 50));
    expect(trail(create(options, 1), 2)).not.toEqual(trail(create(options, 2), 2));
  });

  it('continues exactly from any step, also between ask and tell, across restarts, through a structured clone', () => {
    const plateau: Loss = (x) => Math.max(30, sphere(x));
    const cases = fc.record({
      n: fc.integer({ min: 1, max: 4 }),
      seed: fc.nat(),
      saveAt: fc.nat({ max: 50 }),
      asked: fc.boolean(),
      restarts: fc.constantFrom('ipop' as const, 'none' as const),
      // A run on a plateau ends as soon as its history is full: the population is 400 after 80 steps.
      loss: fc.constantFrom(rastrigin, plateau),
    });
    let restartedBefore = 0;
    fc.assert(
      fc.property(cases, ({ n, seed, saveAt, asked, restarts, loss }) => {
        const options: CmaEsOptions = { start: new Float64Array(n).fill(0.7), population: 6, restarts };
        const optimizer = create(options, seed);
        trail(optimizer, saveAt, loss);
        if (asked) optimizer.ask(0);
        restartedBefore += Number(optimizer.restarts > 0);
        const state = optimizer.save();
        const kept = structuredClone(state);
        const rest = trail(optimizer, 30, loss);
        expect(state).toEqual(kept);

        const restored = new CmaEs({ ...options, start: new Float64Array(n) }, Random.fromSeed(99));
        trail(restored, 3, loss);
        restored.restore(kept);
        expect(restored.position).toEqual(state.distribution.mean);
        expect(restored.save()).toEqual(state);
        // The optimizer keeps no array of the state.
        for (const value of [...Object.values(kept.distribution), kept.history, kept.nextStart]) {
          if (value instanceof Float64Array) value.fill(Number.NaN);
        }
        expect(trail(restored, 30, loss)).toEqual(rest);
        expect(restored.save()).toEqual(optimizer.save());
      }),
      { numRuns: 40, examples: [[{ n: 2, seed: 1, saveAt: 50, asked: true, restarts: 'ipop', loss: plateau }]] },
    );
    expect(restartedBefore).toBeGreaterThan(0);
  });

  it('asks for the saved points again', () => {
    const optimizer = create({ start: new Float64Array(3) });
    trail(optimizer, 7);
    const points = structuredClone(optimizer.ask(0));
    const restored = create({ start: new Float64Array(3) }, 5);
    restored.restore(optimizer.save());
    expect(restored.ask(0)).toEqual(points);
  });

  it.each<[string, CmaEsOptions]>([
    ['the saved mean must have 3 coordinates, got 2', { start: new Float64Array(3), population: 6 }],
    ['the saved domain must be -1,5, got -5,5', { start: new Float64Array(2), domain: [-1, 5], sigma: 3 }],
    ['the saved outside must be mirrored, got free', { start: new Float64Array(2), outside: 'mirrored' }],
    ['the saved sigma must be 2, got 3', { start: new Float64Array(2), sigma: 2 }],
    ['the saved population must be 8, got 6', { start: new Float64Array(2), population: 8 }],
    ['the saved restarts must be none, got ipop', { start: new Float64Array(2), restarts: 'none' }],
  ])('refuses a state of other options, and stays as it was: %s', (message, options) => {
    const state = create({ start: new Float64Array(2) }).save();
    const optimizer = create(options);
    const before = optimizer.save();
    expect(() => optimizer.restore(state)).toThrow(new RangeError(message));
    expect(optimizer.save()).toEqual(before);
  });
});

describe('restarts', () => {
  it('double the population and begin inside the domain', () => {
    const optimizer = create({ start: new Float64Array(5).fill(3), domain: [2, 4] });
    const first = optimizer.population;
    for (let restarts = 1; restarts <= 3; restarts++) {
      while (optimizer.restarts < restarts) step(optimizer, rastrigin);
      expect(optimizer.population).toBe(first * 2 ** restarts);
      expect(optimizer.ask(0)).toHaveLength(first * 2 ** restarts);
      for (const x of optimizer.position) expect(Math.abs(x - 3)).toBeLessThanOrEqual(1);
      const { sigma, generation } = optimizer.save().distribution;
      expect([sigma, generation]).toEqual([0.6, 0]);
    }
  });

  it('begin uniformly in the domain', () => {
    const starts: number[] = [];
    for (let seed = 0; seed < 150; seed++) {
      const optimizer = create({ start: new Float64Array(4), domain: [-1, 3] }, seed);
      while (optimizer.restarts < 1) step(optimizer, () => Number.NaN);
      starts.push(...optimizer.position);
    }
    expect(kolmogorovSmirnov(Float64Array.from(starts), (x) => (x + 1) / 4)).toBeLessThan(ksLimit(starts.length));
  });

  it('find better minima of Rastrigin than one run', () => {
    const best = (restarts: 'ipop' | 'none'): number =>
      median(
        Array.from({ length: 9 }, (_, seed) => {
          const optimizer = create({ start: uniformStart(5, seed), restarts }, seed);
          return minimize(optimizer, rastrigin, 30_000).best;
        }),
      );
    // One run ends in a minimum near its start; minima differ by at least 1.
    expect(best('none')).toBeGreaterThan(0.99);
    expect(best('ipop')).toBeLessThan(1e-6);
  });

  it('never happen if they are switched off, and the run continues', () => {
    const optimizer = create({ start: Float64Array.of(3, 1), restarts: 'none' });
    const { best } = minimize(optimizer, rastrigin, 20_000);
    expect([optimizer.restarts, optimizer.population]).toEqual([0, 6]);
    expect(best).toBeLessThan(100);
    expect(allFinite(optimizer.position)).toBe(true);
  });

  /** Returns a state of two coordinates after a few steps, with a pending step and another distribution. */
  function restoreWith(changed: Partial<SearchDistributionState>): CmaEs {
    const options: CmaEsOptions = { start: Float64Array.of(0.5, 0.5) };
    const source = create(options);
    source.ask(0);
    const state: CmaEsState = source.save();
    const optimizer = create(options);
    optimizer.restore({ ...state, distribution: { ...state.distribution, ...changed } });
    return optimizer;
  }
  const tellRanks = (optimizer: CmaEs): void => optimizer.tell(optimizer.ask(0).map((_, i) => ({ loss: i })));
  const diagonal = (a: number, b: number) => ({
    covariance: Float64Array.of(a, 0, 0, b),
    axisLengths: Float64Array.of(Math.sqrt(a), Math.sqrt(b)),
  });
  // Axes along (1, -1) and (1, 1), of lengths 1e-6 and 1.
  const oblique = {
    axes: Float64Array.of(Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2),
    axisLengths: Float64Array.of(1e-6, 1),
    covariance: Float64Array.of(0.5 + 5e-13, 0.5 - 5e-13, 0.5 - 5e-13, 0.5 + 5e-13),
  };
  const zero = new Float64Array(2);
  // sigma p_c is then 1.5 times the tolerance of TolX, and adds 0.6 of it to the deviations.
  const long = { covariancePath: Float64Array.of(40, 0) };

  it.each<[string, Partial<SearchDistributionState>, Partial<SearchDistributionState>]>([
    // At zero even the smallest step has an effect.
    ['TolX: steps of 1e-13 of the first sigma', { mean: zero, sigma: 3e-13 }, { mean: zero, sigma: 3e-11 }],
    [
      'NoEffectCoord: a coordinate that swallows the steps',
      { mean: Float64Array.of(1e17, 0) },
      { mean: Float64Array.of(1e14, 0) },
    ],
    [
      'NoEffectAxis: an axis along which steps are swallowed',
      { ...oblique, sigma: 1e-10, generation: 1 },
      { ...oblique, sigma: 1e-8, generation: 1 },
    ],
    [
      'NoEffectAxis, which looks at one axis a generation',
      { ...oblique, sigma: 1e-10, generation: 1 },
      { ...oblique, sigma: 1e-10, generation: 2 },
    ],
    [
      'ConditionCov: eigenvalues 1e15 apart',
      { mean: zero, ...diagonal(1e-15, 1) },
      { mean: zero, ...diagonal(1e-13, 1) },
    ],
    ['TolX, unless the path is longer', { mean: zero, sigma: 3e-13 }, { mean: zero, sigma: 3e-13, ...long }],
    ['a standard deviation of 1e4 domains', { sigma: 1e6 }, { sigma: 1e4 }],
  ])('happen by %s, but not before', (_, at, before) => {
    const [exhausted, alive] = [restoreWith(at), restoreWith(before)];
    tellRanks(exhausted);
    tellRanks(alive);
    expect([exhausted.restarts, alive.restarts]).toEqual([1, 0]);
  });

  it('learn from points that fell on the mean', () => {
    const optimizer = restoreWith({ draws: new Float64Array(12) });
    tellRanks(optimizer);
    expect(allFinite(optimizer.save().distribution.covariance)).toBe(true);
  });

  it.each<[string, number, (generation: number, i: number) => number]>([
    ['TolFun: losses that differ by less than 1e-12 of the best', 1, (generation, i) => 1 + 1e-15 * (i - generation)],
    ['TolFun: losses that differ by less than 1e-18 of the first', 1, (generation, i) => i * (generation ? 1e-20 : 1)],
    ['a flat history of best losses', 1, (_, i) => i],
    ['neither, where the best loss still falls', 0, (generation, i) => i - 1e-6 * generation],
    ['neither, where only the best losses are within 1e-12', 0, (generation, i) => 1 + i - 1e-15 * generation],
    ['no finite loss for as long', 1, () => Infinity],
  ])('happen after 10 + 30 n / lambda generations by %s', (_, restarts, loss) => {
    const optimizer = create({ start: new Float64Array(2), population: 7 });
    const generations = 10 + Math.ceil((30 * 2) / 7);
    for (let generation = 0; generation < generations; generation++) {
      expect(optimizer.restarts).toBe(0);
      optimizer.tell(optimizer.ask(0).map((_, i) => ({ loss: loss(generation, i) })));
    }
    expect(optimizer.restarts).toBe(restarts);
  });
});

describe('bad losses', () => {
  it('rank last, for every value that is not finite', () => {
    const run = (bad: number): SearchDistributionState => {
      const optimizer = create({ start: Float64Array.of(1, 2, 3), restarts: 'none' });
      for (let i = 0; i < 60; i++) step(optimizer, (x) => (x[0]! < 0.5 ? bad : sphere(x)));
      return optimizer.save().distribution;
    };
    const finite = run(1e300);
    for (const bad of [Number.NaN, Infinity, -Infinity]) expect(run(bad)).toEqual(finite);
  });

  it('halve sigma if a generation has no other loss', () => {
    const optimizer = create({ start: Float64Array.of(1, 2), restarts: 'none' });
    for (let i = 0; i < 5; i++) step(optimizer, sphere);
    const before = optimizer.save().distribution;
    step(optimizer, () => Number.NaN);
    const { sigma, generation, draws, ...rest } = before;
    expect(optimizer.save().distribution).toMatchObject({ ...rest, sigma: sigma / 2, generation: generation + 1 });
    for (let i = 0; i < 200; i++) step(optimizer, () => Number.NaN);
    // The floor is 1e-12 of the first sigma, from which the search recovers.
    expect(optimizer.save().distribution.sigma).toBe(3e-12);
    expect(minimize(optimizer, sphere, 5000, 1e-9).best).toBeLessThanOrEqual(1e-9);
  });

  it('let the search recover from a start without finite losses', () => {
    const optimizer = create({ start: Float64Array.of(-3, -3) });
    const { best } = minimize(optimizer, (x) => (x[0]! < 1 ? Number.NaN : (x[0]! - 2) ** 2 + x[1]! ** 2), 5000, 1e-9);
    expect(best).toBeLessThanOrEqual(1e-9);
  });

  it('never make a position that is not finite', () => {
    const loss = fc.oneof(
      fc.double(),
      fc.constantFrom(Number.NaN, Infinity, -Infinity, Number.MAX_VALUE, -Number.MAX_VALUE, 0, Number.MIN_VALUE),
    );
    const cases = fc.record({
      n: fc.integer({ min: 1, max: 3 }),
      size: fc.constantFrom(1e-290, 1, 1e300, 8e307),
      restarts: fc.constantFrom('ipop' as const, 'none' as const),
      losses: fc.array(loss, { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(cases, ({ n, size, restarts, losses }) => {
        const start = new Float64Array(n).fill(size);
        const optimizer = create({ start, domain: [-size, size], restarts });
        for (let next = 0; next < 400; ) {
          const points = optimizer.ask(0);
          for (const { position } of points) expect(allFinite(position)).toBe(true);
          optimizer.tell(points.map(() => ({ loss: losses[next++ % losses.length]! })));
          expect(allFinite(optimizer.position)).toBe(true);
        }
      }),
    );
  });
});

describe('without a minimum', () => {
  it('widens the search on a flat loss', () => {
    const optimizer = create({ start: new Float64Array(3), restarts: 'none' });
    const sigmas = Array.from({ length: 20 }, () => {
      step(optimizer, () => 1);
      return optimizer.save().distribution.sigma;
    });
    // Random selection alone shrinks sigma or leaves it unchanged.
    expect(sigmas.at(-1)! / 3).toBeGreaterThan(20);
  });

  it('widens the search if 7 of 10 losses are equal, because their order tells nothing', () => {
    const tell = (equal: number): number => {
      const optimizer = create({ start: new Float64Array(10) });
      optimizer.tell(optimizer.ask(0).map((_, i) => ({ loss: i < equal ? 0 : i })));
      return optimizer.save().distribution.sigma;
    };
    expect(tell(6)).toBe(tell(1));
    expect(tell(7)).toBeGreaterThan(1.2 * tell(1));
    expect(tell(10)).toBe(tell(7));
  });

  it.each<[string, Loss]>([
    ['flat', () => 1],
    ['a slope', (x) => x[0]!],
    ['a ridge', (x) => x[0]! + 100 * Math.abs(x[1]!)],
    ['a valley of condition 1e30', (x) => x[0]! ** 2 + 1e30 * x[1]! ** 2],
    ['a sphere down to where squares vanish', sphere],
  ])('stays finite and within reach for thousands of generations: %s', (_, loss) => {
    const optimizer = create({ start: Float64Array.of(1, 1), restarts: 'none' });
    for (let i = 0; i < 4000; i++) step(optimizer, loss);
    const { sigma, axisLengths, covariance, condition } = optimizer.save().distribution;
    const [shortest, longest] = [Math.min(...axisLengths), Math.max(...axisLengths)];
    expect(allFinite(covariance)).toBe(true);
    expect(sigma * shortest).toBeGreaterThan(0);
    // Rounding of a root and two products.
    expect(sigma * longest).toBeLessThanOrEqual(1e5 * (1 + 1e-12));
    expect(longest / shortest).toBeLessThanOrEqual(1e7 * (1 + 1e-6));
    // The repair changes C itself, so that the narrow axis does not come back.
    expect(condition).toBeLessThan(1e15);
    expect(optimizer.ask(0).every(({ position }) => allFinite(position))).toBe(true);
  });

  it('continues in the same way when C has grown or shrunk beyond its range and sigma compensates', () => {
    const run = (scale: number) => {
      const optimizer = create({ start: Float64Array.of(1, 2), restarts: 'none' });
      for (let i = 0; i < 5; i++) step(optimizer, ellipsoid);
      const state = optimizer.save();
      const { distribution } = state;
      optimizer.restore({
        ...state,
        distribution: {
          ...distribution,
          sigma: distribution.sigma / scale,
          covariance: distribution.covariance.map((value) => value * scale * scale),
          covariancePath: distribution.covariancePath.map((value) => value * scale),
          axisLengths: distribution.axisLengths.map((value) => value * scale),
        },
      });
      for (let i = 0; i < 10; i++) step(optimizer, ellipsoid);
      return optimizer;
    };
    const plain = run(1);
    for (const scale of [2 ** 200, 2 ** -200]) {
      const optimizer = run(scale);
      // Rounding of a factor that is not a power of 2.
      for (const [i, x] of optimizer.position.entries()) expect(x).toBeCloseTo(plain.position[i]!, 9);
      expect(mean(optimizer.save().distribution.axisLengths)).toBeLessThan(100);
      expect(mean(optimizer.save().distribution.axisLengths)).toBeGreaterThan(0.01);
    }
  });
});
