import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { CoordinateDescent, type CoordinateDescentOptions } from '../../../src/optimize/rivals/coordinate-descent.ts';
import { cosine } from '../../../src/optimize/schedules.ts';
import { ROSENBROCK } from '../../../src/optimize/test-functions/test-functions.ts';

const START = Float64Array.of(4, -3, 2, 1);

function create(options: Partial<CoordinateDescentOptions> = {}, seed = 0): CoordinateDescent {
  return new CoordinateDescent({ start: START, ...options }, Random.fromSeed(seed));
}

type Gradient = (x: Float64Array) => Float64Array;

function step(descent: CoordinateDescent, gradient: Gradient = (x) => x.map((v) => 2 * v), progress = 0): void {
  descent.tell(descent.ask(progress).map(({ position }) => ({ loss: 0, gradient: gradient(position) })));
}

describe('a step', () => {
  it('minimizes the drawn coordinate of a separable function at the rate 1 / L', () => {
    // f = sum L / 2 (x_i - i)^2
    const descent = create({ learningRate: 1 / 8 });
    const gradient: Gradient = (x) => x.map((v, i) => 8 * (v - i));
    const reached = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const before = descent.position.slice();
      step(descent, gradient);
      const moved = [0, 1, 2, 3].filter((k) => descent.position[k] !== before[k]);
      expect(moved.length).toBeLessThanOrEqual(1);
      for (const k of moved) {
        expect(reached).not.toContain(k);
        reached.add(k);
        expect(descent.position[k]).toBe(k);
      }
    }
    expect(descent.position).toEqual(Float64Array.of(0, 1, 2, 3));
  });

  it('moves by the learning rate, 0.1 by default, times the schedule', () => {
    const one = { start: Float64Array.of(0) };
    const reach = (options: Partial<CoordinateDescentOptions>, progress: number): number => {
      const descent = create({ ...one, ...options });
      step(descent, () => Float64Array.of(-1), progress);
      return descent.position[0]!;
    };
    expect(reach({}, 0.3)).toBe(0.1);
    expect(reach({ learningRate: 0.25 }, 1)).toBe(0.25);
    expect(reach({ learningRate: 2, schedule: cosine(1, 0) }, 0.5)).toBeCloseTo(1, 15);
    expect(reach({ learningRate: 2, schedule: cosine(1, 0) }, 1)).toBe(0);
    expect(reach({ learningRate: 0 }, 0)).toBe(0);
  });

  it('follows the progress at which it was first asked for', () => {
    const descent = create({ start: Float64Array.of(0), learningRate: 1, schedule: (t) => t });
    descent.ask(0.25);
    descent.ask(1);
    descent.tell([{ loss: 0, gradient: Float64Array.of(-1) }]);
    expect(descent.position[0]).toBe(0.25);
  });

  it('ends at the edge of the domain', () => {
    const descent = create({ domain: [-1, 3.5], learningRate: 100 });
    expect(descent.position).toEqual(Float64Array.of(3.5, -1, 2, 1));
    for (let i = 0; i < 60; i++) step(descent, () => Float64Array.of(-1, 1, -1e308, 1e308));
    expect(descent.position).toEqual(Float64Array.of(3.5, -1, 3.5, -1));
  });

  it('is drawn uniformly among the coordinates', () => {
    const descent = create();
    const counts = [0, 0, 0, 0];
    const draws = 8000;
    for (let i = 0; i < draws; i++) {
      descent.ask(0);
      counts[descent.save().step!.coordinate]!++;
      descent.tell([{ loss: 0, gradient: new Float64Array(4) }]);
    }
    // Four standard deviations of a binomial with chance 1/4.
    for (const count of counts) expect(Math.abs(count - draws / 4)).toBeLessThan(4 * Math.sqrt((draws * 3) / 16));
  });

  it.each([Number.NaN, Infinity, -Infinity])('moves no coordinate if the gradient has %d anywhere', (value) => {
    const descent = create();
    for (let i = 0; i < 20; i++) step(descent, () => Float64Array.of(1, value, 1, 1));
    expect(descent.position).toEqual(START);
    step(descent);
    expect(descent.position).not.toEqual(START);
  });

  it('asks for the same gradient until tell', () => {
    const descent = create();
    const first = descent.ask(0);
    expect(first).toEqual([{ position: START, gradient: true, perExample: false, kind: 'local' }]);
    const state = descent.save();
    expect(descent.ask(0.5)).toEqual(first);
    expect(descent.save()).toEqual(state);
  });

  it('draws nothing in tell', () => {
    const descent = create();
    descent.ask(0);
    const { random } = descent.save();
    descent.tell([{ loss: 0, gradient: new Float64Array(4) }]);
    expect(descent.save().random).toEqual(random);
  });
});

