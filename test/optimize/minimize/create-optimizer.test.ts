import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { AlternatingOptimizer } from '../../../src/optimize/dscd/alternating-optimizer.ts';
import {
  createOptimizer,
  METHOD_NAMES,
  type MethodName,
  type MethodOptions,
  needsGradient,
} from '../../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../../src/optimize/minimize/minimize-options.ts';
import type { Optimizer } from '../../../src/optimize/optimizer.ts';
import { BasinHopping } from '../../../src/optimize/rivals/basin-hopping.ts';
import { CmaEs } from '../../../src/optimize/rivals/cma-es.ts';
import { CoordinateDescent } from '../../../src/optimize/rivals/coordinate-descent.ts';
import { UniformSampling } from '../../../src/optimize/rivals/uniform-sampling.ts';
import { constant, cosine, warmRestarts } from '../../../src/optimize/schedules.ts';
import { STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';
import { evaluatePoints } from '../evaluate-points.ts';

const START = Float64Array.of(1, -2, 0.5);
const BOUNDS = [-5, 5] as const;

/** Collects the points and positions of 60 steps on Styblinski-Tang. */
function trajectory(optimizer: Optimizer): Float64Array[] {
  const positions: Float64Array[] = [];
  for (let step = 0; step < 60; step++) {
    const points = optimizer.ask(step / 60);
    positions.push(...points.map(({ position }) => position.slice()));
    optimizer.tell(evaluatePoints(STYBLINSKI_TANG, points));
    positions.push(optimizer.position.slice());
  }
  return positions;
}

describe('createOptimizer', () => {
  const random = () => Random.fromSeed(7, 'proposals');
  const adam = { learningRate: 0.3 };
  const dscd = { domain: BOUNDS };
  const start = START;
  const cases: [MethodName, MethodOptions, () => Optimizer][] = [
    ['adam', {}, () => new AlternatingOptimizer({ start, adam, bounds: BOUNDS, schedule: constant(0.3) }, random())],
    [
      'adam',
      { schedule: 'cosine' },
      () => new AlternatingOptimizer({ start, adam, bounds: BOUNDS, schedule: cosine(0.3, 0) }, random()),
    ],
    [
      'adam',
      { schedule: 'warm-restarts' },
      () => new AlternatingOptimizer({ start, adam, bounds: BOUNDS, schedule: warmRestarts(0.3, 0) }, random()),
    ],
    [
      'adam+dscd',
      { alternation: { switch: 'count' } },
      () =>
        new AlternatingOptimizer(
          { start, adam, dscd, bounds: BOUNDS, alternation: { minSteps: 10, switch: 'count' } },
          random(),
        ),
    ],
    [
      'adam+dscd',
      { mode: 'joint', dscd: { proposals: 2 } },
      () =>
        new AlternatingOptimizer(
          { start, adam, dscd: { ...dscd, proposals: 2 }, mode: 'joint', bounds: BOUNDS },
          random(),
        ),
    ],
    [
      'dscd',
      { dscd: { window: 5 } },
      () => new AlternatingOptimizer({ start, dscd: { ...dscd, window: 5 } }, random()),
    ],
    [
      'dscd',
      { dscd: { domain: [0, 1] } },
      () => new AlternatingOptimizer({ start, dscd: { domain: [0, 1] } }, random()),
    ],
    ['cma-es', {}, () => new CmaEs({ start, domain: BOUNDS, outside: 'mirrored' }, random())],
    [
      'cma-es',
      { cmaEs: { sigma: 1, outside: 'free' } },
      () => new CmaEs({ start, domain: BOUNDS, sigma: 1 }, random()),
    ],
    ['uniform', {}, () => new UniformSampling({ start, domain: BOUNDS }, random())],
    ['basin-hopping', {}, () => new BasinHopping({ start, domain: BOUNDS }, random())],
    [
      'basin-hopping',
      { basinHopping: { stepSize: 0.1 } },
      () => new BasinHopping({ start, domain: BOUNDS, stepSize: 0.1 }, random()),
    ],
    [
      'coordinate-descent',
      { schedule: 'cosine' },
      () => new CoordinateDescent({ start, domain: BOUNDS, learningRate: 0.3, schedule: cosine(1, 0) }, random()),
    ],
  ];

  it.each(cases)('creates %s with %j as the class with these options', (method, options, expected) => {
    const common = { start, bounds: BOUNDS, learningRate: 0.3, seed: 7 };
    expect(trajectory(createOptimizer(method, { ...common, ...options }))).toEqual(trajectory(expected()));
  });

  it('knows the class of every method, and whether it asks for gradients', () => {
    expect(new Set(cases.map(([method]) => method))).toEqual(new Set(METHOD_NAMES));
    for (const method of METHOD_NAMES) {
      const [first] = createOptimizer(method, { start }).ask(0);
      expect(first?.gradient).toBe(needsGradient(method));
    }
  });

  it('has defaults: bounds [-5, 5], learning rate 0.1 and constant, seed 0', () => {
    for (const method of METHOD_NAMES) {
      const given = { start, bounds: [-5, 5], learningRate: 0.1, schedule: 'constant', seed: 0 } as const;
      expect(trajectory(createOptimizer(method, { start }))).toEqual(trajectory(createOptimizer(method, given)));
    }
  });
});

describe('options that break a rule', () => {
  const objective = { value: STYBLINSKI_TANG.value, gradient: STYBLINSKI_TANG.gradient };
  const methods = 'adam, adam+dscd, dscd, cma-es, uniform, basin-hopping or coordinate-descent';

  it.each([
    [{ method: 'sgd' }, `method must be ${methods}, got sgd`],
    [{ bounds: [2, 2] }, 'bounds must be two numbers, the lower first, got [2, 2]'],
    [{ bounds: [5, -5], start: undefined }, 'bounds must be two numbers, the lower first, got [5, -5]'],
    [{ bounds: [Number.NaN, 0] }, 'bounds must be two numbers, the lower first, got [NaN, 0]'],
    [{ bounds: [[0, 1]] }, 'bounds must have 3 ranges, one for each coordinate, got 1'],
    [{ bounds: { low: 0, high: 1, scale: 'log' } }, 'bounds on a log scale must be finite and above 0, got [0, 1]'],
    [{ bounds: { categories: 1 } }, 'categories must be an integer of at least 2, got 1'],
    [{ bounds: { hi: 1 } }, 'bounds has no option hi; the nearest is high'],
    [
      {
        bounds: [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
        dscd: { domain: [0, 1] },
      },
      'dscd takes a domain only if bounds is one finite [lo, hi]',
    ],
    [{ learningRate: -0.1 }, 'learningRate must be finite and at least 0, got -0.1'],
    [{ learningRate: Number.NaN, method: 'dscd' }, 'learningRate must be finite and at least 0, got NaN'],
    [{ schedule: 'linear' }, 'schedule must be constant, cosine or warm-restarts, got linear'],
    [{ start: START.subarray(1) }, 'start must have 3 coordinates, got 2'],
    [{ start: new Float64Array(0), coordinates: undefined }, 'start must have coordinates, all of them finite, got []'],
    ...[[1, Number.NaN, 0], Float64Array.of(1, Number.NaN, 0)].map((start) => [
      { start },
      'start must have coordinates, all of them finite, got [1,NaN,0]',
    ]),
    [{ start: '123' }, 'start must have coordinates, all of them finite, got [123]'],
    [{ start: ['1', 2, 3] }, 'start must have coordinates, all of them finite, got [1,2,3]'],
    [{ start: undefined, coordinates: undefined }, 'minimize needs start or coordinates, got neither'],
    [{ start: undefined, coordinates: 1.5 }, 'coordinates must be a positive integer, got 1.5'],
    [{ evaluations: 0 }, 'evaluations must be a positive integer, got 0'],
    [{ evaluations: 10.5 }, 'evaluations must be a positive integer, got 10.5'],
    [{ evaluations: undefined }, 'evaluations must be a positive integer, got undefined'],
    [{ concurrency: 0 }, 'concurrency must be a positive integer, got 0'],
    [{ speculative: -1 }, 'speculative must be an integer of at least 0, got -1'],
    [{ target: Number.NaN }, 'target must be a number, got NaN'],
    [{ seed: 0.5 }, 'a seed must be a safe integer, got 0.5'],
    [{ dscd: { window: 0 } }, 'window must be a positive integer, got 0'],
    [{ dscd: { window: 20 } }, 'window must be greater than 2 * minSteps = 20, got 20'],
    [{ dscd: { proposals: 0 } }, 'proposals must be an integer from 1 to 10000, got 0'],
    [{ dscd: { domain: [1, 0] } }, 'domain must be two finite numbers, the lower first, got [1, 0]'],
    [{ alternation: { minSteps: 0 } }, 'minSteps must be a positive integer, got 0'],
    [{ alternation: { switch: 'now' } }, 'switch must be stalled or count, got now'],
    [{ mode: 'both' }, 'mode must be alternating or joint, got both'],
    [{ mode: 'joint', method: 'dscd' }, 'mode must be alternating for method dscd, got joint'],
    [{ mode: 'joint', dscd: { acceptance: 'window' } }, 'acceptance must be paired in mode joint, got window'],
    [
      { dscd: { acceptance: 'paired', margin: 1 } },
      'a margin above 0 needs an objective with perExample, got one without',
    ],
    [{ method: 'cma-es', cmaEs: { population: 1 } }, /^population must be .*, got 1$/],
    [{ method: 'basin-hopping', basinHopping: { temperature: -1 } }, /^temperature must be .*, got -1$/],
    [
      { method: new UniformSampling({ start: START }, Random.fromSeed(0)), coordinates: 2, start: undefined },
      'the optimizer must have 2 coordinates, got 3',
    ],
    [
      {
        method: new UniformSampling({ start: START }, Random.fromSeed(0)),
        coordinates: undefined,
        start: START.subarray(1),
      },
      'start must have 3 coordinates, got 2',
    ],
  ] as [Partial<MinimizeOptions>, string | RegExp][])('%j', async (options, message) => {
    const common = { evaluations: 10, start: START, coordinates: 3 };
    const refused = await minimize(objective, { ...common, ...options }).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(RangeError);
    if (typeof message === 'string') expect((refused as Error).message).toBe(message);
    else expect((refused as Error).message).toMatch(message);
  });

  it.each(METHOD_NAMES.filter(needsGradient))('%s without a gradient', async (method) => {
    const refused = minimize(STYBLINSKI_TANG.value, { evaluations: 10, start: START, method });
    await expect(refused).rejects.toThrow(
      new RangeError(`method ${method} needs an objective with a gradient, got one without`),
    );
  });

  it('an optimizer that requests more than the objective gives', async () => {
    const start = START;
    const { value } = STYBLINSKI_TANG;
    const adam = new AlternatingOptimizer({ start, adam: { learningRate: 1 } }, Random.fromSeed(0));
    const adamRun = minimize(value, { evaluations: 10, method: adam });
    await expect(adamRun).rejects.toThrow(
      new RangeError('the optimizer needs an objective with a gradient, got one without'),
    );
    const dscd = { acceptance: 'paired', margin: 1 } as const;
    const margin = new AlternatingOptimizer({ start, dscd }, Random.fromSeed(0));
    await expect(minimize(value, { evaluations: 10, method: margin })).rejects.toThrow(
      new RangeError('the optimizer needs an objective with perExample, got one without'),
    );
  });

  it('states of another run', async () => {
    const run = { evaluations: 20, start: START, method: 'dscd' } as const;
    const { state } = await minimize(objective, run);
    const resume = (more: Partial<MinimizeOptions>) => minimize(objective, { ...run, resume: state, ...more });
    for (const [more, message] of [
      [{ method: 'uniform' }, 'the saved method must be uniform, got dscd'],
      [{ start: Float64Array.of(1, 2) }, 'the saved position must have 2 coordinates, got 3'],
      [{ dscd: { window: 7 } }, 'the saved window must be 7, got 1000'],
      [{ evaluations: 19 }, 'evaluations must be at least the 20 of the saved run, got 19'],
    ] as [Partial<MinimizeOptions>, string][]) {
      await expect(resume(more)).rejects.toThrow(new RangeError(message));
    }
  });
});
