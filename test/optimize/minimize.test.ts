import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { Adam } from '../../src/optimize/adam.ts';
import type { DscdOptions } from '../../src/optimize/dscd-options.ts';
import { type MinimizeOptions, minimize } from '../../src/optimize/minimize.ts';
import { cosine } from '../../src/optimize/schedules.ts';
import { type Objective, SCHWEFEL, STYBLINSKI_TANG, scaleToDomain } from '../../src/optimize/test-functions.ts';

function uniformStart(coordinates: number, seed: number): Float64Array {
  const random = Random.fromSeed(seed, 'start');
  return Float64Array.from({ length: coordinates }, () => -5 + 10 * random.uniform());
}

/** Positions and kinds after every step. */
function trajectory(objective: Objective, options: MinimizeOptions): { kind: string; position: Float64Array }[] {
  const steps: { kind: string; position: Float64Array }[] = [];
  const onStep: MinimizeOptions['onStep'] = (_, { kind }, position) => steps.push({ kind, position: position.slice() });
  minimize(objective, { ...options, onStep });
  return steps;
}

describe('the paper’s claim on 50-dimensional Styblinski-Tang (20,000 steps)', () => {
  const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);
  const gap = (seed: number, options: Partial<MinimizeOptions>): number => {
    const common = { steps: 20_000, seed, learningRate: 0.1, schedule: 'cosine' } as const;
    const result = minimize(STYBLINSKI_TANG, { start: uniformStart(50, seed), ...common, ...options });
    return result.bestLoss - STYBLINSKI_TANG.minimum(50);
  };

  it.each(SEEDS)('seed %i: Adam alone is stuck above 1, Adam + DSCD ends within 1e-3 of the minimum', (seed) => {
    expect(gap(seed, { method: 'adam' })).toBeGreaterThan(1);
    expect(gap(seed, { method: 'adam+dscd' })).toBeLessThan(1e-3);
  });

  it('joint steps and DSCD alone get there too', () => {
    expect(gap(0, { mode: 'joint' })).toBeLessThan(1e-3);
    expect(gap(0, { method: 'dscd' })).toBeLessThan(1e-2);
  });
});

