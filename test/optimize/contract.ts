import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { createOptimizer } from '../../src/optimize/minimize/create-optimizer.ts';
import { minimize, ObjectiveError } from '../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions, MinimizeResult, MinimizeState } from '../../src/optimize/minimize/minimize-options.ts';
import type { Objective } from '../../src/optimize/minimize/objective.ts';
import type { Optimizer, Point } from '../../src/optimize/optimizer.ts';
import { STYBLINSKI_TANG } from '../../src/optimize/test-functions/test-functions.ts';
import type { ContractCase } from './contract-cases.ts';
import { evaluatePoints } from './evaluate-points.ts';

const COORDINATES = 4;
const EVALUATIONS = 150;

/** A bumpy objective of three examples. The points of a step share its noise. */
const OBJECTIVE = {
  value: (x: Float64Array, step: number): number => STYBLINSKI_TANG.value(x) + 2 * Math.sin(step),
  gradient: (x: Float64Array): Float64Array => STYBLINSKI_TANG.gradient(x),
  perExample: (x: Float64Array, step: number): number[] =>
    [-1, 0, 1].map((k) => OBJECTIVE.value(x, step) + k * (x[0]! + Math.cos(step))),
} satisfies Objective;

/** Wraps the objective and calls `act` before every evaluation. */
function before(act: (x: Float64Array, call: number) => void): Objective {
  let calls = 0;
  return {
    ...OBJECTIVE,
    value(x, step) {
      act(x, calls++);
      return OBJECTIVE.value(x, step);
    },
  };
}

/** Answers by promises that resolve in random order, one for each turn of the event loop, and read `x` only then. */
function scrambled(seed: number) {
  const random = Random.fromSeed(seed, 'order');
  const waiting: (() => void)[] = [];
  const seen = { calls: 0, most: 0, rounds: 0 };
  const answerOne = (): void => {
    waiting.splice(random.integer(waiting.length), 1)[0]?.();
    if (waiting.length > 0) setImmediate(answerOne);
  };
  const later = <T>(answer: () => T): Promise<T> =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(answerOne);
      waiting.push(() => resolve(answer()));
    });
  let underWay = 0;
  const objective: Objective = {
    value(x, step) {
      seen.calls++;
      if (underWay++ === 0) seen.rounds++;
      seen.most = Math.max(seen.most, underWay);
      return later(() => {
        underWay--;
        return OBJECTIVE.value(x, step);
      });
    },
    gradient: (x) => later(() => OBJECTIVE.gradient(x)),
    perExample: (x, step) => later(() => OBJECTIVE.perExample(x, step)),
  };
  return { objective, seen };
}

