import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { Lbfgs, type LbfgsState } from '../../../src/optimize/rivals/lbfgs.ts';
import type { LbfgsOptions } from '../../../src/optimize/rivals/lbfgs-options.ts';
import {
  ELLIPSOID,
  RASTRIGIN,
  ROSENBROCK,
  STYBLINSKI_TANG,
} from '../../../src/optimize/test-functions/test-functions.ts';
import { evaluatePoints } from '../evaluate-points.ts';

interface Smooth {
  value(x: Float64Array): number;
  gradient(x: Float64Array): Float64Array;
}

const zigzag = (size: number): Float64Array => Float64Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1.2 : 1));

/** f(x) = 1/2 sum curvature_i (x_i - center_i)^2 */
function quadratic(curvatures: number[], center: number[] = curvatures.map(() => 0)): Smooth {
  return {
    value: (x) => x.reduce((sum, v, i) => sum + (curvatures[i]! * (v - center[i]!) ** 2) / 2, 0),
    gradient: (x) => x.map((v, i) => curvatures[i]! * (v - center[i]!)),
  };
}

/** f(x) = 1/2 (x - c)' A (x - c) with A = B B' + I / 10 and B normal; not separable. */
function coupled(size: number, random: Random): Smooth {
  const factor = Array.from({ length: size }, () => Float64Array.from({ length: size }, () => random.normal()));
  const center = Float64Array.from({ length: size }, () => 3 * random.normal());
  const gradient = (x: Float64Array): Float64Array => {
    const off = x.map((value, i) => value - center[i]!);
    const product = off.map((value) => value / 10);
    for (let k = 0; k < size; k++) {
      const along = off.reduce((sum, value, i) => sum + factor[i]![k]! * value, 0);
      for (let i = 0; i < size; i++) product[i] = product[i]! + factor[i]![k]! * along;
    }
    return product;
  };
  return { gradient, value: (x) => gradient(x).reduce((sum, slope, i) => sum + (slope * (x[i]! - center[i]!)) / 2, 0) };
}

function step(search: Lbfgs, f: Smooth): void {
  search.tell(evaluatePoints(f, search.ask()));
}

/** Runs a search to its end. */
function run(f: Smooth, options: LbfgsOptions): { search: Lbfgs; evaluations: number } {
  const search = new Lbfgs(options);
  let evaluations = 0;
  for (; search.end === null; evaluations++) {
    if (evaluations === 10_000) throw new Error('the search does not end');
    step(search, f);
  }
  return { search, evaluations };
}

