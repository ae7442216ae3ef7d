import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AcceptanceWindow, checkWindow } from '../../../src/optimize/dscd/acceptance-window.ts';

/** Losses with few different values, so that ties and losses that are not finite are frequent. */
const losses = fc.array(fc.constantFrom(0, 1, 2, 3, 4, 5, Number.NaN, Infinity, -Infinity), { maxLength: 60 });
const sizes = fc.integer({ min: 1, max: 12 });

/** Finds the earliest of the smallest finite losses by looking at all of the last `size` steps. */
function bruteForce(seen: readonly number[], size: number): { loss: number; step: number } | null {
  let best: { loss: number; step: number } | null = null;
  for (let step = Math.max(0, seen.length - size); step < seen.length; step++) {
    const loss = seen[step] as number;
    if (Number.isFinite(loss) && (best === null || loss < best.loss)) best = { loss, step };
  }
  return best;
}

describe('AcceptanceWindow', () => {
  it('is the earliest smallest finite loss of the last K steps, with its position', () => {
    fc.assert(
      fc.property(sizes, losses, (size, all) => {
        const window = new AcceptanceWindow(size);
        // All positions share one buffer, which the window must not keep.
        const position = new Float64Array(2);
        for (const [step, loss] of all.entries()) {
          position.set([step, -step]);
          window.observe(loss, position);
          const expected = bruteForce(all.slice(0, step + 1), size);
          expect(window.best?.loss ?? null).toBe(expected?.loss ?? null);
          expect(window.best?.position ?? null).toEqual(expected && Float64Array.of(expected.step, -expected.step));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a later equal loss until the earlier one leaves', () => {
    const window = new AcceptanceWindow(2);
    window.observe(1, Float64Array.of(10));
    window.observe(1, Float64Array.of(20));
    expect(window.best?.position[0]).toBe(10);
    window.observe(5, Float64Array.of(30));
    expect(window.best).toEqual({ step: 2, loss: 1, position: Float64Array.of(20) });
  });

  it('forgets all finite losses after K that are not', () => {
    const window = new AcceptanceWindow(3);
    window.observe(1, Float64Array.of(1));
    for (const loss of [Number.NaN, Infinity]) window.observe(loss, Float64Array.of(2));
    expect(window.best?.loss).toBe(1);
    window.observe(-Infinity, Float64Array.of(3));
    expect(window.best).toBeNull();
  });

  it('observes a move without changing the position before it', () => {
    const window = new AcceptanceWindow(3);
    const position = Float64Array.of(1, 2, 3);
    window.observe(0, position, { coordinate: 1, from: 2, to: 9 });
    expect(window.best?.position).toEqual(Float64Array.of(1, 9, 3));
    expect(position).toEqual(Float64Array.of(1, 2, 3));
  });

  it('continues exactly after save and restore, and leaves the saved state unchanged', () => {
    fc.assert(
      fc.property(sizes, losses, losses, (size, before, after) => {
        const window = new AcceptanceWindow(size);
        for (const [step, loss] of before.entries()) window.observe(loss, Float64Array.of(step, 1));
        const state = window.save();
        const frozen = structuredClone(state);
        const restored = new AcceptanceWindow(size);
        for (const loss of after) restored.observe(loss, Float64Array.of(-1, -1));
        restored.restore(frozen);
        for (const [step, loss] of after.entries()) {
          for (const each of [window, restored]) each.observe(loss, Float64Array.of(step, 2));
          expect(restored.best).toEqual(window.best);
        }
        expect(restored.save()).toEqual(window.save());
        expect(frozen).toEqual(state);
      }),
    );
  });

  it('refuses a state of another size, and sizes that are not positive integers', () => {
    const state = new AcceptanceWindow(5).save();
    expect(() => new AcceptanceWindow(6).restore(state)).toThrow('the saved window must have 6 steps, got 5');
    for (const size of [0, 1.5, Number.NaN]) {
      expect(() => new AcceptanceWindow(size)).toThrow(`the window must be a positive integer of steps, got ${size}`);
    }
  });
});

describe('checkWindow', () => {
  it('accepts K = 2 N + 1, and no less', () => {
    expect(() => checkWindow(21, 10)).not.toThrow();
    expect(() => checkWindow(20, 10)).toThrow(new RangeError('window must be greater than 2 * minSteps = 20, got 20'));
  });
});