describe('minimize', () => {
  const start = uniformStart(8, 0);

  it('is plain Adam, bit for bit, where N is longer than the run', () => {
    const steps = 500;
    const options = { start, steps, learningRate: 0.1, schedule: 'cosine' } as const;
    const hybrid = trajectory(STYBLINSKI_TANG, { ...options, alternation: { minSteps: 501 }, dscd: { window: 1003 } });
    const alone = trajectory(STYBLINSKI_TANG, { ...options, method: 'adam' });
    const adam = new Adam(8, { learningRate: 0.1 });
    const position = start.slice();
    const rate = cosine(0.1, 0);
    for (let t = 0; t < steps; t++) {
      adam.step(position, STYBLINSKI_TANG.gradient(position), rate(t / steps));
      expect(hybrid[t]).toEqual({ kind: 'local', position });
      expect(alone[t]).toEqual({ kind: 'local', position });
    }
  });

  describe('an offset that the losses of a step have in common', () => {
    /** Losses are multiples of 2^-20 and offsets integers, so that every sum is exact. */
    function path(offset: number, dscd: DscdOptions, mode: 'alternating' | 'joint' = 'alternating') {
      let step = 0;
      const objective: Objective = {
        value: (x) => {
          const exact = Math.round(STYBLINSKI_TANG.value(x) * 2 ** 20) / 2 ** 20;
          return exact + Math.round(offset * Math.sin(step));
        },
        gradient: (x) => STYBLINSKI_TANG.gradient(x),
      };
      const kept: { position: Float64Array; accepted: number | null }[] = [];
      minimize(objective, {
        start,
        steps: 400,
        mode,
        dscd,
        alternation: { minSteps: 3, switch: 'count' },
        onStep: (index, { accepted }, position) => {
          kept.push({ position: position.slice(), accepted });
          step = index + 1;
        },
      });
      return kept;
    }

    it.each(['alternating', 'joint'] as const)('does not move paired acceptance by a single bit (%s)', (mode) => {
      for (const selection of ['best', 'first'] as const) {
        const dscd: DscdOptions = { acceptance: 'paired', proposals: 2, selection };
        const quiet = path(0, dscd, mode);
        expect(path(1000, dscd, mode)).toEqual(quiet);
        expect(quiet.some(({ accepted }) => accepted !== null)).toBe(true);
      }
    });

    it('leads the acceptance window elsewhere', () => {
      expect(path(1000, { proposals: 2 })).not.toEqual(path(0, { proposals: 2 }));
    });
  });

  it('repeats itself with the same seed, and not with another', () => {
    const options = { start, steps: 200 } as const;
    const first = trajectory(STYBLINSKI_TANG, { ...options, seed: 1 });
    expect(trajectory(STYBLINSKI_TANG, { ...options, seed: 1 })).toEqual(first);
    expect(trajectory(STYBLINSKI_TANG, { ...options, seed: 2 })).not.toEqual(first);
  });

  it('reports the best of all evaluations, where it ended, and what it cost', () => {
    const seen: { loss: number; x: Float64Array }[] = [];
    let gradients = 0;
    const objective: Objective = {
      value(x) {
        const loss = STYBLINSKI_TANG.value(x);
        seen.push({ loss, x: x.slice() });
        return loss;
      },
      gradient(x) {
        gradients++;
        return STYBLINSKI_TANG.gradient(x);
      },
    };
    const kinds: string[] = [];
    const options = { start, steps: 300, dscd: { proposals: 3, window: 30 } };
    const result = minimize(objective, { ...options, onStep: (_, { kind }) => kinds.push(kind) });
    const final = seen.pop()!;
    expect(result).toMatchObject({ finalLoss: final.loss, finalPosition: final.x, gradients });
    expect(result.evaluations).toBe(seen.length);
    const global = kinds.filter((kind) => kind === 'global').length;
    expect(global).toBeGreaterThan(0);
    expect(result.gradients).toBe(300 - global);
    expect(result.evaluations).toBe(300 - global + 3 * global);
    const best = seen.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(result).toMatchObject({ bestLoss: best.loss, bestPosition: best.x });
  });

  it('stays inside the bounds on a function without a lower bound outside', () => {
    const f = scaleToDomain(SCHWEFEL, [-5, 5]);
    const positions = trajectory(f, { start, steps: 500, learningRate: 1, bounds: [-5, 5] });
    expect(positions.every(({ position }) => position.every((x) => x >= -5 && x <= 5))).toBe(true);
    expect(minimize(f, { start, steps: 500, learningRate: 1, bounds: [-5, 5] }).bestLoss).toBeGreaterThan(f.minimum(8));
  });

  it('survives losses that are NaN', () => {
    let calls = 0;
    const objective: Objective = {
      value: (x) => (calls++ % 3 === 0 ? Number.NaN : STYBLINSKI_TANG.value(x)),
      gradient: (x) => STYBLINSKI_TANG.gradient(x).map((g) => (calls % 5 === 0 ? Number.NaN : g)),
    };
    const result = minimize(objective, { start, steps: 2000 });
    expect(result.finalPosition.every(Number.isFinite)).toBe(true);
    expect(result.bestLoss).toBe(STYBLINSKI_TANG.value(result.bestPosition));
  });

  it('refuses windows that forget within a phase, and numbers of steps that are none', () => {
    const refused = { start, steps: 10, dscd: { window: 20 }, alternation: { minSteps: 10 } };
    expect(() => minimize(STYBLINSKI_TANG, refused)).toThrow('window must be greater than 2 * minSteps = 20, got 20');
    expect(() => minimize(STYBLINSKI_TANG, { start, steps: 0 })).toThrow('steps must be a positive integer, got 0');
    expect(() => minimize(STYBLINSKI_TANG, { ...refused, mode: 'joint' })).not.toThrow();
  });
});
