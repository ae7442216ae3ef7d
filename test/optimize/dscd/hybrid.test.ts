import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random, sampleBeta } from '../../../src/math/random.ts';
import { Adam } from '../../../src/optimize/adam.ts';
import { Dscd } from '../../../src/optimize/dscd/dscd.ts';
import type { DscdOptions } from '../../../src/optimize/dscd/dscd-options.ts';
import { Hybrid } from '../../../src/optimize/dscd/hybrid.ts';
import type { StepAnswer, StepKind, StepOutcome, StepRequest } from '../../../src/optimize/dscd/step.ts';
import type { LocalOptimizer } from '../../../src/optimize/optimizer.ts';
import { STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';

const START = Float64Array.of(3, -1, 0, 4);

function create(options: DscdOptions, seed = 0, start = START): Hybrid {
  const local = new Adam(start.length, { learningRate: 0.1 });
  return new Hybrid({ position: start, local, dscd: new Dscd(options, Random.fromSeed(seed)) });
}

/** Answers a request on a double well in every coordinate, with an offset for the mini-batch. */
function answer(request: StepRequest, offset = 0): StepAnswer {
  const { position, proposals } = request;
  const at = (x: Float64Array) => {
    const perExample = [1, 2, 3].map((k) => offset + STYBLINSKI_TANG.value(x) + Math.sin(k * x[0]!));
    return { loss: perExample.reduce((a, b) => a + b) / 3, perExample };
  };
  return {
    ...(request.gradient ? { gradient: STYBLINSKI_TANG.gradient(position) } : {}),
    ...(request.gradient || request.base ? { base: at(position) } : {}),
    proposals: proposals.map(({ coordinate, to }) => at(position.with(coordinate, to))),
  };
}

function step(
  hybrid: Hybrid,
  kind: StepKind,
  progress = 0,
  offset = 0,
): { request: StepRequest; outcome: StepOutcome } {
  const request = hybrid.ask(kind, progress);
  return { request, outcome: hybrid.tell(request, answer(request, offset)) };
}

describe('ask', () => {
  it('requests what each kind of step needs', () => {
    const asks = (options: DscdOptions, kind: StepKind) => {
      const { gradient, base, perExample, proposals } = create(options).ask(kind, 0.5);
      return { gradient, base, perExample, proposals: proposals.length };
    };
    const paired: DscdOptions = { acceptance: 'paired', proposals: 2 };
    expect(asks({}, 'local')).toEqual({ gradient: true, base: false, perExample: false, proposals: 0 });
    expect(asks({ proposals: 3 }, 'global')).toEqual({ gradient: false, base: false, perExample: false, proposals: 3 });
    expect(asks(paired, 'global')).toEqual({ gradient: false, base: true, perExample: false, proposals: 2 });
    expect(asks(paired, 'joint')).toEqual({ gradient: true, base: false, perExample: false, proposals: 2 });
    const margin = { ...paired, margin: 1 };
    expect(asks(margin, 'global')).toEqual({ gradient: false, base: true, perExample: true, proposals: 2 });
    expect(asks(margin, 'joint')).toEqual({ gradient: true, base: false, perExample: true, proposals: 2 });
  });

  it('refuses kinds that need a part the hybrid lacks', () => {
    const adam = new Adam(4, { learningRate: 0.1 });
    const local = new Hybrid({ position: START, local: adam, dscd: null });
    const global = new Hybrid({ position: START, local: null, dscd: new Dscd({}, Random.fromSeed(0)) });
    expect(() => local.ask('global', 0)).toThrow('a global step needs DSCD');
    expect(() => local.ask('joint', 0)).toThrow('a joint step needs DSCD');
    expect(() => global.ask('local', 0)).toThrow('a local step needs a local optimizer');
    expect(() => global.ask('joint', 0)).toThrow('a joint step needs a local optimizer');
    for (const acceptance of ['window', 'never'] as const) {
      const ask = () => create({ acceptance }).ask('joint', 0);
      expect(ask).toThrow(`a joint step needs paired acceptance, got ${acceptance}`);
    }
  });
});

describe('tell', () => {
  it('takes an answer to the last request only, and only once', () => {
    const hybrid = create({});
    const first = hybrid.ask('local', 0);
    const second = hybrid.ask('local', 0);
    expect(() => hybrid.tell(first, answer(first))).toThrow(
      'tell needs the pending request, the last that ask returned',
    );
    hybrid.tell(second, answer(second));
    expect(() => hybrid.tell(second, answer(second))).toThrow(
      'tell needs the pending request, the last that ask returned',
    );
  });

  it('refuses an answer without the gradient, and then stays unchanged', () => {
    const hybrid = create({});
    const request = hybrid.ask('local', 0);
    for (const gradient of [{}, { gradient: new Float64Array(3) }]) {
      expect(() => hybrid.tell(request, { base: { loss: 1 }, ...gradient, proposals: [] })).toThrow(
        'a local step needs the loss and a gradient of 4 coordinates',
      );
    }
    hybrid.tell(request, answer(request));
    const undisturbed = create({});
    step(undisturbed, 'local');
    expect(hybrid.save()).toEqual(undisturbed.save());
  });

  it('takes a local step by the local optimizer, at the given learning rate', () => {
    const hybrid = create({});
    const adam = new Adam(4, { learningRate: 0.1 });
    const position = START.slice();
    for (const learningRate of [undefined, 0.01, 2]) {
      const request = hybrid.ask('local', 0);
      hybrid.tell(request, answer(request), learningRate);
      adam.step(position, STYBLINSKI_TANG.gradient(position), learningRate);
      expect(hybrid.position).toEqual(position);
    }
  });

  it('keeps the loss of a local step as a threshold, and its position to return to', () => {
    const hybrid = create({});
    const request = hybrid.ask('local', 0);
    hybrid.tell(request, { ...answer(request), base: { loss: -1e6 } });
    expect(hybrid.position).not.toEqual(START);
    expect(step(hybrid, 'global').outcome).toMatchObject({ threshold: -1e6, accepted: null, returned: true });
    expect(hybrid.position).toEqual(START);
  });

  it('sets the coordinate of an accepted proposal, and returns to the best of the window after a rejected one', () => {
    const hybrid = create({ window: 50 }, 1);
    const seen = { accepted: 0, returned: 0 };
    let best = { loss: Infinity, position: START };
    for (let i = 0; i < 40; i++) {
      const before = hybrid.position.slice();
      const { request, outcome } = step(hybrid, i % 4 === 0 ? 'local' : 'global');
      if (request.kind === 'local') {
        if (outcome.loss < best.loss) best = { loss: outcome.loss, position: before };
      } else if (outcome.accepted !== null) {
        const { coordinate, to } = request.proposals[outcome.accepted]!;
        best = { loss: outcome.loss, position: before.with(coordinate, to) };
        expect(hybrid.position).toEqual(best.position);
        seen.accepted++;
      } else {
        expect(outcome.returned).toBe(true);
        expect(hybrid.position).toEqual(best.position);
        if (!before.every((x, j) => x === best.position[j])) seen.returned++;
      }
    }
    expect(seen.accepted).toBeGreaterThan(0);
    expect(seen.returned).toBeGreaterThan(0);
  });

  it('takes a joint step: the local optimizer moves all coordinates, then the accepted one is set', () => {
    const hybrid = create({ acceptance: 'paired', proposals: 3 });
    const adam = new Adam(4, { learningRate: 0.1 });
    const position = START.slice();
    let accepted = 0;
    for (let i = 0; i < 60; i++) {
      const request = hybrid.ask('joint', i / 60);
      const answered = answer(request);
      const base = answered.base!.loss;
      const losses = answered.proposals.map(({ loss }) => loss);
      const outcome = hybrid.tell(request, answered);
      const smallest = losses.indexOf(Math.min(...losses));
      expect(outcome.accepted).toBe(losses[smallest]! < base ? smallest : null);
      expect(outcome.loss).toBe(Math.min(base, ...losses));
      adam.step(position, STYBLINSKI_TANG.gradient(position));
      if (outcome.accepted !== null) {
        const { coordinate, to } = request.proposals[outcome.accepted]!;
        position[coordinate] = to;
        accepted++;
      }
      expect(hybrid.position).toEqual(position);
    }
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(60);
  });

  it('that never accepts and stays is the path of the local steps alone', () => {
    const steps = fc.array(fc.boolean(), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.integer(), (kinds, seed) => {
        const hybrid = create({ acceptance: 'never', onReject: 'stay', proposals: 2 }, seed);
        const adam = new Adam(4, { learningRate: 0.1 });
        const position = START.slice();
        for (const [i, isLocal] of kinds.entries()) {
          step(hybrid, isLocal ? 'local' : 'global', i / 40, Math.sin(100 * i));
          if (isLocal) adam.step(position, STYBLINSKI_TANG.gradient(position));
          expect(hybrid.position).toEqual(position);
        }
      }),
    );
  });

  it('that never accepts is the step of `window` while no proposal wins there', () => {
    const [never, window] = [create({ acceptance: 'never', window: 50 }), create({ window: 50 })];
    for (let i = 0; i < 40; i++) {
      const kind = i % 5 === 0 ? 'local' : 'global';
      const expected = step(window, kind, i / 40, 100 * i); // every mini-batch is worse than those before
      expect(step(never, kind, i / 40, 100 * i)).toEqual(expected);
      expect(expected.outcome.accepted).toBeNull();
      expect(never.position).toEqual(window.position);
    }
  });

  it('works beside any local optimizer', () => {
    const signs: LocalOptimizer = {
      step(position, gradient) {
        for (const [i, g] of gradient.entries()) position[i]! -= Math.sign(g);
      },
      save: () => ({}),
      restore: () => undefined,
    };
    const hybrid = new Hybrid({ position: Float64Array.of(0, 0), local: signs, dscd: null });
    const request = hybrid.ask('local', 0);
    hybrid.tell(request, { base: { loss: 0 }, gradient: Float64Array.of(5, -0.1), proposals: [] });
    expect(hybrid.position).toEqual(Float64Array.of(-1, 1));
  });

  it('ends local steps at the bounds, if there are any', () => {
    const local = (bounds: readonly [number, number] | null): Float64Array => {
      const adam = new Adam(2, { learningRate: 10 });
      const hybrid = new Hybrid({ position: Float64Array.of(4, 0), local: adam, dscd: null, bounds });
      hybrid.tell(hybrid.ask('local', 0), { base: { loss: 0 }, gradient: Float64Array.of(-1, 1e-3), proposals: [] });
      return hybrid.position;
    };
    expect([...local([-5, 5])]).toEqual([5, -5]);
    expect([...local(null)]).toEqual([expect.closeTo(14, 4), expect.closeTo(-10, 3)]);
  });

  it('moves no coordinate on a mini-batch of NaN, and continues after it', () => {
    const nan = {
      base: { loss: Number.NaN, perExample: [Number.NaN, 1] },
      gradient: new Float64Array(4).fill(Number.NaN),
    };
    for (const options of [{}, { onReject: 'stay' }, { acceptance: 'paired' }] as DscdOptions[]) {
      const hybrid = create(options, 3);
      const kinds =
        options.acceptance === 'paired' ? (['global', 'joint', 'local'] as const) : (['global', 'local'] as const);
      for (let i = 0; i < 30; i++) step(hybrid, kinds[i % kinds.length]!);
      for (const kind of kinds) {
        const before = hybrid.position.slice();
        const request = hybrid.ask(kind, 0.5);
        const proposals = request.proposals.map(() => ({ loss: Number.NaN }));
        const outcome = hybrid.tell(request, { ...nan, proposals });
        expect(outcome).toMatchObject({ accepted: null, loss: Number.NaN });
        if (!outcome.returned) expect(hybrid.position).toEqual(before);
      }
      for (let i = 0; i < 30; i++) step(hybrid, kinds[i % kinds.length]!);
      expect(hybrid.position.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('construction', () => {
  it('copies the start', () => {
    const start = START.slice();
    step(create({}, 0, start), 'local');
    expect(start).toEqual(START);
  });

  it('refuses positions that are empty or not finite, and bounds in the wrong order', () => {
    const make = (position: Float64Array, bounds: [number, number] = [0, 1]) =>
      new Hybrid({ position, local: null, dscd: null, bounds });
    expect(() => make(new Float64Array(0))).toThrow('the position must have coordinates, all of them finite, got []');
    expect(() => make(Float64Array.of(1, Number.NaN))).toThrow(RangeError);
    expect(() => make(START, [1, 1])).toThrow('bounds must be two numbers, the lower first, got [1,1]');
  });
});

describe('save and restore', () => {
  const options = fc.oneof(
    fc.record({
      acceptance: fc.constantFrom('window' as const, 'never' as const),
      window: fc.integer({ min: 1, max: 15 }),
      onReject: fc.constantFrom('return' as const, 'stay' as const),
      proposals: fc.integer({ min: 1, max: 3 }),
      discreteFrom: fc.constantFrom(0.5, 1),
      selection: fc.constantFrom('best' as const, 'first' as const),
    }),
    fc.record({
      acceptance: fc.constant('paired' as const),
      margin: fc.constantFrom(0, 1),
      proposals: fc.integer({ min: 1, max: 3 }),
      discreteFrom: fc.constantFrom(0.5, 1),
      selection: fc.constantFrom('best' as const, 'first' as const),
    }),
  );

  it('ends like the uninterrupted run after a save and restore at any step', () => {
    const choices = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(options, choices, fc.nat(), fc.integer(), (given, kinds, stop, seed) => {
        const allowed =
          given.acceptance === 'paired' ? (['local', 'global', 'joint'] as const) : (['local', 'global'] as const);
        const run = (hybrid: Hybrid, from: number, to: number): StepOutcome[] =>
          kinds.slice(from, to).map((kind, i) => {
            const at = from + i;
            return step(hybrid, allowed[kind % allowed.length]!, at / kinds.length, Math.sin(100 * at)).outcome;
          });
        const undisturbed = create(given, seed);
        const at = stop % kinds.length;
        const first = run(undisturbed, 0, at);
        const state = undisturbed.save();
        const kept = structuredClone(state);
        // Seed, position and earlier steps differ, so everything must come from the state.
        const resumed = create(
          given,
          seed + 1,
          START.map((x) => x / 2),
        );
        run(resumed, 0, kinds.length);
        resumed.restore(kept);
        expect(resumed.save()).toEqual(state);
        const rest = run(undisturbed, at, kinds.length);
        expect(run(resumed, at, kinds.length)).toEqual(rest);
        expect(resumed.save()).toEqual(undisturbed.save());
        // The saved state shares no array with either.
        expect(kept).toEqual(state);
        expect(first.length + rest.length).toBe(kinds.length);
      }),
      { numRuns: 200 },
    );
  });

  it('keep a pending request', () => {
    for (const [given, kinds] of [
      [{ proposals: 2 }, ['local', 'global']],
      [{ acceptance: 'paired', margin: 1 }, ['global', 'joint']],
    ] as [DscdOptions, StepKind[]][]) {
      for (const kind of kinds) {
        const hybrid = create(given);
        for (let i = 0; i < 10; i++) step(hybrid, kinds[i % 2]!, i / 20);
        const request = hybrid.ask(kind, 0.5);
        const state = structuredClone(hybrid.save());
        const resumed = create(given, 1);
        resumed.restore(state);
        expect(resumed.asked).toEqual(request);
        expect(() => resumed.tell(request, answer(request))).toThrow(
          'tell needs the pending request, the last that ask returned',
        );
        const outcome = hybrid.tell(request, answer(request));
        expect(resumed.tell(resumed.asked!, answer(resumed.asked!))).toEqual(outcome);
        expect(resumed.save()).toEqual(hybrid.save());
        expect(resumed.asked).toBeNull();
      }
    }
  });

  it('accept older states, which lack the request', () => {
    const hybrid = create({});
    for (let i = 0; i < 10; i++) step(hybrid, 'global', i / 20);
    const { asked, ...state } = hybrid.save();
    expect(asked).toBeNull();
    const resumed = create({}, 1);
    resumed.ask('global', 0);
    resumed.restore(state);
    expect(resumed.asked).toBeNull();
    expect(step(resumed, 'global', 0.5)).toEqual(step(hybrid, 'global', 0.5));
  });

  it('refuse the state of a hybrid with other parts', () => {
    const state = create({}).save();
    const alone = new Hybrid({ position: START, local: new Adam(4, { learningRate: 0.1 }), dscd: null });
    expect(() => alone.restore(state)).toThrow('the state was saved with other parts');
    expect(() => create({}, 0, START.slice(1)).restore(state)).toThrow(
      'the saved position must have 3 coordinates, got 4',
    );
  });
});

describe('DSCD with no local steps', () => {
  it('is plain annealed coordinate search', () => {
    const [size, steps, window] = [5, 3000, 100];
    const start = new Float64Array(size).fill(3);
    const hybrid = new Hybrid({
      position: start,
      local: null,
      dscd: new Dscd({ window }, Random.fromSeed(9)),
    });

    // A second implementation, with the paper's equations and a window that looks at all of its steps.
    const random = Random.fromSeed(9);
    const history: { loss: number; x: Float64Array }[] = [];
    let x: Float64Array = start.slice();
    let accepted = 0;
    for (let t = 0; t < steps; t++) {
      const progress = (0.9 * t) / steps;
      const rho = (1 - Math.cos(Math.PI * progress)) / 2;
      const i = random.integer(size);
      const mu = (1 - rho) * 0.5 + rho * ((x[i]! + 5) / 10);
      const sigma = (1 - rho) * Math.sqrt(1 / 12);
      const nu = (mu * (1 - mu)) / sigma ** 2 - 1;
      const proposal = x.with(i, -5 + 10 * sampleBeta(random, mu * nu, (1 - mu) * nu));
      const loss = STYBLINSKI_TANG.value(proposal);
      const best = Math.min(...history.map((seen) => seen.loss));
      history.push({ loss, x: proposal });
      if (history.length > window) history.shift();
      if (loss < best) accepted++;
      x = loss < best ? proposal : history.reduce((a, b) => (b.loss < a.loss ? b : a)).x;

      const request = hybrid.ask('global', progress);
      const value = (p: { coordinate: number; to: number }) =>
        STYBLINSKI_TANG.value(request.position.with(p.coordinate, p.to));
      const outcome = hybrid.tell(request, { proposals: request.proposals.map((p) => ({ loss: value(p) })) });
      // The paper's form of the shapes rounds differently, by a few units in the last place.
      for (let j = 0; j < size; j++) expect(Math.abs(hybrid.position[j]! - x[j]!)).toBeLessThan(1e-9);
      expect(Math.abs(outcome.loss - loss)).toBeLessThan(1e-7);
    }
    expect(accepted).toBeGreaterThan(20);
  });
});
