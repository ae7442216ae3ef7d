import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { AlternatingOptimizer } from '../../../src/optimize/dscd/alternating-optimizer.ts';
import { minimize } from '../../../src/optimize/minimize/minimize.ts';
import { Evaluator, Failure, type Seen } from '../../../src/optimize/minimize/objective.ts';
import { Speculation } from '../../../src/optimize/minimize/speculation.ts';
import type { Optimizer, Point, PointEvaluation } from '../../../src/optimize/optimizer.ts';
import { createConfine } from '../../../src/optimize/range/space-map.ts';

const CONFINE = createConfine([-5, 5], 2);

/** Creates DSCD that stays: its next steps are known until one is accepted. */
function createDscd(): AlternatingOptimizer {
  return new AlternatingOptimizer({ start: Float64Array.of(1, 2), dscd: { onReject: 'stay' } }, Random.fromSeed(0));
}

function speculate(optimizer: Optimizer, value: (x: Float64Array, step: number) => number, ahead = 3) {
  const calls: number[] = [];
  const objective = {
    value(x: Float64Array, step: number): number {
      calls.push(step);
      return value(x, step);
    },
  };
  const evaluator = new Evaluator(objective, 2, CONFINE, 1 + ahead);
  const speculation = new Speculation(optimizer, evaluator, ahead);
  return {
    calls,
    speculation,
    evaluate: (points: readonly Point[], step: number, left = 100) =>
      speculation.evaluate(points, step, left, (n) => (step + n) / 100) as Seen[],
    /** Takes the steps `from` up to, but excluding, `to`. */
    run(from: number, to: number): void {
      for (let step = from; step < to; step++) {
        const points = optimizer.ask(step / 100);
        optimizer.tell(this.evaluate(points, step) as PointEvaluation[]);
      }
    },
  };
}

describe('a step evaluated with the steps after it', () => {
  it('evaluates these ahead, each with its own step, until one is accepted', () => {
    const run = speculate(createDscd(), (_, step) => step);
    run.run(0, 1); // accepted: the window is empty
    expect(run.calls).toEqual([0, 1, 2, 3]);
    run.run(1, 2); // the position has moved: the foreseen results are useless
    expect(run.calls).toEqual([0, 1, 2, 3, 1, 2, 3, 4]);
    expect(run.speculation.discarded).toBe(3);
    run.run(2, 5); // rejected, like all that follow
    expect(run.calls).toHaveLength(8);
    run.run(5, 6);
    expect(run.calls.slice(8)).toEqual([5, 6, 7, 8]);
    expect(run.speculation.discarded).toBe(3);
    run.speculation.discard();
    expect(run.speculation.discarded).toBe(6);
  });

  it('stays within the budget', () => {
    const optimizer = createDscd();
    for (const [left, calls] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [9, 4],
    ] as const) {
      const run = speculate(optimizer, () => 0);
      run.evaluate(optimizer.ask(0), 0, left);
      expect(run.calls).toHaveLength(calls);
    }
  });

  it('is evaluated alone if it has several points, or cannot be foreseen', () => {
    const start = Float64Array.of(1, 2);
    const paired = new AlternatingOptimizer({ start, dscd: { acceptance: 'paired' } }, Random.fromSeed(0));
    const optimizer: Optimizer = {
      position: start,
      ask: () => [{ position: start, gradient: false, perExample: false }],
      tell: () => undefined,
      save: () => ({}),
      restore: () => undefined,
    };
    for (const [each, points] of [
      [paired, 2],
      [optimizer, 1],
    ] as const) {
      const run = speculate(each, () => 0);
      run.run(0, 5);
      expect(run.calls).toHaveLength(5 * points);
      expect(run.speculation.discarded).toBe(0);
    }
  });

  it('does not reuse a result for a point that requests more', () => {
    const position = Float64Array.of(0, -0);
    let asked: Point = { position, gradient: false, perExample: false };
    const optimizer: Optimizer = {
      position,
      ask: () => [asked],
      tell: () => undefined,
      foresee: (progress) => progress.map(() => ({ position, gradient: false, perExample: false })),
      save: () => ({}),
      restore: () => undefined,
    };
    const run = speculate(optimizer, () => 0, 1);
    run.run(0, 2);
    expect(run.calls).toEqual([0, 1]);
    run.run(2, 3);
    asked = { ...asked, position: Float64Array.of(0, 0) }; // 0 and -0 differ in a bit
    run.run(3, 4);
    expect(run.calls).toEqual([0, 1, 2, 3, 3, 4]);
    asked = { position, gradient: false, perExample: true };
    expect(() => run.run(4, 5)).toThrow('needs an objective with perExample');
    expect(run.speculation.discarded).toBe(2);
  });

  it('keeps foreseen points that the optimizer overwrites', () => {
    const buffers = [new Float64Array(2), new Float64Array(2)] as const;
    const write = (buffer: number, x: number): Point[] => {
      const position = buffers[buffer as 0 | 1];
      position[0] = x;
      return [{ position, gradient: false, perExample: false }];
    };
    let step = 0;
    const optimizer: Optimizer = {
      position: buffers[0],
      ask: () => write(step % 2, step),
      tell: () => {
        step++;
      },
      foresee: () => write((step + 1) % 2, step + 0.5),
      save: () => ({}),
      restore: () => undefined,
    };
    const run = speculate(optimizer, () => 0, 1);
    run.run(0, 2);
    expect(run.calls).toEqual([0, 1, 1, 2]);
  });

  it('ignores a failure ahead until its point is asked for', () => {
    const optimizer = createDscd();
    const run = speculate(optimizer, (_, step) => {
      if (step === 3) throw new Error('at step 3');
      return step;
    });
    run.run(0, 3);
    expect(run.calls).toEqual([0, 1, 2, 3, 1, 2, 3]);
    const [failed] = run.evaluate(optimizer.ask(0.03), 3);
    expect(failed).toBeInstanceOf(Failure);
    expect(failed).toMatchObject({ cause: new Error('at step 3') });
  });
});

describe('speculation in a run', () => {
  it('does not count discarded evaluations in the budget', async () => {
    let calls = 0;
    const value = async (x: Float64Array): Promise<number> => {
      calls++;
      return Math.abs(x[0]! - 1) + Math.abs(x[1]! + 2);
    };
    const options = { coordinates: 2, evaluations: 100, speculative: 3 };
    const result = await minimize(value, options);
    expect(result.evaluations).toBe(100);
    expect(result.discarded).toBe(calls - 100);
    expect(result.discarded).toBeGreaterThan(0);
    const { discarded, state, ...same } = result;
    expect(await minimize(value, { ...options, speculative: 0 })).toMatchObject(same);
    // The concurrency limits the evaluations ahead.
    calls = 0;
    const narrow = await minimize(value, { ...options, concurrency: 2 });
    expect(narrow.discarded).toBe(calls - 100);
    expect(narrow.discarded).toBeLessThan(discarded);
    expect(state.discarded).toBe(discarded);
  });
});
