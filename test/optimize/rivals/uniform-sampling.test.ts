import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { UniformSampling, type UniformSamplingOptions } from '../../../src/optimize/rivals/uniform-sampling.ts';

const START = Float64Array.of(1, 2, 3);

function create(seed = 0, options: Partial<UniformSamplingOptions> = {}): UniformSampling {
  return new UniformSampling({ start: START, ...options }, Random.fromSeed(seed));
}

/** Takes a step with the sum of the coordinates as loss. Returns the point. */
function step(sampling: UniformSampling): Float64Array {
  const position = sampling.ask(0)[0]!.position.slice();
  sampling.tell([{ loss: position.reduce((sum, x) => sum + x) }]);
  return position;
}

describe('the points', () => {
  it('are uniform in the domain, in every coordinate and independently', () => {
    const sampling = create(0, { domain: [2, 6] });
    const count = 20_000;
    const points = Array.from({ length: count }, () => step(sampling).map((x) => (x - 2) / 4));
    for (const i of [0, 1, 2]) {
      const sorted = points.map((x) => x[i]!).sort((a, b) => a - b);
      const distance = Math.max(...sorted.map((u, k) => Math.max(u - k / count, (k + 1) / count - u)));
      // The limit of Kolmogorov and Smirnov at 0.1 %.
      expect(distance * Math.sqrt(count)).toBeLessThan(1.95);
      const product = points.reduce((sum, x) => sum + (x[i]! - 0.5) * (x[(i + 1) % 3]! - 0.5), 0) / count;
      // Four standard errors of a product of independent uniform numbers (variance 1/144).
      expect(Math.abs(product)).toBeLessThan(4 / 12 / Math.sqrt(count));
    }
  });

  it('come one for each step, without gradient, and stay until tell', () => {
    const sampling = create();
    const first = structuredClone(sampling.ask(0));
    expect(first).toHaveLength(1);
    expect(first[0]).toMatchObject({ gradient: false, perExample: false });
    expect(sampling.ask(0.5)).toEqual(first);
    sampling.tell([{ loss: 1 }]);
    expect(sampling.ask(0)).not.toEqual(first);
  });

  it('are the same for the same seed, and others for another seed', () => {
    const path = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (sampling) => () =>
            step(sampling)
        )(create(seed)),
      );
    expect(path(3)).toEqual(path(3));
    expect(path(3)).not.toEqual(path(4));
  });

  it('are foreseen, in any number, without being drawn', () => {
    const sampling = create();
    for (const asked of [false, true]) {
      step(sampling);
      if (asked) sampling.ask(0);
      const state = sampling.save();
      const foreseen = sampling.foresee([0.1, 0.2, 0.3]).map(({ position }) => position);
      expect(sampling.save()).toEqual(state);
      if (asked) sampling.tell([{ loss: 0 }]);
      expect(foreseen).toEqual([step(sampling), step(sampling), step(sampling)]);
    }
    expect(sampling.foresee([])).toEqual([]);
  });
});

describe('the position', () => {
  it('is the start, within the domain, until a loss is finite', () => {
    expect(create().position).toEqual(START);
    const sampling = create(0, { domain: [0, 2.5] });
    for (const loss of [Number.NaN, Infinity, -Infinity]) {
      sampling.ask(0);
      sampling.tell([{ loss }]);
      expect(sampling.position).toEqual(Float64Array.of(1, 2, 2.5));
    }
    const only = sampling.ask(0)[0]!.position.slice();
    sampling.tell([{ loss: 1e9 }]);
    expect(sampling.position).toEqual(only);
  });

  it('is the best point so far, the earliest of equal ones', () => {
    const loss = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(Number.NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(fc.array(loss), (losses) => {
        const sampling = create();
        let best = { loss: Infinity, position: START };
        for (const seen of losses) {
          const position = sampling.ask(0)[0]!.position.slice();
          sampling.tell([{ loss: seen }]);
          if (Number.isFinite(seen) && seen < best.loss) best = { loss: seen, position };
          expect(sampling.position).toEqual(best.position);
        }
      }),
    );
  });
});

describe('the contract', () => {
  it('continues bit for bit after a save and restore at any step', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.boolean(), (steps, asked) => {
        const sampling = create();
        for (let i = 0; i < steps; i++) step(sampling);
        if (asked) sampling.ask(0);
        const state = structuredClone(sampling.save());
        const restored = create(99, { start: new Float64Array(3) });
        restored.restore(state);
        state.position.fill(9);
        state.trial.fill(9);
        for (let i = 0; i < 5; i++) {
          expect(step(restored)).toEqual(step(sampling));
          expect(restored.save()).toEqual(sampling.save());
        }
      }),
    );
  });

  it('refuses answers that were not requested', () => {
    const sampling = create();
    expect(() => sampling.tell([{ loss: 0 }])).toThrow('tell needs a pending step: call ask first');
    sampling.ask(0);
    expect(() => sampling.tell([])).toThrow('tell needs 1 evaluation, one for each point, got 0');
    sampling.tell([{ loss: 0 }]);
    expect(() => sampling.tell([{ loss: 0 }])).toThrow('tell needs a pending step: call ask first');
  });

  it('refuses other states, progress outside [0, 1] and bad options', () => {
    const state = create().save();
    expect(() => create(0, { start: new Float64Array(2) }).restore(state)).toThrow(
      new RangeError('the saved position must have 2 coordinates, got 3'),
    );
    expect(() => create(0, { domain: [0, 1] }).restore(state)).toThrow(
      new RangeError('the saved domain must be 0,1, got -5,5'),
    );
    for (const progress of [-0.1, 1.1, Number.NaN]) {
      expect(() => create().ask(progress)).toThrow(new RangeError(`progress must be from 0 to 1, got ${progress}`));
    }
    expect(() => create(0, { domain: [5, -5] })).toThrow(
      new RangeError('domain must be two finite numbers, the lower first, got [5, -5]'),
    );
    expect(() => create(0, { start: Float64Array.of(Infinity) })).toThrow(
      new RangeError('start must have coordinates, all of them finite, got [Infinity]'),
    );
  });
});
