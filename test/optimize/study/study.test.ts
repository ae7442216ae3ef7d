import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { minimize } from '../../../src/optimize/minimize/minimize.ts';
import type { MinimizeResult } from '../../../src/optimize/minimize/minimize-options.ts';
import type { PointEvaluation } from '../../../src/optimize/optimizer.ts';
import { UniformSampling } from '../../../src/optimize/rivals/uniform-sampling.ts';
import { createStudy, type StudyOptions } from '../../../src/optimize/study/create-study.ts';
import type { EvaluationRow } from '../../../src/optimize/study/evaluation-row.ts';
import type { Study, Trial } from '../../../src/optimize/study/study.ts';
import { STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';
import { CONTRACT_CASES } from '../contract-cases.ts';

/** A bumpy objective of three examples, some losses of which are not finite. The points of a step share its noise. */
const OBJECTIVE = {
  value: (x: Float64Array, step: number): number => {
    const loss = STYBLINSKI_TANG.value(x) + 2 * Math.sin(step);
    return Math.abs(x[0]!) < 0.2 ? Number.NaN : loss;
  },
  gradient: (x: Float64Array): Float64Array => STYBLINSKI_TANG.gradient(x),
  perExample: (x: Float64Array, step: number): number[] =>
    [-1, 0, 1].map((k) => OBJECTIVE.value(x, step) + k * (x[0]! + Math.cos(step))),
};

function evaluate({ position, step, gradient, perExample }: Trial): PointEvaluation {
  return {
    loss: OBJECTIVE.value(position, step),
    ...(gradient ? { gradient: OBJECTIVE.gradient(position) } : {}),
    ...(perExample ? { perExample: OBJECTIVE.perExample(position, step) } : {}),
  };
}

/** Asks and tells one trial after the other, to the end. */
function runInOrder(study: Study): Study {
  for (let trial = study.ask(); trial !== null; trial = study.ask()) study.tell(trial.number, evaluate(trial));
  return study;
}

/**
 * Runs a study with several trials out, told and forgotten in random order, and goes on from its saved state now and then.
 *
 * @param most largest number of trials that are out
 */
function runScrambled(options: StudyOptions, most: number, seed: number): Study {
  const random = Random.fromSeed(seed, 'order');
  let study = createStudy(options);
  const out: Trial[] = [];
  while (!study.done) {
    const trial = out.length < most ? study.ask() : null;
    if (trial !== null) out.push(trial);
    if (trial !== null && random.uniform() < 0.7) continue;
    const [one] = out.splice(random.integer(out.length), 1) as [Trial];
    if (random.uniform() < 0.2) study.forget(one.number);
    else study.tell(one.number, evaluate(one));
    if (random.uniform() > 0.1) continue;
    const state = JSON.parse(JSON.stringify(study.save()));
    study = createStudy({ ...options, seed: 99, resume: state });
    const inOrder = out.toSorted((a, b) => a.number - b.number);
    expect(study.outstanding).toEqual(inOrder);
    expect(JSON.parse(JSON.stringify(study.save()))).toEqual(state);
  }
  return study;
}

/** Expects the study to have ended as a run of `minimize` did. */
function expectSame(study: Study, { state }: MinimizeResult, discarded = 0): void {
  const { asked: _, trials: __, ...saved } = study.save();
  expect(saved).toEqual({ ...state, discarded });
  expect(study.done).toBe(true);
  expect(study.ask()).toBeNull();
}

describe('a study', () => {
  describe.each(CONTRACT_CASES)('by %s', (_, { method, options = {} }) => {
    const common = { coordinates: 3, evaluations: 80, ...(options as Partial<StudyOptions>), method };

    it('ends like minimize if trials are told one after the other', async () => {
      for (const more of [{}, { start: [4, -4, 4] }, { target: -40 }, { bounds: [-3, Infinity] as const }]) {
        const study = runInOrder(createStudy({ ...common, ...more }));
        const result = await minimize(OBJECTIVE, { ...common, ...more });
        expectSame(study, result);
        expect([study.bestLoss, study.bestPosition]).toEqual([result.bestLoss, result.bestPosition]);
        expect(study.evaluations).toBe(result.evaluations);
      }
    });

    it('ends like minimize for every number of trials that are out, order of telling, loss of trials, and restart', async () => {
      const result = await minimize(OBJECTIVE, common);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 4 }), fc.integer(), (most, speculative, seed) => {
          const study = runScrambled({ ...common, speculative }, most, seed);
          expectSame(study, result, study.save().discarded);
          if (speculative === 0) expect(study.save().discarded).toBe(0);
        }),
        { numRuns: 8 },
      );
    });
  });

  it('gives out all points of a step, and those ahead, before it waits', () => {
    const cma = createStudy({ method: 'cma-es', coordinates: 3, evaluations: 100 });
    const population = Array.from({ length: 7 }, () => cma.ask()!);
    expect(population.map(({ number, step }) => [number, step])).toEqual(population.map((_, i) => [i, 0]));
    expect(cma.ask()).toBeNull();
    expect(cma.outstanding).toEqual(population);
    const uniform = createStudy({ method: 'uniform', coordinates: 3, evaluations: 100, speculative: 4 });
    const ahead = Array.from({ length: 5 }, () => uniform.ask()!);
    expect(ahead.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    expect(uniform.ask()).toBeNull();
    uniform.tell(3, 1);
    expect(uniform.ask()).toBeNull();
    uniform.tell(0, 1);
    expect(uniform.ask()).toMatchObject({ number: 5, step: 5 });
    expect(uniform.evaluations).toBe(1);
  });

  it('never gives out more trials than the budget has', () => {
    const study = createStudy({ method: 'uniform', coordinates: 1, evaluations: 4, speculative: 50 });
    expect([study.ask(), study.ask(), study.ask(), study.ask()].map((trial) => trial?.number)).toEqual([
      0,
      1,
      2,
      undefined,
    ]);
    for (const number of [2, 1, 0]) study.tell(number, number);
    expect(study.ask()).toMatchObject({ number: 3, position: study.bestPosition });
    expect(study.ask()).toBeNull();
    expect(study.done).toBe(false);
    study.tell(3, 0);
    expect(study.done).toBe(true);
  });

  it('gives out a trial that was forgotten again, under the same number and with the same position', () => {
    const study = createStudy({ method: 'cma-es', coordinates: 2, evaluations: 100 });
    const [first, second] = [study.ask()!, study.ask()!];
    study.forget(first.number);
    expect(study.outstanding).toEqual([second]);
    expect(study.ask()).toEqual(first);
    // The position is a copy.
    first.position.fill(0);
    expect(study.outstanding[0]!.position).not.toEqual(first.position);
  });

  it('counts trials ahead that no step needs when they are told, and none that are forgotten', () => {
    const study = createStudy({ method: 'dscd', coordinates: 2, evaluations: 100, speculative: 3 });
    const trials = Array.from({ length: 4 }, () => study.ask()!);
    study.tell(0, 1); // accepted, so that the position moves
    expect(study.outstanding).toEqual(trials.slice(1));
    const next = study.ask()!;
    expect(next).toMatchObject({ number: 4, step: 1 });
    study.tell(2, 5);
    study.forget(3);
    expect(study.outstanding).toEqual([trials[1], next]);
    expect(study.save()).toMatchObject({ discarded: 1, evaluations: 1 });
    expect(study.bestLoss).toBe(1);
  });

  it('has the rows of a run of minimize', async () => {
    const options = { method: 'dscd', start: [1, 2, 3], evaluations: 60, seed: 4 } as const;
    const [own, others]: [EvaluationRow[], EvaluationRow[]] = [[], []];
    runScrambled({ ...options, speculative: 3, onEvaluation: (row) => own.push(row) }, 5, 0);
    await minimize(OBJECTIVE, { ...options, onEvaluation: (row) => others.push(row) });
    expect(own).toEqual(others);
  });

  it('goes on from a run of minimize, and with a larger budget', async () => {
    const options = { method: 'uniform', coordinates: 2, seed: 1 } as const;
    const { state } = await minimize(OBJECTIVE, { ...options, evaluations: 20 });
    const longer = await minimize(OBJECTIVE, { ...options, evaluations: 40, resume: state });
    expectSame(runInOrder(createStudy({ ...options, evaluations: 40, resume: state })), longer);
    const study = createStudy({ ...options, evaluations: 20 });
    while (study.evaluations < 19) study.tell(study.ask()!.number, evaluate(study.outstanding[0]!));
    const last = study.ask()!; // the final position of the smaller budget
    const resumed = createStudy({ ...options, evaluations: 40, resume: study.save() });
    expect(resumed.outstanding).toEqual([last]);
    resumed.tell(last.number, 0);
    expect(resumed.save()).toMatchObject({ evaluations: 19, discarded: 1 });
    expect(runInOrder(resumed).evaluations).toBe(40);
  });

  it('takes an optimizer of your own', async () => {
    const create = () => new UniformSampling({ start: [1, 2] }, Random.fromSeed(3));
    const study = runScrambled({ method: create(), evaluations: 30 }, 3, 1);
    expectSame(study, await minimize(OBJECTIVE, { method: create(), evaluations: 30 }));
  });

  it('refuses trials that are not outstanding, and evaluations that lack what was asked for', () => {
    const study = createStudy({ method: 'adam', coordinates: 2, evaluations: 9 });
    const refused = 'a trial must be outstanding, got ';
    expect(() => study.tell(0, 1)).toThrow(new RangeError(`${refused}0`));
    const { number, gradient } = study.ask()!;
    expect([number, gradient]).toEqual([0, true]);
    for (const [told, message] of [
      [1, 'trial 0 needs a gradient of 2 coordinates, got none'],
      [{ loss: 1, gradient: [1] }, 'trial 0 needs a gradient of 2 coordinates, got 1'],
      [{ gradient: [1, 2] }, 'trial 0 needs a loss, a number, got undefined'],
      [null, 'trial 0 needs a loss, a number, got undefined'],
      ['1', 'trial 0 needs a loss, a number, got undefined'],
    ] as [never, string][]) {
      expect(() => study.tell(0, told)).toThrow(new TypeError(message));
    }
    expect(study.outstanding).toHaveLength(1);
    study.tell(0, { loss: 1, gradient: Float64Array.of(1, 2) });
    expect(() => study.tell(0, 1)).toThrow(new RangeError(`${refused}0`));
    expect(() => study.forget(0)).toThrow(new RangeError(`${refused}0`));
    const margin = createStudy({ coordinates: 2, evaluations: 9, dscd: { acceptance: 'paired', margin: 1 } });
    margin.ask();
    expect(() => margin.tell(0, 1)).toThrow(new TypeError('trial 0 needs the loss on each example, got none'));
  });

  it('refuses options that it has not, and states of others', () => {
    const options = { coordinates: 2, evaluations: 9 };
    expect(() => createStudy({ ...options, speculativ: 1 } as never)).toThrow(
      'createStudy has no option speculativ; the nearest is speculative',
    );
    expect(() => createStudy({ ...options, saveTo: 'x' } as never)).toThrow('createStudy has no option saveTo');
    expect(() => createStudy({ evaluations: 9 })).toThrow('minimize needs start or coordinates, got neither');
    const state = createStudy(options).save();
    const resume = (changed: object) => createStudy({ ...options, resume: { ...state, ...changed } });
    expect(() => resume({ version: 3 })).toThrow('the saved state must be of version 1, got 3');
    expect(() => resume({ method: 'uniform' })).toThrow('the saved method must be dscd, got uniform');
  });
});
