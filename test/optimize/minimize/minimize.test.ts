import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { Adam } from '../../../src/optimize/adam.ts';
import type { DscdOptions } from '../../../src/optimize/dscd/dscd-options.ts';
import { minimize, ObjectiveError } from '../../../src/optimize/minimize/minimize.ts';
import type { Minimizable, MinimizeOptions, MinimizeResult } from '../../../src/optimize/minimize/minimize-options.ts';
import type { Objective } from '../../../src/optimize/minimize/objective.ts';
import { CmaEs } from '../../../src/optimize/rivals/cma-es.ts';
import { UniformSampling } from '../../../src/optimize/rivals/uniform-sampling.ts';
import { cosine } from '../../../src/optimize/schedules.ts';
import { scaleToDomain } from '../../../src/optimize/test-functions/test-function.ts';
import { SCHWEFEL, STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';
import { uniformStart } from '../evaluate-points.ts';

interface Step {
  readonly kind: string | undefined;
  readonly position: Float64Array;
}

/** Collects positions and kinds after every step. */
async function trace(
  objective: Objective,
  options: MinimizeOptions,
): Promise<{ steps: Step[]; result: MinimizeResult }> {
  const steps: Step[] = [];
  const onProgress: MinimizeOptions['onProgress'] = ({ outcome, position }) =>
    steps.push({ kind: outcome?.kind, position: position.slice() });
  const result = await minimize(objective, { ...options, onProgress });
  return { steps, result };
}

/** Records every evaluation of a run. */
function spy(objective: Objective = STYBLINSKI_TANG) {
  const seen: { loss: number; x: Float64Array; step: number }[] = [];
  const counts = { gradients: 0 };
  const spied: Objective = {
    value(x, step) {
      const loss = objective.value(x, step) as number;
      seen.push({ loss, x: x.slice(), step });
      return loss;
    },
    gradient(x, step) {
      counts.gradients++;
      return objective.gradient?.(x, step) as Float64Array;
    },
  };
  return { seen, counts, objective: spied };
}

describe('the paper’s claim on 50-dimensional Styblinski-Tang (20,000 evaluations)', () => {
  const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);
  const gap = async (seed: number, options: Partial<MinimizeOptions>): Promise<number> => {
    const common = { evaluations: 20_000, coordinates: 50, seed, learningRate: 0.1, schedule: 'cosine' } as const;
    const { bestLoss } = await minimize(STYBLINSKI_TANG, { ...common, ...options });
    return bestLoss - STYBLINSKI_TANG.minimum(50);
  };

  it.each(SEEDS)('seed %i: Adam alone stays 1 above the minimum, Adam + DSCD ends within 1e-3 of it', async (seed) => {
    expect(await gap(seed, { method: 'adam' })).toBeGreaterThan(1);
    expect(await gap(seed, { method: 'adam+dscd' })).toBeLessThan(1e-3);
  });

  it('joint steps and DSCD alone get there too', async () => {
    expect(await gap(0, { mode: 'joint' })).toBeLessThan(1e-3);
    expect(await gap(0, { method: 'dscd' })).toBeLessThan(1e-2);
  });
});

