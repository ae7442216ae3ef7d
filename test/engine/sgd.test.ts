import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepSgd } from '../../src/engine/sgd.ts';

const PLAIN = { learningRate: 1, momentum: 0, weightDecay: 0, clipNorm: Infinity };
/** Half a unit in the last place of a float32 near 1, a few times over. */
const FLOAT32 = 3e-7;

describe('stepSgd', () => {
  it('clips by the norm of the whole gradient, decays after that, and accumulates velocity', () => {
    // By hand: norm 5, scale 2.5 / (5 + 1e-6) = 0.4999999; g = scale * gradient + 0.1 w.
    const weights = Float32Array.of(1, -2);
    const velocity = new Float32Array(2);
    const settings = { learningRate: 0.5, momentum: 0.9, weightDecay: 0.1, clipNorm: 2.5 };
    expect(stepSgd(weights, Float32Array.of(3, 4), velocity, settings)).toBe(5);
    expect(velocity[0]).toBeCloseTo(1.5999997, 6);
    expect(velocity[1]).toBeCloseTo(1.7999996, 6);
    expect(weights[0]).toBeCloseTo(0.20000015, 6);
    expect(weights[1]).toBeCloseTo(-2.8999998, 6);
    // Norm 1, not clipped: g = gradient + 0.1 w, v = 0.9 v + g.
    expect(stepSgd(weights, Float32Array.of(0, 1), velocity, settings)).toBe(1);
    expect(velocity[0]).toBeCloseTo(0.9 * 1.5999997 + 0.020000015, 6);
    expect(velocity[1]).toBeCloseTo(0.9 * 1.7999996 + 1 - 0.28999998, 6);
    expect(weights[0]).toBeCloseTo(0.20000015 - 0.5 * (0.9 * 1.5999997 + 0.020000015), 6);
    expect(weights[1]).toBeCloseTo(-2.8999998 - 0.5 * (0.9 * 1.7999996 + 1 - 0.28999998), 6);
  });

  it('looks a step of momentum ahead by Nesterov’s, with the same velocity', () => {
    // By hand: g = gradient + 0.5 w, v = 0.75 v + g, w = w - 0.25 (g + 0.75 v); all numbers are exact.
    const settings = { learningRate: 0.25, momentum: 0.75, weightDecay: 0.5, clipNorm: Infinity, nesterov: true };
    const [weights, velocity] = [Float32Array.of(2), Float32Array.of(4)];
    stepSgd(weights, Float32Array.of(1), velocity, settings);
    expect([velocity[0], weights[0]]).toEqual([5, 2 - 0.25 * (2 + 3.75)]);
    stepSgd(weights, Float32Array.of(-1), velocity, settings);
    const g = -1 + 0.5 * 0.5625;
    expect([velocity[0], weights[0]]).toEqual([3.75 + g, 0.5625 - 0.25 * (g + 0.75 * (3.75 + g))]);
  });

  it('is plain SGD without momentum, by Nesterov’s too; and without it if that is not asked for', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 5, noNaN: true, min: -1e3, max: 1e3 }), (gradient) => {
        const step = (settings: Partial<typeof PLAIN> & { nesterov?: boolean }) => {
          const [weights, velocity] = [gradient.map((g) => g / 3), gradient.map((g) => g / 7)];
          stepSgd(weights, gradient, velocity, { ...PLAIN, ...settings });
          return [weights, velocity];
        };
        expect(step({ nesterov: true })).toEqual(step({}));
        expect(step({ momentum: 0.9, nesterov: false })).toEqual(step({ momentum: 0.9 }));
      }),
    );
  });

  it('leaves a gradient at the limit as it is', () => {
    const weights = Float32Array.of(0, 0);
    stepSgd(weights, Float32Array.of(3, 4), new Float32Array(2), { ...PLAIN, clipNorm: 5 });
    expect(weights).toEqual(Float32Array.of(-3, -4));
  });

  it('adds 1e-6 to the norm it divides by, as PyTorch does', () => {
    const weights = Float32Array.of(0);
    stepSgd(weights, Float32Array.of(1e-6), new Float32Array(1), { ...PLAIN, clipNorm: 1e-7 });
    expect(weights[0]! / -0.5e-7).toBeCloseTo(1, 6);
  });

  it('clips to just under the limit, whatever the gradient', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 20, noNaN: true, min: -1e6, max: 1e6 }), (gradient) => {
        const weights = new Float32Array(gradient.length);
        const norm = stepSgd(weights, gradient, new Float32Array(gradient.length), { ...PLAIN, clipNorm: 2 });
        expect(Math.hypot(...weights)).toBeLessThanOrEqual(2 * (1 + FLOAT32));
        expect(Math.abs(norm - Math.hypot(...gradient))).toBeLessThanOrEqual(1e-12 * norm);
      }),
    );
  });

  it('has a first step without momentum, and only reads the gradient', () => {
    const gradient = Float32Array.of(1, 2);
    const first = Float32Array.of(0, 0);
    stepSgd(first, gradient, new Float32Array(2), { ...PLAIN, momentum: 0.9 });
    const plain = Float32Array.of(0, 0);
    stepSgd(plain, gradient, new Float32Array(2), PLAIN);
    expect(first).toEqual(plain);
    expect(gradient).toEqual(Float32Array.of(1, 2));
  });

  it('sums the norm in float64', () => {
    // In float32 the sum of squares stops growing at 2^24.
    const gradient = new Float32Array(2 ** 24 + 2 ** 20).fill(1);
    const norm = stepSgd(new Float32Array(gradient.length), gradient, new Float32Array(gradient.length), PLAIN);
    expect(norm).toBe(Math.sqrt(gradient.length));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('moves nothing by a gradient with %d in it, and says so', (value) => {
    const [weights, velocity] = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
    expect(stepSgd(weights, Float32Array.of(1, value), velocity, { ...PLAIN, clipNorm: 5 })).toBe(value);
    expect([...weights, ...velocity]).toEqual([1, 2, 3, 4]);
  });

  it('refuses other lengths', () => {
    expect(() => stepSgd(new Float32Array(2), new Float32Array(3), new Float32Array(2), PLAIN)).toThrow(
      new RangeError('gradient and velocity must have 2 entries, got 3 and 2'),
    );
  });
});
