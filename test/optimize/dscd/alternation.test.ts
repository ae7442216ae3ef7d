import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlternationOptions,
  type AlternationState,
  advance,
  startAlternation,
} from '../../../src/optimize/dscd/alternation.ts';

/** Returns the initials of the kinds of steps with these losses. */
function kinds(losses: readonly number[], options: AlternationOptions): string {
  let state = startAlternation();
  return losses
    .map((loss) => {
      const { kind } = state;
      state = advance(state, loss, options);
      return kind[0];
    })
    .join('');
}

const stalled = (minSteps: number): AlternationOptions => ({ minSteps, switch: 'stalled' });
const count = (minSteps: number): AlternationOptions => ({ minSteps, switch: 'count' });
const options = fc.record({
  minSteps: fc.integer({ min: 1, max: 5 }),
  switch: fc.constantFrom('stalled' as const, 'count' as const),
});
const losses = fc.array(fc.constantFrom(0, 1, 2, 3, Number.NaN, Infinity), { maxLength: 60 });

describe('advance', () => {
  it('keeps the kind while the loss falls', () => {
    expect(kinds([9, 8, 7, 6, 5, 4, 3], stalled(2))).toBe('lllllll');
  });

  it('changes kind after N steps at the first loss that does not fall strictly', () => {
    expect(kinds([9, 8, 7, 7, 6, 5, 5, 0], stalled(3))).toBe('llllgggl');
    expect(kinds([1, 2, 3, 4, 5, 6, 7], stalled(3))).toBe('lllgggl');
  });

  it('does not count a rise within the first N steps', () => {
    expect(kinds([1, 2, 1, 0, 5, 9], stalled(3))).toBe('lllllg');
  });

  it('counts a loss that is not finite as no improvement, and the next finite one as an improvement', () => {
    expect(kinds([3, Number.NaN, 1, 2], stalled(1))).toBe('llgg');
    expect(kinds([3, Infinity, 1, 2], stalled(1))).toBe('llgg');
  });

  it('counts the first loss as an improvement', () => {
    expect(kinds([5, 5, 5, 5], stalled(1))).toBe('llgl');
  });

  it('changes after N steps for every loss, with switch `count`', () => {
    expect(kinds([9, 8, 7, 6, 5, 4, 3], count(3))).toBe('lllgggl');
    expect(kinds([9, 8, 7, 6], count(1))).toBe('lglg');
  });

  it('takes at least N consecutive steps of each kind, and changes only without improvement', () => {
    fc.assert(
      fc.property(options, losses, (given, all) => {
        const taken = kinds(all, given);
        const runs = taken.match(/l+|g+/g) ?? [];
        for (const run of runs.slice(0, -1)) expect(run.length).toBeGreaterThanOrEqual(given.minSteps);
        for (let i = 1; i < taken.length; i++) {
          const improved = Number.isFinite(all[i - 1]) && all[i - 1]! < (all[i - 2] ?? Infinity);
          if (taken[i] !== taken[i - 1] && given.switch === 'stalled') expect(improved).toBe(false);
        }
      }),
    );
  });

  it('continues in the same way from a state that went through JSON', () => {
    fc.assert(
      fc.property(options, losses, (given, all) => {
        let state = startAlternation();
        let parsed = startAlternation();
        for (const loss of all) {
          state = advance(state, loss, given);
          parsed = JSON.parse(JSON.stringify(advance(parsed, loss, given))) as AlternationState;
          expect(parsed).toEqual(state);
        }
      }),
    );
  });

  it('does not change the state it is given', () => {
    const state = Object.freeze(startAlternation());
    expect(advance(state, 1, count(1))).toEqual({ kind: 'global', consecutive: 0, lastLoss: 1 });
    expect(state).toEqual({ kind: 'local', consecutive: 0, lastLoss: null });
  });

  it.each([0, 1.5, Number.NaN])('refuses N = %d', (minSteps) => {
    expect(() => advance(startAlternation(), 1, stalled(minSteps))).toThrow(
      `minSteps must be a positive integer, got ${minSteps}`,
    );
  });
});