describe('minimize', () => {
  const start = uniformStart(8, 0);

  it('is plain Adam, bit for bit, if N is longer than the run', async () => {
    const evaluations = 500;
    const options = { start, evaluations, learningRate: 0.1, schedule: 'cosine' } as const;
    const never = { alternation: { minSteps: 501 }, dscd: { window: 1003 } };
    const hybrid = await trace(STYBLINSKI_TANG, { ...options, ...never });
    const alone = await trace(STYBLINSKI_TANG, { ...options, method: 'adam' });
    const adam = new Adam(8, { learningRate: 0.1 });
    const position = start.slice();
    const rate = cosine(0.1, 0);
    const steps = evaluations - 1; // one evaluation is for the final position
    for (let t = 0; t < steps; t++) {
      adam.step(position, STYBLINSKI_TANG.gradient(position), rate(t / evaluations));
      expect(hybrid.steps[t]).toEqual({ kind: 'local', position });
      expect(alone.steps[t]).toEqual({ kind: 'local', position });
    }
    expect(alone.steps).toHaveLength(steps);
    expect(hybrid.result).toMatchObject({ finalPosition: position, finalLoss: STYBLINSKI_TANG.value(position) });
  });

  describe('an offset common to the losses of a step', () => {
    /** Rounds losses to multiples of 2^-20 and adds integers as offsets, so that every sum is exact. */
    async function path(offset: number, dscd: DscdOptions, mode: 'alternating' | 'joint' = 'alternating') {
      const objective: Objective = {
        value: (x, step) => {
          const exact = Math.round(STYBLINSKI_TANG.value(x) * 2 ** 20) / 2 ** 20;
          return exact + Math.round(offset * Math.sin(step));
        },
        gradient: (x) => STYBLINSKI_TANG.gradient(x),
      };
      const kept: { position: Float64Array; accepted: number | null | undefined }[] = [];
      await minimize(objective, {
        start,
        evaluations: 1000,
        mode,
        dscd,
        alternation: { minSteps: 3, switch: 'count' },
        onProgress: ({ outcome, position }) => kept.push({ position: position.slice(), accepted: outcome?.accepted }),
      });
      return kept;
    }

    it.each(['alternating', 'joint'] as const)('changes no bit of a run with paired acceptance (%s)', async (mode) => {
      for (const selection of ['best', 'first'] as const) {
        const dscd: DscdOptions = { acceptance: 'paired', proposals: 2, selection };
        const quiet = await path(0, dscd, mode);
        expect(await path(1000, dscd, mode)).toEqual(quiet);
        expect(quiet.some(({ accepted }) => accepted !== null)).toBe(true);
      }
    });

    it('changes the decisions of the acceptance window', async () => {
      expect(await path(1000, { proposals: 2 })).not.toEqual(await path(0, { proposals: 2 }));
    });
  });

  it('reports the best evaluation, the final position, and the counts', async () => {
    const { seen, counts, objective } = spy();
    const kinds: string[] = [];
    const dscd = { proposals: 3, window: 30 };
    const options: MinimizeOptions = { start, evaluations: 500, dscd };
    const result = await minimize(objective, {
      ...options,
      onProgress: ({ step, evaluations, gradients, loss, bestLoss, position, outcome, save }) => {
        kinds.push(outcome!.kind);
        expect({ step, evaluations, gradients }).toEqual({
          step: kinds.length,
          evaluations: seen.length,
          gradients: counts.gradients,
        });
        const losses = seen.filter((one) => one.step === step - 1).map((one) => one.loss);
        expect(losses).toHaveLength(outcome!.kind === 'local' ? 1 : 3);
        expect(loss).toBe(Math.min(...losses));
        expect(bestLoss).toBe(Math.min(...seen.map((one) => one.loss)));
        expect(position).toHaveLength(8);
        expect(save()).toMatchObject({ step, evaluations, bestLoss, finalLoss: null });
      },
    });
    const final = seen.at(-1)!;
    expect(result).toMatchObject({ finalLoss: final.loss, finalPosition: final.x, gradients: counts.gradients });
    expect(result).toMatchObject({ stopped: 'budget', discarded: 0, notFinite: 0, evaluations: seen.length });
    const global = kinds.filter((kind) => kind === 'global').length;
    expect(global).toBeGreaterThan(0);
    expect(result.gradients).toBe(kinds.length - global);
    expect(result.evaluations).toBe(kinds.length - global + 3 * global + 1);
    const best = seen.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(result).toMatchObject({ bestLoss: best.loss, bestPosition: best.x });
  });

  it('minimizes a function alone by DSCD, from a start drawn within the bounds by the seed', async () => {
    const { seen, objective } = spy();
    const options = { coordinates: 8, evaluations: 300, bounds: [1, 3], seed: 5 } as const;
    const result = await minimize((x, step) => objective.value(x, step), options);
    expect(result).toMatchObject({ gradients: 0, state: { method: 'dscd' } });
    const random = Random.fromSeed(5, 'start');
    const drawn = Float64Array.from({ length: 8 }, () => 1 + 2 * random.uniform());
    // One coordinate of the start has moved.
    expect([...seen[0]!.x].filter((x, i) => x !== drawn[i])).toHaveLength(1);
    expect(seen.every(({ x }) => x.every((value) => value >= 1 && value <= 3))).toBe(true);
    const { state } = await minimize(STYBLINSKI_TANG, options);
    expect(state.method).toBe('adam+dscd');
  });

  it('takes a start and gradients as plain arrays, to the same result', async () => {
    const { value, gradient } = STYBLINSKI_TANG;
    const options = { evaluations: 60, method: 'basin-hopping', seed: 1 } as const;
    const expected = await minimize({ value, gradient }, { ...options, start: Float64Array.of(1, -2) });
    const plain = { value, gradient: (x: Float64Array) => [...gradient(x)] };
    expect(await minimize(plain, { ...options, start: [1, -2] })).toEqual(expected);
    const later = { value, gradient: async (x: Float64Array) => [...gradient(x)] };
    expect(await minimize(later, { ...options, start: [1, -2] })).toEqual(expected);
  });

  it('stays inside the bounds on a function without a lower bound outside', async () => {
    const f = scaleToDomain(SCHWEFEL, [-5, 5]);
    const { seen, objective } = spy(f);
    const { steps, result } = await trace(objective, { start, evaluations: 500, learningRate: 1 });
    expect(steps.every(({ position }) => position.every((x) => x >= -5 && x <= 5))).toBe(true);
    expect(seen.every(({ x }) => x.every((value) => value >= -5 && value <= 5))).toBe(true);
    expect(result.bestLoss).toBeGreaterThan(f.minimum(8));
  });

  it('evaluates points outside the bounds at their edge', async () => {
    const { seen, objective } = spy();
    const wide = new UniformSampling({ start, domain: [-20, 20] }, Random.fromSeed(0));
    const result = await minimize(objective, { method: wide, evaluations: 50, bounds: [-1, 2] });
    const coordinates = seen.flatMap(({ x }) => [...x]);
    expect([Math.min(...coordinates), Math.max(...coordinates)]).toEqual([-1, 2]);
    expect(result.bestLoss).toBe(STYBLINSKI_TANG.value(result.bestPosition));
    expect(result.finalLoss).toBe(STYBLINSKI_TANG.value(result.finalPosition));
  });

  it('survives losses that are NaN or infinite', async () => {
    let calls = 0;
    const spoiled = [Number.NaN, Infinity, -Infinity];
    const steep = new Set<number>();
    const objective: Objective = {
      value: (x) => (calls++ % 3 === 0 ? spoiled[((calls % 9) / 3) | 0]! : STYBLINSKI_TANG.value(x)),
      gradient: (x) => {
        if (calls % 5 === 0 && calls % 3 !== 1) steep.add(calls);
        return STYBLINSKI_TANG.gradient(x).map((g) => (calls % 5 === 0 ? Number.NaN : g));
      },
    };
    const result = await minimize(objective, { start, evaluations: 2000 });
    expect(result.finalPosition.every(Number.isFinite)).toBe(true);
    expect(result.bestLoss).toBe(STYBLINSKI_TANG.value(result.bestPosition));
    expect(result.notFinite).toBe(Math.ceil(2000 / 3) + steep.size);
  });

  it('has no best loss if none is finite', async () => {
    const result = await minimize(() => Number.NaN, { start, evaluations: 20 });
    expect(result).toMatchObject({ bestLoss: Infinity, bestPosition: start, finalLoss: Number.NaN, notFinite: 20 });
  });

  it('stops at the target', async () => {
    const all = await minimize(STYBLINSKI_TANG, { start, evaluations: 2000, method: 'dscd' });
    const target = STYBLINSKI_TANG.minimum(8) + 20;
    expect(all.bestLoss).toBeLessThan(target);
    const { seen, objective } = spy();
    const result = await minimize(objective, { start, evaluations: 2000, method: 'dscd', target });
    expect(result.stopped).toBe('target');
    expect(seen.findIndex(({ loss }) => loss <= target)).toBe(seen.length - 2); // and the final position
    const again = await minimize(objective, { start, evaluations: 2000, method: 'dscd', target, resume: result.state });
    expect(again).toEqual(result);
  });

  it.each([1, 2, 7])('spends the last of %i evaluations on the final position', async (evaluations) => {
    const { seen, objective } = spy();
    const result = await minimize(objective, { start, evaluations, method: 'adam' });
    expect(seen).toHaveLength(evaluations);
    expect(result).toMatchObject({ evaluations, gradients: evaluations - 1, finalPosition: seen.at(-1)!.x });
  });

  it('leaves out a step that exceeds the budget', async () => {
    const { seen, objective } = spy();
    const cmaEs = new CmaEs({ start, population: 10 }, Random.fromSeed(0));
    const result = await minimize(objective, { method: cmaEs, evaluations: 30 });
    expect(seen).toHaveLength(21);
    expect(result).toMatchObject({ evaluations: 21, stopped: 'budget', state: { method: null } });
    // A larger budget continues with this step.
    const more = await minimize(objective, {
      method: new CmaEs({ start, population: 10 }, Random.fromSeed(1)),
      evaluations: 40,
      resume: result.state,
    });
    expect(more).toMatchObject({ evaluations: 32, state: { step: 3 } });
  });

  it('lets the event loop turn during synchronous objectives', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const { signal } = controller;
    const result = await minimize(STYBLINSKI_TANG, { start, evaluations: 1e9, signal });
    expect(result).toMatchObject({ stopped: 'aborted', finalLoss: Number.NaN });
    // The same holds for promises that are already resolved.
    const other = new AbortController();
    setImmediate(() => other.abort());
    const waiting = minimize(async (x) => x[0]!, { start, evaluations: 1e9, signal: other.signal });
    expect(await waiting).toMatchObject({ stopped: 'aborted' });
  });

  it('does not begin if the signal is already aborted', async () => {
    const { seen, objective } = spy();
    const result = await minimize(objective, { start, evaluations: 10, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ stopped: 'aborted', evaluations: 0, finalPosition: start, bestLoss: Infinity });
    expect(seen).toEqual([]);
  });

  it('does not await a pending evaluation when aborted, and resumes to the same end', async () => {
    const controller = new AbortController();
    let calls = 0;
    const hanging: Minimizable = (x) => {
      if (++calls < 20) return Promise.resolve(STYBLINSKI_TANG.value(x));
      controller.abort();
      return new Promise(() => undefined);
    };
    const options: MinimizeOptions = { start, evaluations: 100, dscd: { proposals: 3 }, concurrency: 2 };
    const aborted = await minimize(hanging, { ...options, signal: controller.signal });
    expect(aborted).toMatchObject({ stopped: 'aborted', evaluations: 19 }); // the start and 6 steps
    const resumed = await minimize((x) => STYBLINSKI_TANG.value(x), { ...options, resume: aborted.state });
    expect(resumed).toEqual(await minimize((x) => STYBLINSKI_TANG.value(x), options));
  });

  it('begins no evaluation after an abort or a failure', async () => {
    for (const failing of [false, true]) {
      const controller = new AbortController();
      const begun: (() => void)[] = [];
      const objective = (): Promise<number> =>
        new Promise((resolve, reject) => {
          begun.push(() => (failing ? reject(new Error('failed')) : resolve(1)));
        });
      const options = { start, evaluations: 100, dscd: { proposals: 9 }, concurrency: 3, signal: controller.signal };
      const run = minimize(objective, options).then(
        ({ stopped }) => stopped,
        (error: unknown) => error,
      );
      expect(begun).toHaveLength(3);
      if (!failing) controller.abort();
      for (const end of begun) end();
      if (failing) expect(await run).toBeInstanceOf(ObjectiveError);
      else expect(await run).toBe('aborted');
      await new Promise(setImmediate);
      expect(begun).toHaveLength(3);
    }
  });

  it('has at most `concurrency` pending evaluations', async () => {
    let underWay = 0;
    let most = 0;
    const objective = async (x: Float64Array): Promise<number> => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      return STYBLINSKI_TANG.value(x);
    };
    for (const concurrency of [1, 2, 3, 9]) {
      most = 0;
      await minimize(objective, { coordinates: 8, evaluations: 25, dscd: { proposals: 4 }, concurrency });
      expect(most).toBe(Math.min(4, concurrency));
    }
  });

  it('gives an asynchronous objective a position that does not change', async () => {
    const objective = async (x: Float64Array): Promise<number> => {
      const before = x.slice();
      await new Promise(setImmediate);
      expect(x).toEqual(before);
      return STYBLINSKI_TANG.value(x);
    };
    const options = { start, evaluations: 60, dscd: { proposals: 4 }, method: 'dscd' } as const;
    const result = await minimize(objective, { ...options, concurrency: 3 });
    expect(result).toEqual(await minimize(STYBLINSKI_TANG, options));
  });
});