/** Tests the contract that every method keeps, in `minimize` and by itself. */
export function keepsTheContract({ method, options = {}, speculates = false }: ContractCase): void {
  const common: MinimizeOptions = { evaluations: EVALUATIONS, coordinates: COORDINATES, ...options, method };
  const run = (more: Partial<MinimizeOptions> = {}, objective: Objective = OBJECTIVE): Promise<MinimizeResult> =>
    minimize(objective, { ...common, ...more });
  const create = (seed: number, coordinates = COORDINATES): Optimizer => {
    const start = new Float64Array(coordinates).fill(2);
    return createOptimizer(method, { ...options, start, seed });
  };
  /** Returns the state after a step of a run; null if the run has fewer steps. */
  const stateAfter = async (step: number): Promise<MinimizeState | null> => {
    let state: MinimizeState | null = null;
    await run({
      onProgress: (progress) => {
        if (progress.step === step) state = progress.save();
      },
    });
    return state;
  };
  const position = fc.integer({ min: 0, max: EVALUATIONS - 2 });

  it('gives the same run for the same seed, and another for another seed', async () => {
    const first = await run({ seed: 3 });
    expect(await run({ seed: 3 })).toEqual(first);
    expect((await run({ seed: 4 })).bestPosition).not.toEqual(first.bestPosition);
  });

  it('ends like the uninterrupted run after a save and restore at any step', async () => {
    const undisturbed = await run();
    await fc.assert(
      fc.asyncProperty(position, async (step) => {
        const state = await stateAfter(step);
        if (state === null) return;
        const kept = throughJson(state);
        // Another seed gives another start, so everything must come from the state.
        expect(await run({ seed: 9, resume: kept })).toEqual(undisturbed);
        expect(kept).toEqual(state);
      }),
      { numRuns: 15 },
    );
    expect(await run({ resume: undisturbed.state })).toEqual(undisturbed);
  });

  it('ends like the uninterrupted run after a save and restore between ask and tell', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer(), (steps, seed) => {
        const optimizer = create(seed);
        for (let step = 0; step < steps; step++) tell(optimizer, optimizer.ask(step / 100), step);
        const points = optimizer.ask(steps / 100);
        const state = throughJson(optimizer.save());
        const other = create(seed + 1);
        tell(other, other.ask(0), 5);
        other.restore(state);
        expect(other.save()).toEqual(optimizer.save());
        expect(other.position).toEqual(optimizer.position);
        // The step is already pending, so the progress does not change it.
        expect(other.ask(1)).toEqual(points);
        for (const each of [optimizer, other]) {
          for (let step = steps; step < steps + 30; step++) tell(each, each.ask(step / 100), step);
        }
        expect(other.save()).toEqual(optimizer.save());
      }),
      { numRuns: 25 },
    );
  });

  it('returns the same points until tell, and draws in ask only', () => {
    const optimizer = create(0);
    for (let step = 0; step < 30; step++) {
      const progress = step / 30;
      const points = optimizer.ask(progress).map(copyPoint);
      const state = optimizer.save();
      expect(optimizer.ask(progress)).toEqual(points);
      optimizer.foresee?.([progress, progress]);
      expect(optimizer.save()).toEqual(state);
      const random = JSON.stringify(findRandom(state));
      tell(optimizer, points, step);
      expect(JSON.stringify(findRandom(optimizer.save()))).toBe(random);
    }
  });

  it('refuses invalid answers, progress outside [0, 1], and states of another size', () => {
    const optimizer = create(0);
    expect(() => optimizer.tell([{ loss: 1 }])).toThrow(/^tell needs /);
    for (const progress of [-0.1, 1.1, Number.NaN]) {
      expect(() => optimizer.ask(progress)).toThrow(new RangeError(`progress must be from 0 to 1, got ${progress}`));
    }
    const points = optimizer.ask(0);
    const state = optimizer.save();
    expect(() => optimizer.tell([])).toThrow(Error);
    expect(optimizer.save()).toEqual(state);
    tell(optimizer, points, 0);
    expect(() => optimizer.tell([{ loss: 1 }])).toThrow(/^tell needs /);
    const other = create(0, COORDINATES + 1);
    expect(() => other.restore(state)).toThrow(RangeError);
  });

  it('gives the same run for every concurrency', async () => {
    const expected = await run();
    for (const concurrency of [1, 2, 3, 50]) {
      const { objective, seen } = scrambled(concurrency);
      expect(await run({ concurrency }, objective)).toEqual(expected);
      expect(seen.calls).toBe(expected.evaluations);
      expect(seen.most).toBeLessThanOrEqual(concurrency);
    }
  });

  it(`gives the same run with speculation${speculates ? ', in fewer rounds' : ''}`, async () => {
    const { discarded: none, state, ...expected } = await run();
    expect(none).toBe(0);
    for (const speculative of [1, 4]) {
      const { objective, seen } = scrambled(speculative);
      const result = await run({ speculative }, objective);
      expect(result).toMatchObject(expected);
      expect(result.state).toEqual({ ...state, discarded: result.discarded });
      expect(seen.calls).toBe(result.evaluations + result.discarded);
      if (speculates) {
        expect(seen.most).toBe(1 + speculative);
        expect(seen.rounds).toBeLessThan(state.step);
      }
      // A synchronous objective is evaluated at the same points.
      expect(await run({ speculative })).toEqual(result);
      // A concurrency of 1 leaves no lane for speculation.
      expect(await run({ speculative, concurrency: 1 })).toEqual({ ...expected, discarded: 0, state });
    }
  });

  it('counts evaluations and gradients', async () => {
    const counts = { evaluations: 0, gradients: 0 };
    const objective: Objective = {
      ...before(() => counts.evaluations++),
      gradient: (x) => {
        counts.gradients++;
        return OBJECTIVE.gradient(x);
      },
    };
    expect(await run({}, objective)).toMatchObject(counts);
  });

  it('never exceeds the budget', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), async (evaluations) => {
        let calls = 0;
        const result = await run(
          { evaluations, speculative: 0 },
          before(() => calls++),
        );
        expect(result.evaluations).toBe(calls);
        expect(calls).toBeLessThanOrEqual(evaluations);
        expect(result.stopped).toBe('budget');
      }),
      { numRuns: 30 },
    );
  });

  it('keeps positions and the best loss finite under losses and gradients that are not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = Random.fromSeed(seed);
        const spoil = (value: number): number =>
          random.uniform() < 0.3 ? [Number.NaN, Infinity, -Infinity, value * 1e300][random.integer(4)]! : value;
        const losses: number[] = [];
        const slopes: { readonly at: number; readonly finite: boolean }[] = [];
        const objective: Objective = {
          value(x, step) {
            expect(x.every(Number.isFinite)).toBe(true);
            losses.push(spoil(OBJECTIVE.value(x, step)));
            return losses.at(-1)!;
          },
          gradient(x) {
            const gradient = OBJECTIVE.gradient(x).map(spoil);
            slopes.push({ at: losses.length - 1, finite: gradient.every(Number.isFinite) });
            return gradient;
          },
          perExample: (x, step) => OBJECTIVE.perExample(x, step).map(spoil),
        };
        const result = await run(
          { onProgress: (progress) => expect(progress.position.every(Number.isFinite)).toBe(true) },
          objective,
        );
        const finite = losses.filter(Number.isFinite);
        expect(result.bestLoss).toBe(Math.min(...finite));
        const alone = slopes.filter((slope) => !slope.finite && Number.isFinite(losses[slope.at]));
        expect(result.notFinite).toBe(losses.length - finite.length + alone.length);
        expect(result.notFinite).toBeGreaterThan(0);
      }),
      { numRuns: 15 },
    );
  });

  it('counts a start that is given: evaluates it, returns nothing worse, and takes it as a plain array', async () => {
    const start = Float64Array.of(-2.9, -2.8, 3, -2.5);
    const seen: Float64Array[] = [];
    const objective = before((x) => seen.push(x.slice()));
    const result = await run({ start, seed: 1 }, objective);
    const first = seen.findIndex((x) => x.every((value, i) => value === start[i]));
    expect(result.bestLoss).toBeLessThanOrEqual(OBJECTIVE.value(start, 0));
    expect(first).toBeGreaterThanOrEqual(0);
    expect(result.evaluations).toBe(seen.length);
    expect(await run({ start: [...start], seed: 1 })).toEqual(result);
    expect(createOptimizer(method, { ...options, start: [...start] }).save()).toEqual(
      createOptimizer(method, { ...options, start }).save(),
    );
    for (const evaluations of [1, 2, 3, 20]) {
      const short = await run({ start, evaluations, bounds: [-5, 3] });
      expect(short.bestLoss).toBeLessThanOrEqual(STYBLINSKI_TANG.value(start) + 2);
      expect(short.evaluations).toBeLessThanOrEqual(evaluations);
    }
  });

  it('minimizes a loss times 1e-12 to 1e6 as well as the loss itself', async () => {
    if (method === 'coordinate-descent') return; // its learning rate is an inverse curvature
    const curvatures = [1, 2, 3, 4, 5, 6];
    const start = [4, -3, 2, -1, 3, -4];
    const gap = async (scale: number): Promise<number> => {
      const objective: Objective = {
        value: (x) => scale * x.reduce((sum, v, i) => sum + (curvatures[i]! * (v - 1) ** 2) / 2, 0),
        gradient: (x) => x.map((v, i) => scale * curvatures[i]! * (v - 1)),
        perExample: (x) => [0, 1].map((k) => (objective.value(x, 0) as number) + scale * k * x[0]!),
      };
      return (await run({ start, evaluations: 2000, coordinates: 6 }, objective)).bestLoss / scale;
    };
    const expected = await gap(1);
    // Rounding and Adam's epsilon change the path a little.
    for (const scale of [1e-12, 1e-6, 1e6]) expect(await gap(scale)).toBeLessThanOrEqual(2 * expected + 1e-6);
  });

  it('ends finite from a start where the loss is NaN, unless it needs a gradient there', async () => {
    if (method === 'adam' || method === 'coordinate-descent') return;
    const objective: Objective = {
      value: (x) => (x[0]! < 0 ? Number.NaN : (x[0]! - 2) ** 2 + x[1]! ** 2),
      gradient: (x) => [x[0]! < 0 ? Number.NaN : 2 * (x[0]! - 2), 2 * x[1]!],
      perExample: (x) => [0, 1].map((k) => (objective.value(x, 0) as number) + k * x[1]!),
    };
    for (let seed = 0; seed < 5; seed++) {
      const result = await run({ start: [-2, 1], coordinates: 2, evaluations: 1000, seed }, objective);
      expect(result.bestLoss).toBeLessThan(0.5);
    }
  });

  it('ends with an error if the objective throws, and resumes to the same end', async () => {
    const undisturbed = await run();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: undisturbed.evaluations - 1 }), fc.boolean(), async (failing, ahead) => {
        const cause = new Error('out of order');
        let where = new Float64Array(0);
        const objective = before((x, call) => {
          if (call !== failing) return;
          where = x.slice();
          throw cause;
        });
        const error: unknown = await run({ speculative: ahead ? 3 : 0 }, objective).catch((e: unknown) => e);
        // A failed evaluation ahead may never be asked for, or is asked for again.
        if (ahead && !(error instanceof ObjectiveError)) {
          expect(error).toMatchObject({ bestPosition: undisturbed.bestPosition, stopped: 'budget' });
          return;
        }
        expect(error).toBeInstanceOf(ObjectiveError);
        const { state, position: at, cause: why } = error as ObjectiveError;
        expect(at).toEqual(where);
        expect(why).toBe(cause);
        const { discarded } = state;
        const expected = { ...undisturbed, discarded, state: { ...undisturbed.state, discarded } };
        expect(await run({ seed: 9, resume: throughJson(state) })).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('resumes to the same end after an abort, between steps or within one', async () => {
    const undisturbed = await run();
    await fc.assert(
      fc.asyncProperty(position, fc.boolean(), async (when, within) => {
        const controller = new AbortController();
        const { signal } = controller;
        const objective: Objective = {
          ...before((_, call) => {
            if (within && call === when) controller.abort();
          }),
        };
        const { value } = objective;
        objective.value = (x, step) => {
          const loss = value(x, step);
          return signal.aborted ? new Promise(() => undefined) : loss;
        };
        const result = await run(
          {
            signal,
            concurrency: 3,
            onProgress: ({ step }) => {
              if (!within && step === when) controller.abort();
            },
          },
          objective,
        );
        // Some moments are never reached, because a step may have several evaluations.
        expect(result.stopped).toBe(signal.aborted ? 'aborted' : 'budget');
        expect(await run({ seed: 9, resume: throughJson(result.state) })).toEqual(undisturbed);
      }),
      { numRuns: 25 },
    );
  });
}

function tell(optimizer: Optimizer, points: readonly Point[], step: number): void {
  optimizer.tell(evaluatePoints(OBJECTIVE, points, step));
}

/** What a file or a message leaves of a value. */
function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

function copyPoint(point: Point): Point {
  return { ...point, position: point.position.slice() };
}

/** Finds every generator in a state, at any depth. */
function findRandom(state: object): object[] {
  return Object.entries(state).flatMap(([key, value]) => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
    return key === 'random' ? [value as object] : findRandom(value as object);
  });
}
