import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measurePath } from '../../../experiments/collapse/alpha-path.ts';

/** Alpha of one coordinate in the normal cell, and one that never moves in the other. */
const step = (iteration: number, value: number) => ({ iteration, alpha: Float64Array.of(value, 7) });
const line = (epoch: number, iterations: number, value: number) => ({
  epoch,
  step: iterations,
  normal: [value],
  reduce: [7],
});

describe('the path of alpha', () => {
  it('counts every move in the epoch of its step, and a way back as well', () => {
    const steps = [step(0, 0), step(1, 2), step(2, 5), step(3, 1)]; // two iterations an epoch
    expect(measurePath(steps, [line(0, 0, 0), line(1, 2, 5), line(2, 4, 1.5)])).toEqual([0, 5, 4.5]);
  });

  it('is that of the moves where alpha rests in between', () => {
    const steps = [step(0, 0), step(2, 3), step(4, 4)]; // alpha moves in every second iteration
    expect(measurePath(steps, [line(0, 0, 0), line(1, 3, 4), line(2, 6, 4.5)])).toEqual([0, 4, 0.5]);
  });

  it('ends with the last epoch, if the run goes on', () => {
    const steps = [step(0, 0), step(1, 2), step(2, 9), step(3, 9)];
    expect(measurePath(steps, [line(0, 0, 0), line(1, 2, 8)])).toEqual([0, 8]);
  });

  it('is not known without steps', () => {
    expect(measurePath([], [line(0, 0, 0), line(1, 2, 8)])).toBeNull();
    expect(measurePath([step(0, 0)], [])).toBeNull();
  });

  it('is the distance where alpha moves one way, and never shorter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 20 }), (values) => {
        const steps = values.slice(0, -1).map((value, i) => step(i, value));
        const last = values.length - 1;
        const [, path] =
          measurePath(steps, [line(0, 0, values[0] as number), line(1, last, values[last] as number)]) ?? [];
        const moves = values.slice(1).map((value, i) => value - (values[i] as number));
        const distance = Math.abs((values[last] as number) - (values[0] as number));
        expect(path).toBeGreaterThanOrEqual(distance);
        if (moves.every((move) => move >= 0)) expect(path).toBe(distance);
      }),
    );
  });
});