/** An object that no text can be made of. */
const MUTE = Object.create(null) as object;
const UNWRITABLE = 'a value that cannot be written (object)';

describe('an objective that fails', () => {
  const start = Float64Array.of(1, 2);
  const failing = (objective: Objective | Objective['value'], options: Partial<MinimizeOptions> = {}) =>
    minimize(objective, { start, evaluations: 10, ...options }).then(
      () => expect.unreachable(),
      (error: ObjectiveError) => error,
    );

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      'boom',
    ],
    ['rejects', () => Promise.reject(new Error('boom')), 'boom'],
    [
      'throws what is no error',
      () => {
        throw 'boom';
      },
      'boom',
    ],
    ['returns nothing', () => undefined as never, 'the loss must be a number, got undefined'],
    ['returns a symbol', () => Symbol('s') as never, 'the loss must be a number, got Symbol(s)'],
    ['returns what cannot be written', () => MUTE as never, `the loss must be a number, got ${UNWRITABLE}`],
    ['promises what cannot be written', async () => MUTE as never, `the loss must be a number, got ${UNWRITABLE}`],
    ['rejects with what cannot be written', () => Promise.reject(MUTE), UNWRITABLE],
    [
      'throws a symbol',
      () => {
        throw Symbol('s');
      },
      'Symbol(s)',
    ],
    ['promises text', () => Promise.resolve('1' as never), 'the loss must be a number, got 1'],
  ])('and %s ends the run with place and cause', async (_, value, message) => {
    const error = await failing(value, { start: Float64Array.of(7, 0), method: 'uniform', evaluations: 1 });
    expect(error).toBeInstanceOf(ObjectiveError);
    expect(error).toMatchObject({ name: 'ObjectiveError', message: `the objective failed in step 0: ${message}` });
    expect(error.position).toEqual(Float64Array.of(5, 0)); // evaluated at the edge
    expect(error.state).toMatchObject({ step: 0, evaluations: 0, finalLoss: null });
    if (error.cause instanceof Error) expect(error.cause).toMatchObject({ message });
  });

  it('fails with a gradient of another length, or none', async () => {
    const value = STYBLINSKI_TANG.value;
    for (const [gradient, length] of [
      [() => new Float64Array(3), 3],
      [async () => new Float64Array(1), 1],
      [() => [], 0],
    ] as const) {
      const { message } = await failing({ value, gradient });
      expect(message).toBe(`the objective failed in step 0: the gradient must have 2 coordinates, got ${length}`);
    }
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['12', '12'],
    [['1', '2'], '1,2'],
    [[1, null], '1,'],
    [Array(2), ','],
    [{ length: 2 }, '{"length":2}'],
    [BigInt64Array.of(1n, 2n), '1,2'],
    [new DataView(new ArrayBuffer(16)), '[object DataView]'],
    [Array(100).fill('1'), `${'1,'.repeat(40)}...`],
  ])('fails with a gradient that is no array of numbers: %o', async (gradient, text) => {
    const { value } = STYBLINSKI_TANG;
    for (const given of [() => gradient, async () => gradient] as unknown as (() => number[])[]) {
      const { message } = await failing({ value, gradient: given });
      expect(message).toBe(`the objective failed in step 0: the gradient must be an array of numbers, got ${text}`);
    }
    const perExample = () => gradient as unknown as number[];
    const dscd = { acceptance: 'paired', margin: 1 } as const;
    const { message } = await failing({ value, perExample }, { method: 'dscd', dscd });
    expect(message).toContain('perExample must be an array of numbers, the loss on each example, got ');
  });

  it('counts gradients that are not finite, at which nothing moves', async () => {
    for (const spoiled of [Number.NaN, Infinity]) {
      for (const method of ['adam', 'coordinate-descent'] as const) {
        const objective = { value: STYBLINSKI_TANG.value, gradient: () => [0, spoiled] };
        const result = await minimize(objective, { start, evaluations: 10, method });
        expect(result).toMatchObject({ notFinite: 9, finalPosition: start, bestLoss: STYBLINSKI_TANG.value(start) });
      }
    }
  });

  it('leaves no unhandled rejection if the gradient throws and the loss rejects', async () => {
    const value = async (): Promise<number> => {
      throw new Error('late');
    };
    const gradient = (): Float64Array => {
      throw new Error('early');
    };
    expect(await failing({ value, gradient })).toMatchObject({ cause: new Error('early') });
    await new Promise(setImmediate); // an unhandled rejection would end this process
  });

  it.each([1, 2, 8])('reports the first failed point in order, with concurrency %i', async (concurrency) => {
    let calls = 0;
    const objective = async (): Promise<number> => {
      const call = calls++;
      // The fourth of four proposals fails before the third.
      for (let turn = 0; turn < 10 - call; turn++) await new Promise(setImmediate);
      if (call % 4 >= 2) throw new Error(`call ${call % 4}`);
      return 1;
    };
    const options: Partial<MinimizeOptions> = { method: 'dscd', dscd: { proposals: 4 }, concurrency };
    expect(await failing(objective, options)).toMatchObject({ cause: new Error('call 2') });
  });
});
