import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { BasinHopping, type BasinHoppingOptions } from '../../../src/optimize/rivals/basin-hopping.ts';
import type { TestFunction } from '../../../src/optimize/test-functions/test-function.ts';
import { RASTRIGIN, STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';
import { evaluatePoints } from '../evaluate-points.ts';

const START = Float64Array.of(1, -2, 3);

function create(options: Partial<BasinHoppingOptions> = {}, seed = 0): BasinHopping {
  return new BasinHopping({ start: START, ...options }, Random.fromSeed(seed));
}

function step(hopping: BasinHopping, f: Pick<TestFunction, 'value' | 'gradient'>): void {
  hopping.tell(evaluatePoints(f, hopping.ask(0)));
}

/** Ends a local search at its start by a gradient of 0. Returns the point. */
function settle(hopping: BasinHopping, loss: number): Float64Array {
  const position = hopping.ask(0)[0]!.position.slice();
  hopping.tell([{ loss, gradient: new Float64Array(position.length) }]);
  return position;
}

describe('finds the global minimum of', () => {
  it.each([
    [RASTRIGIN, 2, 3000],
    [RASTRIGIN, 3, 5000],
    [STYBLINSKI_TANG, 5, 10_000],
  ])('%o in %i coordinates within %i evaluations, from 5 starts', (f, coordinates, evaluations) => {
    for (let seed = 0; seed < 5; seed++) {
      const random = Random.fromSeed(seed, 'start');
      const [low, high] = f.domain;
      const start = Float64Array.from({ length: coordinates }, () => low + (high - low) * random.uniform());
      const hopping = create({ start, domain: f.domain }, seed);
      let best = Infinity;
      for (let i = 0; i < evaluations; i++) {
        step(hopping, f);
        best = Math.min(best, f.value(hopping.position));
      }
      expect(best - f.minimum(coordinates)).toBeLessThan(1e-8);
    }
  });
});

describe('a hop', () => {
  it('moves every coordinate uniformly by up to the step size', () => {
    const hopping = create({ stepSize: 0.5, factor: 1 });
    settle(hopping, 0);
    const moves: number[] = [];
    for (let i = 0; i < 2000; i++) {
      // All hops are rejected, so that they start from the same minimum.
      const point = settle(hopping, 1e9);
      moves.push(...point.map((x, k) => (x - START[k]!) / 0.5));
    }
    moves.sort((a, b) => a - b);
    const distance = Math.max(...moves.map((m, k) => Math.abs((m + 1) / 2 - (k + 0.5) / moves.length)));
    // Kolmogorov and Smirnov's limit at 0.1 %.
    expect(distance * Math.sqrt(moves.length)).toBeLessThan(1.95);
  });

  it('is a tenth of the domain wide by default', () => {
    expect(create().stepSize).toBe(1);
    expect(create({ domain: [0, 4] }).stepSize).toBeCloseTo(0.4, 15);
  });

  it('stays in the domain, as do the steps after it', () => {
    const hopping = create({ domain: [-1, 2], stepSize: 3 });
    let edge = 0;
    for (let i = 0; i < 300; i++) {
      for (const x of hopping.ask(0)[0]!.position) {
        expect(x).toBeGreaterThanOrEqual(-1);
        expect(x).toBeLessThanOrEqual(2);
        if (x === 2) edge++;
      }
      step(hopping, RASTRIGIN);
    }
    expect(edge).toBeGreaterThan(0);
  });

  it('starts from the minimum accepted last', () => {
    const hopping = create({ stepSize: 0 });
    for (let i = 0; i < 100; i++) {
      const hops = hopping.save().hops;
      const point = hopping.ask(0)[0]!.position.slice();
      if (hopping.save().hops > hops) expect(point).toEqual(hopping.position);
      step(hopping, RASTRIGIN);
    }
    expect(hopping.save().hops).toBeGreaterThan(2);
    expect(Math.max(...RASTRIGIN.gradient(hopping.position).map(Math.abs))).toBeLessThan(1e-3);
  });
});

describe('the Metropolis criterion', () => {
  it('always accepts a lower loss', () => {
    for (const temperature of [0, 1]) {
      const hopping = create({ temperature });
      for (let loss = 0; loss > -20; loss--) expect(settle(hopping, loss)).toEqual(hopping.position);
    }
  });

  it.each([
    [1, 1],
    [0.5, 1],
    [3, 1],
    [2, 0.1],
  ])('at temperature %f accepts a rise of %f with the chance exp(-rise / temperature)', (temperature, rise) => {
    const hopping = create({ temperature });
    settle(hopping, 0);
    const hops = 3000;
    let accepted = 0;
    for (let i = 0; i < hops; i++) {
      const loss = hopping.save().loss + rise;
      settle(hopping, loss);
      if (hopping.save().loss === loss) accepted++;
    }
    const chance = Math.exp(-rise / temperature);
    // Four standard deviations of a binomial.
    expect(Math.abs(accepted - hops * chance)).toBeLessThan(4 * Math.sqrt(hops * chance * (1 - chance)));
  });

  it('accepts only lower losses at temperature 0', () => {
    const hopping = create({ temperature: 0 });
    const first = settle(hopping, 0);
    for (const loss of [0, 1e-300, 1, 0]) {
      settle(hopping, loss);
      expect(hopping.position).toEqual(first);
    }
    expect(settle(hopping, -1e-300)).toEqual(hopping.position);
  });

  it('lets the minima fall only at temperature 0, and sometimes rise at 1', () => {
    const rises = (temperature: number): number => {
      const hopping = create({ temperature, stepSize: 1.5 });
      let count = 0;
      let last = Infinity;
      for (let i = 0; i < 2000; i++) {
        step(hopping, RASTRIGIN);
        const { loss } = hopping.save();
        if (loss > last) count++;
        last = loss;
      }
      return count;
    };
    expect(rises(0)).toBe(0);
    expect(rises(1)).toBeGreaterThan(0);
  });
});

describe('the step size', () => {
  it('grows by 1 / factor after each interval with too many accepted hops, up to the width of the domain', () => {
    const hopping = create({ interval: 10, factor: 0.8, stepSize: 2 });
    let loss = 0;
    const hop = (times: number): void => {
      for (let i = 0; i < times; i++) settle(hopping, loss--);
    };
    hop(1); // the first search is not a hop
    hop(9);
    expect(hopping.stepSize).toBe(2);
    hop(1);
    expect(hopping.stepSize).toBe(2.5);
    hop(10);
    expect(hopping.stepSize).toBe(3.125);
    hop(1000);
    expect(hopping.stepSize).toBe(10);
  });

  it('shrinks by the factor after each interval with too few accepted hops', () => {
    const hopping = create({ interval: 10, factor: 0.5, stepSize: 2 });
    settle(hopping, 0);
    for (let i = 0; i < 30; i++) settle(hopping, 1e9);
    expect(hopping.stepSize).toBe(0.25);
  });

  it('stays at the target acceptance, and with a factor of 1', () => {
    const half = create({ interval: 4, targetAcceptance: 0.5 });
    settle(half, 0);
    for (let i = 1; i <= 40; i++) settle(half, i % 2 === 0 ? -i : 1e9);
    expect(half.stepSize).toBe(1);
    const fixed = create({ factor: 1, interval: 4 });
    for (let i = 0; i < 40; i++) settle(fixed, -i);
    expect(fixed.stepSize).toBe(1);
  });

  it('counts each interval separately', () => {
    const hopping = create({ interval: 4, factor: 0.5 });
    settle(hopping, 0);
    for (let i = 1; i <= 4; i++) settle(hopping, -i);
    for (let i = 0; i < 4; i++) settle(hopping, 1e9);
    expect(hopping.stepSize).toBe(1);
  });
});

describe('a start where the loss is not defined', () => {
  it('is left by every one of 40 drawn starts', () => {
    const f = {
      value: (x: Float64Array) => (x[0]! < 0 ? Number.NaN : (x[0]! - 2) ** 2 + x[1]! ** 2),
      gradient: (x: Float64Array) => Float64Array.of(2 * (x[0]! - 2), 2 * x[1]!),
    };
    for (let seed = 0; seed < 40; seed++) {
      const random = Random.fromSeed(seed, 'start');
      const start = Float64Array.from({ length: 2 }, () => -5 + 10 * random.uniform());
      const hopping = create({ start }, seed);
      for (let i = 0; i < 200; i++) step(hopping, f);
      expect(hopping.save().loss).toBeLessThan(1);
    }
  });
});

describe('losses that are not finite', () => {
  it('are never accepted, not even as the first', () => {
    const hopping = create();
    for (const loss of [Number.NaN, Infinity, -Infinity]) {
      settle(hopping, loss);
      expect(hopping.position).toEqual(START);
    }
    const first = settle(hopping, 7);
    expect(hopping.position).toEqual(first);
    for (const loss of [Number.NaN, Infinity, -Infinity]) settle(hopping, loss);
    expect(hopping.position).toEqual(first);
  });

  it('do not spoil a search in progress', () => {
    const wild = fc.oneof(fc.double(), fc.constantFrom(0, 1, 1e308, -1e308, Number.NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(fc.array(fc.tuple(wild, wild, wild), { maxLength: 100 }), (told) => {
        const hopping = create({ start: Float64Array.of(1, 2) });
        for (const [loss, ...gradient] of told) {
          for (const x of hopping.ask(0)[0]!.position) expect(Math.abs(x)).toBeLessThanOrEqual(5);
          hopping.tell([{ loss, gradient: Float64Array.from(gradient) }]);
          for (const x of hopping.position) expect(Math.abs(x)).toBeLessThanOrEqual(5);
        }
      }),
    );
  });
});

describe('the contract', () => {
  it('asks for one point with its gradient until tell, which draws nothing', () => {
    const hopping = create();
    for (let i = 0; i < 100; i++) {
      const asked = structuredClone(hopping.ask(0));
      expect(asked).toHaveLength(1);
      expect(asked[0]).toMatchObject({ gradient: true, perExample: false });
      const state = hopping.save();
      expect(hopping.ask(0.5)).toEqual(asked);
      expect(hopping.save()).toEqual(state);
      step(hopping, RASTRIGIN);
      expect(hopping.save().random).toEqual(state.random);
    }
  });

  it('gives the same run for the same seed, and another for another seed', () => {
    const run = (seed: number): Float64Array => {
      const hopping = create({}, seed);
      for (let i = 0; i < 60; i++) step(hopping, STYBLINSKI_TANG);
      return hopping.ask(0)[0]!.position;
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('continues bit for bit after a save and restore at any step', () => {
    const options = { interval: 2, local: { history: 4 } };
    fc.assert(
      fc.property(fc.nat(120), fc.boolean(), (steps, asked) => {
        const hopping = create(options);
        for (let i = 0; i < steps; i++) step(hopping, RASTRIGIN);
        if (asked) hopping.ask(0);
        const state = structuredClone(hopping.save());
        const restored = create({ ...options, start: new Float64Array(3) }, 99);
        restored.restore(state);
        state.position.fill(9);
        state.local.trial.fill(9);
        for (let i = 0; i < 60; i++) {
          step(hopping, RASTRIGIN);
          step(restored, RASTRIGIN);
          expect(restored.save()).toEqual(hopping.save());
        }
      }),
      { numRuns: 20 },
    );
  });

  it('shares no array between a state and the optimizer', () => {
    const hopping = create();
    for (let i = 0; i < 7; i++) step(hopping, RASTRIGIN);
    const state = hopping.save();
    const copy = structuredClone(state);
    for (let i = 0; i < 50; i++) step(hopping, RASTRIGIN);
    expect(state).toEqual(copy);
  });

  it('refuses other states, progress outside [0, 1] and answers that were not requested', () => {
    const state = create().save();
    expect(() => create({ start: new Float64Array(2) }).restore(state)).toThrow(
      new RangeError('the saved position must have 2 coordinates, got 3'),
    );
    expect(() => create({ temperature: 2 }).restore(state)).toThrow(
      new RangeError('the saved temperature must be 2, got null'),
    );
    expect(() => create({ local: { history: 3 } }).restore(state)).toThrow(
      new RangeError('the saved history must be 3, got 10'),
    );
    expect(() => create().ask(-1)).toThrow(new RangeError('progress must be from 0 to 1, got -1'));
    expect(() => create().tell([{ loss: 0, gradient: new Float64Array(3) }])).toThrow(
      'tell needs a pending step: call ask first',
    );
  });

  it.each<[Partial<BasinHoppingOptions>, string]>([
    [{ temperature: -1 }, 'temperature must be finite and at least 0, got -1'],
    [{ stepSize: Number.NaN }, 'stepSize must be finite and at least 0, got NaN'],
    [{ interval: 0 }, 'interval must be a positive integer, got 0'],
    [{ targetAcceptance: 1 }, 'targetAcceptance must be above 0 and below 1, got 1'],
    [{ factor: 1.1 }, 'factor must be above 0 and at most 1, got 1.1'],
    [{ factor: 0 }, 'factor must be above 0 and at most 1, got 0'],
    [{ local: { history: 0 } }, 'history must be a positive integer, got 0'],
    [{ domain: [3, 3] }, 'domain must be two finite numbers, the lower first, got [3, 3]'],
    [{ start: new Float64Array(0) }, 'start must have coordinates, all of them finite, got []'],
  ])('refuses %o', (options, message) => {
    expect(() => create(options)).toThrow(new RangeError(message));
  });
});