describe('minimizing', () => {
  it.each([1, 2, 5, 8])('takes at most n steps and 2 n + 3 evaluations on a quadratic of n = %i curvatures', (n) => {
    const curvatures = Array.from({ length: n }, (_, i) => 2 * (i + 1));
    const { search, evaluations } = run(quadratic(curvatures), {
      start: new Float64Array(n).fill(3),
      gradientTolerance: 1e-6,
    });
    expect(search.end).toBe('gradient');
    expect(search.loss).toBeLessThan(1e-10);
    expect(search.save().iterations).toBeLessThanOrEqual(2 * n + 1);
    expect(evaluations).toBeLessThanOrEqual(2 * n + 3);
  });

  // SciPy 1.17.1's L-BFGS-B with the same tolerances, from the same start: 90 and 323 evaluations.
  it.each([
    [10, 120],
    [50, 400],
  ])('Rosenbrock in %i coordinates takes less than %i evaluations to 1e-9', (n, most) => {
    const { search, evaluations } = run(ROSENBROCK, { start: zigzag(n) });
    expect(search.loss).toBeLessThan(1e-9);
    expect(evaluations).toBeLessThan(most);
  });

  it('takes less than 200 evaluations to 1e-10 on Rosenbrock, from any start nearby', () => {
    const start = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(start, (at) => {
        const { search, evaluations } = run(ROSENBROCK, { start: Float64Array.from(at), decreaseTolerance: 1e-12 });
        expect(search.loss).toBeLessThan(1e-10);
        expect(evaluations).toBeLessThan(200);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('copes with a condition number of 1e6', () => {
    const { search } = run(ELLIPSOID, { start: new Float64Array(10).fill(3) });
    expect(search.loss).toBeLessThan(1e-6);
  });

  it('lengthens the step on a slope that hardly changes', () => {
    // The first step is 1 long; the minimum is 4 away.
    const { search, evaluations } = run(quadratic([0.002]), { start: Float64Array.of(4), gradientTolerance: 1e-9 });
    expect(search.position[0]).toBeCloseTo(0, 6);
    expect(evaluations).toBeLessThanOrEqual(7);
  });

  it('takes the lower of two points that are low enough', () => {
    const search = new Lbfgs({ start: Float64Array.of(0) });
    const gradient = new Float64Array(1); // one array for all answers: the search keeps copies
    const tell = (loss: number, slope: number): number => {
      const at = search.ask()[0]!.position[0]!;
      gradient[0] = slope;
      search.tell([{ loss, gradient }]);
      return at;
    };
    tell(10, -1);
    const lower = tell(5, -1);
    const longer = tell(6, -0.5);
    expect(longer).toBeGreaterThan(lower);
    expect([search.loss, search.position[0], search.save().gradient[0]]).toEqual([5, lower, -1]);
  });

  it('learns no curvature from a step with negative curvature', () => {
    // The step leads from near the top of a hill to the edge of the domain.
    const hill: Smooth = { value: (x) => -(x[0]! ** 2) / 2, gradient: (x) => x.map((v) => -v) };
    const search = new Lbfgs({ start: Float64Array.of(0.1) });
    while (search.end === null) {
      step(search, hill);
      expect(search.save().pairs).toEqual([]);
    }
    expect(search.position[0]).toBe(5);
  });

  it('lowers the loss with every step, and stands where it was observed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = Random.fromSeed(seed);
        const search = new Lbfgs({ start: Float64Array.from({ length: 5 }, () => -5 + 10 * random.uniform()) });
        let last = Infinity;
        while (search.end === null) {
          const before = search.save().iterations;
          step(search, RASTRIGIN);
          expect(search.loss).toBe(RASTRIGIN.value(search.position));
          if (search.save().iterations > before) expect(search.loss).toBeLessThanOrEqual(last);
          last = search.loss;
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the end', () => {
  const start = zigzag(4);

  it('comes at once if the start is a minimum', () => {
    const { search, evaluations } = run(quadratic([1, 1]), { start: new Float64Array(2) });
    expect([search.end, evaluations]).toEqual(['gradient', 1]);
  });

  it('comes with the iterations', () => {
    const { search } = run(ROSENBROCK, { start, iterations: 7 });
    expect([search.end, search.save().iterations]).toEqual(['iterations', 7]);
  });

  it('comes later with smaller tolerances', () => {
    const loose = run(ROSENBROCK, { start, decreaseTolerance: 0.1 });
    const tight = run(ROSENBROCK, { start, decreaseTolerance: 0 });
    expect(loose.search.end).toBe('decrease');
    expect(tight.search.end).toBe('gradient');
    expect(tight.evaluations).toBeGreaterThan(loose.evaluations);
    const steep = run(ROSENBROCK, { start, gradientTolerance: 1, decreaseTolerance: 0 });
    expect(steep.search.end).toBe('gradient');
    expect(Math.max(...ROSENBROCK.gradient(steep.search.position).map(Math.abs))).toBeGreaterThan(1e-5);
  });

  it('comes without tolerances once rounding hides the rest', () => {
    const { search } = run(STYBLINSKI_TANG, { start, gradientTolerance: 0, decreaseTolerance: 0 });
    expect(['decrease', 'gradient']).toContain(search.end);
    expect(Math.max(...STYBLINSKI_TANG.gradient(search.position).map(Math.abs))).toBeLessThan(1e-5);
  });

  it('comes as soon as rounding hides the gain of a step along the line', () => {
    const search = new Lbfgs({ start: Float64Array.of(0) });
    for (const loss of [1e6, 2e6, 2e6]) {
      search.ask();
      // The predicted decrease falls from 1e-8 to 1e-9 to 1e-10; a loss of 1e6 is rounded to 1e-10.
      search.tell([{ loss, gradient: Float64Array.of(1e-8) }]);
    }
    expect([search.end, search.loss]).toEqual(['decrease', 1e6]);
  });

  it('comes if no point along the steepest descent is lower, after the curvature was dropped', () => {
    const search = new Lbfgs({ start: Float64Array.of(0, 0) });
    const slope = Float64Array.of(1, 1);
    for (const [loss, scale] of [
      [10, 2],
      [9, 1],
    ] as const) {
      search.ask();
      search.tell([{ loss, gradient: slope.map((g) => g * scale) }]);
    }
    const ends: (string | null)[] = [];
    const pairs: number[] = [];
    for (let trial = 1; trial <= 40; trial++) {
      search.ask();
      // The loss is as high as before, so the gradient must be wrong.
      search.tell([{ loss: 9, gradient: slope }]);
      ends.push(search.end);
      pairs.push(search.save().pairs.length);
    }
    expect(pairs).toEqual([...Array(19).fill(1), ...Array(21).fill(0)]);
    expect(ends).toEqual([...Array(39).fill(null), 'line']);
    expect(search.loss).toBe(9);
  });

  it('allows no further ask', () => {
    const { search } = run(ROSENBROCK, { start });
    expect(() => search.ask()).toThrow(`the search has ended (${search.end}) and asks for no more points`);
  });
});

describe('bounds', () => {
  const DOMAIN = [-1, 2] as const;

  it('no point leaves them', () => {
    const start = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(start, fc.constantFrom(ROSENBROCK, STYBLINSKI_TANG, RASTRIGIN), (at, f) => {
        const search = new Lbfgs({ start: Float64Array.from(at), domain: DOMAIN });
        while (search.end === null) {
          for (const x of search.ask()[0]!.position) expect(x).toSatisfy((v: number) => v >= -1 && v <= 2);
          step(search, f);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('the search ends at the corner or edge nearest to a minimum outside', () => {
    const center = fc.array(fc.double({ min: -6, max: 6, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(center, (at) => {
        const { search } = run(
          quadratic(
            at.map((_, i) => i + 1),
            at,
          ),
          {
            start: new Float64Array(at.length),
            domain: DOMAIN,
            decreaseTolerance: 0,
          },
        );
        for (const [i, c] of at.entries()) expect(search.position[i]).toBeCloseTo(Math.min(2, Math.max(-1, c)), 4);
      }),
    );
  });

  it('no coordinate of a coupled function could go further down inside them', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 20 }), (seed, size) => {
        const random = Random.fromSeed(seed);
        const f = coupled(size, random);
        const start = Float64Array.from({ length: size }, () => 4 * random.normal());
        const { search, evaluations } = run(f, { start, domain: DOMAIN, decreaseTolerance: 1e-14 });
        const gradient = f.gradient(search.position);
        for (const [i, x] of search.position.entries()) {
          const held = (x === -1 && gradient[i]! > 0) || (x === 2 && gradient[i]! < 0);
          // Rounding ends the search: root of (loss of 1e3 times 1e-14 times curvature of 1e2), and some room.
          if (!held) expect(Math.abs(gradient[i]!)).toBeLessThan(1e-3);
        }
        expect(evaluations).toBeLessThan(200);
      }),
    );
  });

  it('a coordinate at the edge does not count for the length of the step', () => {
    const search = new Lbfgs({ start: Float64Array.of(1.9, 0), domain: DOMAIN });
    search.ask();
    search.tell([{ loss: 0, gradient: Float64Array.of(-1, -1) }]);
    expect(search.ask()[0]?.position[0]).toBe(2);
    search.tell([{ loss: -1, gradient: Float64Array.of(-3, 0.1) }]);
    expect(search.save().iterations).toBe(1);
  });

  it('a path that they bend upward is not followed', () => {
    const search = new Lbfgs({ start: Float64Array.of(0, 1.7), domain: DOMAIN });
    search.ask();
    search.tell([{ loss: 0, gradient: Float64Array.of(-1, -1) }]);
    search.ask();
    search.tell([{ loss: -1, gradient: Float64Array.of(1, -2) }]);
    const { position, gradient, trial } = search.save();
    const promised = trial.reduce((sum, x, i) => sum + gradient[i]! * (x - position[i]!), 0);
    expect([trial[1], promised > 0.01]).toEqual([2, true]);
    search.ask();
    search.tell([{ loss: -1 + 1e-9, gradient: Float64Array.of(1, 1) }]);
    expect(search.position).toEqual(position);
  });

  it('a start outside is moved to the edge', () => {
    const search = new Lbfgs({ start: Float64Array.of(-9, 0.5, 7), domain: DOMAIN });
    expect(search.position).toEqual(Float64Array.of(-1, 0.5, 2));
    expect(search.ask()[0]?.position).toEqual(search.position);
  });
});

describe('a value that is not finite', () => {
  it.each([Number.NaN, Infinity, -Infinity])('ends the search if the loss at the start is %d', (loss) => {
    const search = new Lbfgs({ start: Float64Array.of(1, 2) });
    search.ask();
    search.tell([{ loss, gradient: new Float64Array(2) }]);
    expect([search.end, search.loss, ...search.position]).toEqual(['not-finite', Infinity, 1, 2]);
  });

  it('ends the search in the gradient at the start', () => {
    const search = new Lbfgs({ start: Float64Array.of(1, 2) });
    search.ask();
    search.tell([{ loss: 0, gradient: Float64Array.of(1, Number.NaN) }]);
    expect(search.end).toBe('not-finite');
  });

  it.each([
    ['not-finite', 1e200],
    ['decrease', 1e-200],
  ])('%s ends it for a gradient of %d, whose square is no number', (end, slope) => {
    const search = new Lbfgs({ start: Float64Array.of(0), gradientTolerance: 0 });
    search.ask();
    search.tell([{ loss: 0, gradient: Float64Array.of(slope) }]);
    expect([search.end, search.position[0]]).toEqual([end, 0]);
  });

  it.each([Number.NaN, Infinity, -Infinity])('shortens the steps if the loss beyond a wall is %d', (beyond) => {
    // The minimum is at 0; the loss is not finite below 0.5.
    const wall: Smooth = {
      value: (x) => (x[0]! < 0.5 ? beyond : x[0]! ** 2),
      gradient: (x) => (x[0]! < 0.5 ? Float64Array.of(Number.NaN) : x.map((v) => 2 * v)),
    };
    const { search } = run(wall, { start: Float64Array.of(4) });
    expect(search.position[0]).toBeGreaterThanOrEqual(0.5);
    expect(search.position[0]).toBeLessThan(1);
    expect(search.loss).toBe(search.position[0]! ** 2);
  });

  it('shortens the steps in the gradient alone, for any loss', () => {
    const wall: Smooth = {
      value: (x) => (x[0]! < 0.5 ? -1e9 : x[0]! ** 2),
      gradient: (x) => (x[0]! < 0.5 ? Float64Array.of(Number.NaN) : x.map((v) => 2 * v)),
    };
    const { search } = run(wall, { start: Float64Array.of(4) });
    expect(search.loss).toBe(search.position[0]! ** 2);
    expect(search.loss).toBeLessThan(1);
  });

  it('never enters the position, for any answer', () => {
    const wild = fc.oneof(fc.double(), fc.constantFrom(0, 1e308, -1e308, 5e-324, Number.NaN, Infinity, -Infinity));
    const answers = fc.array(fc.tuple(wild, wild, wild), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(answers, (told) => {
        const search = new Lbfgs({ start: Float64Array.of(1, 2), decreaseTolerance: 0 });
        for (const [loss, ...gradient] of told) {
          if (search.end !== null) break;
          for (const x of search.ask()[0]!.position) expect(Math.abs(x)).toBeLessThanOrEqual(5);
          search.tell([{ loss, gradient: Float64Array.from(gradient) }]);
          for (const x of search.position) expect(Math.abs(x)).toBeLessThanOrEqual(5);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the contract', () => {
  it('returns the same point if asked again', () => {
    const search = new Lbfgs({ start: zigzag(4) });
    step(search, ROSENBROCK);
    const first = structuredClone(search.ask());
    expect(search.ask()).toEqual(first);
  });

  it('refuses answers that were not requested, and stays unchanged', () => {
    const search = new Lbfgs({ start: zigzag(2) });
    const told = { loss: 1, gradient: Float64Array.of(1, 1) };
    expect(() => search.tell([told])).toThrow('tell needs a pending step: call ask first');
    search.ask();
    const before = search.save();
    expect(() => search.tell([])).toThrow('tell needs 1 evaluation, one for each point, got 0');
    expect(() => search.tell([told, told])).toThrow('tell needs 1 evaluation, one for each point, got 2');
    expect(() => search.tell([{ loss: 1 }])).toThrow('tell needs a gradient of 2 coordinates, got 0');
    expect(search.save()).toEqual(before);
    search.tell([told]);
    expect(() => search.tell([told])).toThrow('tell needs a pending step: call ask first');
  });

  it('continues bit for bit after a save and restore at any step', () => {
    const options: LbfgsOptions = { start: zigzag(6), history: 3 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.boolean(), (steps, asked) => {
        const search = new Lbfgs(options);
        for (let i = 0; i < steps && search.end === null; i++) step(search, ROSENBROCK);
        if (asked && search.end === null) search.ask();
        const state = search.save();
        const restored = new Lbfgs({ ...options, start: new Float64Array(6) });
        const copy = structuredClone(state);
        restored.restore(copy);
        copy.position.fill(9);
        copy.trial.fill(9);
        for (const pair of copy.pairs) pair.step.fill(9);
        copy.line?.candidate?.position.fill(9);
        expect(restored.save()).toEqual(state);
        while (search.end === null) {
          step(search, ROSENBROCK);
          step(restored, ROSENBROCK);
          expect(restored.save()).toEqual(search.save());
        }
      }),
      { numRuns: 20 },
    );
  });

  it('shares no array between a state and the search, even within a line search', () => {
    // The first step is as long as the gradient beside the scale, and much too short.
    const flat = quadratic([0.002, 0.002]);
    const options = { start: Float64Array.of(4, 4), gradientTolerance: 1e-9 };
    const spoil = (state: LbfgsState): void => {
      for (const pair of state.pairs) pair.step.fill(9);
      for (const x of [state.position, state.gradient, state.direction, state.trial]) x.fill(9);
      state.line?.candidate?.position.fill(9);
      state.line?.candidate?.gradient.fill(9);
    };
    const search = new Lbfgs(options, 1);
    for (let steps = 0; search.end === null; steps++) {
      const state = search.save();
      if (steps === 2) expect(state.line?.candidate).not.toBeNull();
      const restored = new Lbfgs(options, 1);
      restored.restore(state);
      spoil(state);
      spoil(search.save());
      expect(restored.save()).toEqual(search.save());
      step(search, flat);
    }
    expect(search.loss).toBeCloseTo(run(flat, options).search.loss, 12);
  });

  it('refuses states with other coordinates or settings', () => {
    const state = new Lbfgs({ start: zigzag(4) }).save();
    expect(() => new Lbfgs({ start: zigzag(3) }).restore(state)).toThrow(
      new RangeError('the saved position must have 3 coordinates, got 4'),
    );
    expect(() => new Lbfgs({ start: zigzag(4), history: 5 }).restore(state)).toThrow(
      new RangeError('the saved history must be 5, got 10'),
    );
    expect(() => new Lbfgs({ start: zigzag(4), domain: [-1, 1] }).restore(state)).toThrow(
      new RangeError('the saved domain must be -1,1, got -5,5'),
    );
  });

  const start = Float64Array.of(1);
  it.each<[LbfgsOptions, string]>([
    [{ start: new Float64Array(0) }, 'start must have coordinates, all of them finite, got []'],
    [{ start: Float64Array.of(1, Number.NaN) }, 'start must have coordinates, all of them finite, got [1,NaN]'],
    [{ start, domain: [1, 1] }, 'domain must be two finite numbers, the lower first, got [1, 1]'],
    [{ start, history: 0 }, 'history must be a positive integer, got 0'],
    [{ start, iterations: 1.5 }, 'iterations must be a positive integer, got 1.5'],
    [{ start, gradientTolerance: -1 }, 'gradientTolerance must be finite and at least 0, got -1'],
    [{ start, decreaseTolerance: Number.NaN }, 'decreaseTolerance must be finite and at least 0, got NaN'],
  ])('refuses %o', (options, message) => {
    expect(() => new Lbfgs(options)).toThrow(new RangeError(message));
  });
});