describe('the run', () => {
  it('descends a curved valley', () => {
    // The largest curvature along a coordinate here is about 1200 x^2 + 2.
    const descent = create({ start: new Float64Array(2), learningRate: 1 / 1202 });
    for (let i = 0; i < 60_000; i++) step(descent, ROSENBROCK.gradient);
    expect(ROSENBROCK.value(descent.position)).toBeLessThan(1e-4);
  });

  it('is the same for the same seed, and another for another seed', () => {
    const run = (seed: number): Float64Array => {
      const descent = create({}, seed);
      for (let i = 0; i < 5; i++) step(descent);
      return descent.position;
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('continues bit for bit after a save and restore at any step', () => {
    const options = { learningRate: 1e-3, schedule: cosine(1, 0) };
    fc.assert(
      fc.property(fc.nat(30), fc.boolean(), (steps, asked) => {
        const descent = create(options);
        for (let i = 0; i < steps; i++) step(descent, ROSENBROCK.gradient, i / 100);
        if (asked) descent.ask(0.3);
        const state = structuredClone(descent.save());
        const restored = create({ ...options, start: new Float64Array(4) }, 99);
        restored.restore(state);
        state.position.fill(9);
        for (let i = 0; i < 10; i++) {
          step(descent, ROSENBROCK.gradient, 0.4);
          step(restored, ROSENBROCK.gradient, 0.4);
          expect(restored.save()).toEqual(descent.save());
        }
      }),
    );
  });
});

describe('refuses', () => {
  it('answers that were not requested', () => {
    const descent = create();
    const told = { loss: 0, gradient: new Float64Array(4) };
    expect(() => descent.tell([told])).toThrow('tell needs a pending step: call ask first');
    descent.ask(0);
    expect(() => descent.tell([{ loss: 0 }])).toThrow('tell needs a gradient of 4 coordinates, got 0');
    expect(() => descent.tell([told, told])).toThrow('tell needs 1 evaluation, one for each point, got 2');
    descent.tell([told]);
    expect(() => descent.tell([told])).toThrow('tell needs a pending step: call ask first');
  });

  it('states with other coordinates or settings', () => {
    const state = create().save();
    expect(() => create({ start: new Float64Array(2) }).restore(state)).toThrow(
      new RangeError('the saved position must have 2 coordinates, got 4'),
    );
    expect(() => create({ learningRate: 1 }).restore(state)).toThrow(
      new RangeError('the saved learningRate must be 1, got 0.1'),
    );
  });

  it('progress outside [0, 1], and a schedule that gives no rate, drawing nothing', () => {
    const descent = create({ schedule: (t) => 0.5 - t });
    const state = descent.save();
    expect(() => descent.ask(1.5)).toThrow(new RangeError('progress must be from 0 to 1, got 1.5'));
    expect(() => descent.ask(1)).toThrow(
      new RangeError('the scheduled learningRate at progress 1 must be finite and at least 0, got -0.05'),
    );
    expect(descent.save()).toEqual(state);
  });

  it.each<[Partial<CoordinateDescentOptions>, string]>([
    [{ learningRate: -0.1 }, 'learningRate must be finite and at least 0, got -0.1'],
    [{ learningRate: Number.NaN }, 'learningRate must be finite and at least 0, got NaN'],
    [{ start: new Float64Array(0) }, 'start must have coordinates, all of them finite, got []'],
    [{ domain: [2, 1] }, 'domain must be two finite numbers, the lower first, got [2, 1]'],
  ])('%o', (options, message) => {
    expect(() => create(options)).toThrow(new RangeError(message));
  });
});
