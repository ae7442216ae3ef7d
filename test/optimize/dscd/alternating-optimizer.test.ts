import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { Adam } from '../../../src/optimize/adam.ts';
import { AlternatingOptimizer, type AlternatingOptions } from '../../../src/optimize/dscd/alternating-optimizer.ts';
import { advance, startAlternation } from '../../../src/optimize/dscd/alternation.ts';
import { Dscd } from '../../../src/optimize/dscd/dscd.ts';
import { Hybrid } from '../../../src/optimize/dscd/hybrid.ts';
import type { Point, PointEvaluation } from '../../../src/optimize/optimizer.ts';
import { cosine } from '../../../src/optimize/schedules.ts';
import { STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';
import { evaluatePoints } from '../evaluate-points.ts';

const START = Float64Array.of(3, -1, 0, 4);
const ADAM = { learningRate: 0.1 };

function create(options: Partial<AlternatingOptions>, seed = 0): AlternatingOptimizer {
  return new AlternatingOptimizer({ start: START, ...options }, Random.fromSeed(seed));
}

/** Styblinski-Tang as the mean of two examples. */
const OBJECTIVE = {
  ...STYBLINSKI_TANG,
  perExample: (x: Float64Array) => [STYBLINSKI_TANG.value(x) - x[0]!, STYBLINSKI_TANG.value(x) + x[0]!],
};

function evaluate(points: readonly Point[]): PointEvaluation[] {
  return evaluatePoints(OBJECTIVE, points);
}

/** Names what each point of a step requests. */
function shape(points: readonly Point[]): string[] {
  return points.map(({ gradient, perExample }) =>
    ['loss', gradient ? 'gradient' : '', perExample ? 'examples' : ''].filter(Boolean).join('+'),
  );
}

describe('observeStart', () => {
  it('makes DSCD alone keep a start that beats its first proposals', () => {
    for (const told of [true, false]) {
      const optimizer = create({ dscd: {} });
      if (told) optimizer.observeStart(-1000);
      optimizer.tell(evaluate(optimizer.ask(0)));
      expect(optimizer.outcome).toMatchObject({ accepted: told ? null : 0, threshold: told ? -1000 : Infinity });
      if (told) expect(optimizer.position).toEqual(START);
    }
  });

  it('changes nothing if the first step evaluates the start itself', () => {
    for (const dscd of [{ window: 50 }, { acceptance: 'paired' }] as const) {
      const optimizer = create({ adam: ADAM, dscd });
      const state = optimizer.save();
      optimizer.observeStart(-1000);
      expect(optimizer.save()).toEqual(state);
    }
  });
});

describe('ask', () => {
  const paired = { acceptance: 'paired', proposals: 2 } as const;

  it.each([
    ['Adam', { adam: ADAM }, ['loss+gradient']],
    ['DSCD', { dscd: {} }, ['loss']],
    ['DSCD of three proposals', { dscd: { proposals: 3 } }, ['loss', 'loss', 'loss']],
    ['DSCD, paired', { dscd: paired }, ['loss', 'loss', 'loss']],
    ['DSCD with a margin', { dscd: { ...paired, margin: 1 } }, ['loss+examples', 'loss+examples', 'loss+examples']],
    ['joint steps', { adam: ADAM, dscd: paired, mode: 'joint' }, ['loss+gradient', 'loss', 'loss']],
    [
      'joint steps with a margin: gradient and examples at one point',
      { adam: ADAM, dscd: { ...paired, margin: 1 }, mode: 'joint' },
      ['loss+gradient+examples', 'loss+examples', 'loss+examples'],
    ],
  ] as [string, Partial<AlternatingOptions>, string[]][])('%s', (_, options, expected) => {
    expect(shape(create(options).ask(0))).toEqual(expected);
  });

  it('puts the position first, and each proposal differs from it in one coordinate', () => {
    const [base, ...proposals] = create({ dscd: { ...paired, proposals: 4 } }).ask(0.2);
    expect(base?.position).toEqual(START);
    expect(proposals).toHaveLength(4);
    for (const { position } of proposals) {
      expect(position.reduce((moved, x, i) => moved + (x === START[i] ? 0 : 1), 0)).toBe(1);
    }
  });
});

describe('the steps', () => {
  it.each(['stalled', 'count'] as const)('are the steps of Hybrid in the order of Algorithm 1 (%s)', (rule) => {
    const alternation = { minSteps: 4, switch: rule } as const;
    const dscd = { window: 30, proposals: 2 };
    const schedule = cosine(0.1, 0);
    const optimizer = create({ adam: ADAM, dscd, alternation, schedule, bounds: [-4, 4] });
    const hybrid = new Hybrid({
      position: START,
      local: new Adam(4, ADAM),
      dscd: new Dscd(dscd, Random.fromSeed(0)),
      bounds: [-4, 4],
    });
    let state = startAlternation();
    const kinds = new Set<string>();
    for (let step = 0; step < 200; step++) {
      const progress = step / 200;
      const request = hybrid.ask(state.kind, progress);
      const loss = STYBLINSKI_TANG.value;
      const outcome = hybrid.tell(
        request,
        {
          ...(request.gradient
            ? { base: { loss: loss(request.position) }, gradient: STYBLINSKI_TANG.gradient(request.position) }
            : {}),
          proposals: request.proposals.map((p) => ({ loss: loss(request.position.with(p.coordinate, p.to)) })),
        },
        schedule(progress),
      );
      state = advance(state, outcome.loss, alternation);
      kinds.add(outcome.kind);
      optimizer.tell(evaluate(optimizer.ask(progress)));
      expect(optimizer.outcome).toEqual(outcome);
      expect(optimizer.position).toEqual(hybrid.position);
    }
    expect(kinds.size).toBe(2);
  });

  it('never change kind if there is only one', () => {
    for (const [options, kind] of [
      [{ adam: ADAM }, 'local'],
      [{ dscd: {} }, 'global'],
      [{ adam: ADAM, dscd: {}, mode: 'joint' }, 'joint'],
    ] as const) {
      const optimizer = create({ ...options, alternation: { minSteps: 1 } });
      expect(optimizer.outcome).toBeNull();
      for (let step = 0; step < 20; step++) {
        optimizer.tell(evaluate(optimizer.ask(step / 20)));
        expect(optimizer.outcome?.kind).toBe(kind);
      }
    }
  });
});

describe('tell', () => {
  it('refuses answers that lack something requested, and then accepts a complete one', () => {
    const optimizer = create({ adam: ADAM });
    const points = optimizer.ask(0);
    expect(() => optimizer.tell([{ loss: 1 }])).toThrow('a local step needs the loss and a gradient of 4 coordinates');
    expect(() => optimizer.tell([])).toThrow('tell needs 1 evaluations, one for each point, got 0');
    optimizer.tell(evaluate(points));
    const undisturbed = create({ adam: ADAM });
    undisturbed.tell(evaluate(undisturbed.ask(0)));
    expect(optimizer.save()).toEqual(undisturbed.save());

    const margin = create({ dscd: { acceptance: 'paired', margin: 1 } });
    margin.ask(0);
    expect(() => margin.tell([{ loss: 1 }, { loss: 0 }])).toThrow('a margin needs the loss on each example');
  });
});

describe('foresee', () => {
  /** Counts the steps foreseen correctly while every proposal is rejected. */
  function foreseen(optimizer: AlternatingOptimizer, from: number): { foreseen: number; right: number } {
    const progress = Array.from({ length: 6 }, (_, i) => (from + 1 + i) / 100);
    optimizer.ask(from / 100);
    const ahead = optimizer.foresee(progress);
    let right = 0;
    for (let i = 0; i < progress.length; i++) {
      // Each loss is worse than the last, so that no proposal is accepted.
      const points = optimizer.ask((from + i) / 100);
      const seen = evaluate(points).map((evaluation) => ({ ...evaluation, loss: 1000 + i }));
      optimizer.tell(seen);
      const [next, ...more] = optimizer.ask((from + i + 1) / 100);
      const guess = ahead[i];
      if (guess && more.length === 0 && next?.position.every((x, j) => x === guess.position[j])) right++;
    }
    return { foreseen: ahead.length, right };
  }

  it('predicts all steps of DSCD alone while the position stays', () => {
    const optimizer = create({ dscd: { window: 50 } });
    optimizer.tell(optimizer.ask(0).map(() => ({ loss: 0 })));
    expect(foreseen(optimizer, 1)).toEqual({ foreseen: 6, right: 6 });
  });

  it('predicts the rest of a phase of global steps', () => {
    const alternation = { minSteps: 5, switch: 'count' } as const;
    const optimizer = create({ adam: ADAM, dscd: { onReject: 'stay' }, alternation });
    for (let step = 0; step < 5; step++) {
      optimizer.ask(step / 100);
      expect(optimizer.foresee([0.5])).toEqual([]);
      optimizer.tell(evaluate(optimizer.ask(step / 100)));
    }
    // The first of five global steps is pending: four are left, and the sixth step is local.
    expect(foreseen(optimizer, 5)).toEqual({ foreseen: 4, right: 4 });
  });

  it('starts with the next step if none is pending', () => {
    const optimizer = create({ dscd: {} });
    const [next, after] = optimizer.foresee([0.3, 0.4]);
    expect(optimizer.ask(0.3)).toEqual([next]);
    expect(optimizer.foresee([0.4])).toEqual([after]);
  });

  it.each([
    ['Adam', { adam: ADAM }],
    ['several proposals', { dscd: { proposals: 2 } }],
    ['pairs', { dscd: { acceptance: 'paired' } }],
    ['joint steps', { adam: ADAM, dscd: {}, mode: 'joint' }],
  ] as [string, Partial<AlternatingOptions>][])('is nothing with %s', (_, options) => {
    const optimizer = create(options);
    optimizer.ask(0);
    expect(optimizer.foresee([0.1, 0.2])).toEqual([]);
  });
});

describe('construction', () => {
  it('copies the start', () => {
    const start = START.slice();
    const optimizer = create({ start, adam: ADAM });
    optimizer.tell(evaluate(optimizer.ask(0)));
    expect(start).toEqual(START);
  });

  it.each([
    [{}, 'steps need Adam, DSCD or both, got neither'],
    [{ adam: ADAM, mode: 'joint' }, 'mode joint needs both Adam and DSCD, got one of them'],
    [{ dscd: {}, mode: 'joint' }, 'mode joint needs both Adam and DSCD, got one of them'],
    [
      { adam: ADAM, dscd: { acceptance: 'window' }, mode: 'joint' },
      'acceptance must be paired in mode joint, got window',
    ],
    [{ dscd: { acceptance: 'never' } }, 'acceptance must be window or paired without Adam, got never'],
    [
      { adam: ADAM, dscd: { acceptance: 'never', window: 20 } },
      'window must be greater than 2 * minSteps = 20, got 20',
    ],
    [{ adam: ADAM, mode: 'both' }, 'mode must be alternating or joint, got both'],
    [{ adam: ADAM, dscd: { window: 20 } }, 'window must be greater than 2 * minSteps = 20, got 20'],
    [{ adam: ADAM, alternation: { minSteps: 0 } }, 'minSteps must be a positive integer, got 0'],
    [{ adam: ADAM, alternation: { switch: 'never' } }, 'switch must be stalled or count, got never'],
  ] as [Partial<AlternatingOptions>, string][])('refuses %j', (options, message) => {
    expect(() => create(options)).toThrow(new RangeError(message));
  });

  it('checks no window if there is none', () => {
    const dscd = { acceptance: 'paired', window: 5 } as const;
    expect(() => create({ adam: ADAM, dscd })).not.toThrow();
    expect(() => create({ dscd: { window: 5 } })).not.toThrow();
  });
});

describe('restore', () => {
  it('takes an older state, which lacks the discrete proposals', () => {
    const optimizer = create({ adam: ADAM, dscd: {} });
    optimizer.tell(evaluate(optimizer.ask(0)));
    const { settings, ...state } = optimizer.save();
    const { discreteFrom, ...older } = settings;
    expect(discreteFrom).toBe(1);
    const resumed = create({ adam: ADAM, dscd: {} });
    resumed.restore({ ...state, settings: older });
    expect(resumed.save()).toEqual(optimizer.save());
    const discrete = create({ adam: ADAM, dscd: { discreteFrom: 0.5 } });
    expect(() => discrete.restore({ ...state, settings: older })).toThrow('the saved discreteFrom must be 0.5, got 1');
  });

  it.each([
    [{ adam: ADAM, dscd: { proposals: 2 } }, 'the saved proposals must be 2, got 1'],
    [{ adam: ADAM, dscd: {}, mode: 'joint' }, 'the saved mode must be joint, got alternating'],
    [{ adam: { learningRate: 0.2 }, dscd: {} }, 'the saved learningRate must be 0.2, got 0.1'],
    [{ adam: ADAM, dscd: {}, bounds: [-5, 5] }, 'the saved bounds must be -5,5, got null'],
    [{ dscd: {} }, 'the state was saved with other parts'],
  ] as [Partial<AlternatingOptions>, string][])('refuses the state of other options than %j', (options, message) => {
    const state = create({ adam: ADAM, dscd: {} }).save();
    expect(() => create(options).restore(state)).toThrow(RangeError);
    expect(() => create(options).restore(state)).toThrow(message);
  });
});
