import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { Dscd } from '../../../src/optimize/dscd/dscd.ts';
import type { DscdOptions } from '../../../src/optimize/dscd/dscd-options.ts';
import type { Evaluation, Proposal, StepOutcome } from '../../../src/optimize/dscd/step.ts';
import { kolmogorovSmirnov, ksLimit } from '../../math/kolmogorov-smirnov.ts';

const create = (options: DscdOptions, seed = 0): Dscd => new Dscd(options, Random.fromSeed(seed));

/** Takes a global step from the origin of two coordinates, with proposals to 1, 2, 3, ... of the given losses. */
function decide(dscd: Dscd, losses: readonly number[], base?: number): StepOutcome {
  const proposals = losses.map((_, i): Proposal => ({ coordinate: i % 2, from: 0, to: i + 1 }));
  const position = new Float64Array(2);
  const evaluations = losses.map((loss) => ({ loss }));
  return dscd.decide(
    { kind: 'global', position, proposals },
    { proposals: evaluations, ...(base === undefined ? {} : { base: { loss: base } }) },
  );
}

describe('propose', () => {
  it('draws every proposal of a step from the same position, inside the domain', () => {
    const coordinates = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 8 });
    const progress = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(coordinates, progress, fc.integer({ min: 1, max: 6 }), fc.integer(), (given, t, count, seed) => {
        const position = Float64Array.from(given);
        const { proposals } = create({ proposals: count, domain: [-0.1, 0.3] }, seed).propose(position, t);
        expect(position).toEqual(Float64Array.from(given));
        expect(proposals).toHaveLength(count);
        for (const { coordinate, from, to } of proposals) {
          expect(from).toBe(position[coordinate]);
          expect(to).toBeGreaterThanOrEqual(-0.1);
          expect(to).toBeLessThanOrEqual(0.3);
        }
      }),
    );
  });

  it('stays in the domain if rounding would leave it', () => {
    // -0.1 + (0.3 + 0.1) is 0.30000000000000004.
    const { proposals } = create({ domain: [-0.1, 0.3] }).propose(Float64Array.of(9), 1);
    expect(proposals[0]?.to).toBe(0.3);
  });

  it('draws all proposals before any is evaluated, equal to single proposals in a row', () => {
    const position = Float64Array.of(1, 2, 3, 4);
    const single = create({ proposals: 1 });
    const one = Array.from({ length: 5 }, () => single.propose(position, 0.5).proposals[0]);
    expect(create({ proposals: 5 }).propose(position, 0.5).proposals).toEqual(one);
  });

  it('draws every coordinate equally often', () => {
    const dscd = create({ proposals: 10_000 });
    const counts = [0, 0, 0, 0];
    for (const { coordinate } of dscd.propose(new Float64Array(4), 0.5).proposals) counts[coordinate]!++;
    // Five standard deviations of a binomial count.
    for (const count of counts) expect(Math.abs(count - 2500)).toBeLessThan(5 * Math.sqrt(10_000 * 0.25 * 0.75));
  });

  it('is uniform over the domain at the start, also from outside', () => {
    const { proposals } = create({ proposals: 10_000 }).propose(Float64Array.of(77), 0);
    const drawn = Float64Array.from(proposals, ({ to }) => to);
    expect(kolmogorovSmirnov(drawn, (x) => (x + 5) / 10)).toBeLessThan(ksLimit(drawn.length));
  });

  it('concentrates at the position as the annealing progresses, and at the nearest end from outside', () => {
    const { proposals, concentration } = create({ proposals: 2000 }).propose(Float64Array.of(2, 9), 0.999);
    const r = 1 - concentration!;
    for (const { coordinate, to } of proposals) {
      // The mean is within r / 2 of the scaled position; 40 standard deviations r sqrt(1/12) hold any Beta's tail.
      expect(Math.abs(to - (coordinate === 0 ? 2 : 5))).toBeLessThan(10 * r * (0.5 + 40 * Math.sqrt(1 / 12)));
    }
  });

  it('is the position itself at the end', () => {
    const { proposals, concentration } = create({ proposals: 3 }).propose(Float64Array.of(2.5), 1);
    expect(concentration).toBe(1);
    expect(proposals.map(({ to }) => to)).toEqual([2.5, 2.5, 2.5]);
  });

  it('reports the concentration', () => {
    expect(create({}).propose(new Float64Array(1), 0.5).concentration).toBeCloseTo(0.5, 15);
  });
});

describe('decide by the window', () => {
  it('accepts losses strictly below the best of the last K steps', () => {
    const dscd = create({ window: 3 });
    dscd.observe(5, Float64Array.of(7, 7));
    expect(decide(dscd, [5])).toEqual({ kind: 'global', loss: 5, accepted: null, threshold: 5, returned: true });
    expect(decide(dscd, [4.9])).toEqual({ kind: 'global', loss: 4.9, accepted: 0, threshold: 5, returned: false });
  });

  it('accepts every finite loss if the window is empty', () => {
    expect(decide(create({}), [1e300])).toMatchObject({ accepted: 0, threshold: Infinity });
    expect(decide(create({}), [Number.NaN])).toMatchObject({ accepted: null, loss: Number.NaN, returned: false });
  });

  it('counts rejected proposals as steps, so that old losses leave', () => {
    const dscd = create({ window: 3 });
    dscd.observe(1, Float64Array.of(7, 7));
    for (const loss of [9, 8, 7]) expect(decide(dscd, [loss])).toMatchObject({ accepted: null });
    expect(dscd.best).toMatchObject({ loss: 7, position: Float64Array.of(1, 0) });
  });

  it('returns to the best of the window that includes the rejected step', () => {
    const dscd = create({ window: 2 });
    dscd.observe(1, Float64Array.of(7, 7));
    dscd.observe(6, Float64Array.of(8, 8));
    // The loss of 1 is still the threshold, but leaves as this step enters.
    expect(decide(dscd, [2])).toMatchObject({ accepted: null, threshold: 1, returned: true });
    expect(dscd.best).toMatchObject({ loss: 2, position: Float64Array.of(1, 0) });
  });

  it('stays with onReject `stay`', () => {
    const dscd = create({ onReject: 'stay' });
    dscd.observe(1, Float64Array.of(7, 7));
    expect(decide(dscd, [2])).toMatchObject({ accepted: null, returned: false });
  });

  it('counts P proposals as one step: the accepted one, or else the best', () => {
    const dscd = create({ window: 2, proposals: 3 });
    expect(decide(dscd, [3, 2, 4])).toMatchObject({ accepted: 1, loss: 2 });
    expect(dscd.best).toMatchObject({ loss: 2, position: Float64Array.of(0, 2) });
    expect(decide(dscd, [9, 8, 7])).toMatchObject({ accepted: null, loss: 7 });
    expect(decide(dscd, [9, 9, 8])).toMatchObject({ accepted: null, loss: 8, threshold: 2 });
    expect(dscd.best).toMatchObject({ loss: 7, position: Float64Array.of(3, 0) });
  });

  it('selects the first winner in drawing order with selection `first`', () => {
    const dscd = create({ proposals: 4, selection: 'first' });
    dscd.observe(5, Float64Array.of(7, 7));
    expect(decide(dscd, [6, 4, 1, 2])).toMatchObject({ accepted: 1, loss: 4 });
    expect(dscd.best).toMatchObject({ loss: 4, position: Float64Array.of(0, 2) });
    expect(decide(dscd, [9, 6, 7, 8])).toMatchObject({ accepted: null, loss: 6 });
  });

  it('accepts the first of equal proposals', () => {
    expect(decide(create({ proposals: 3 }), [2, 1, 1])).toMatchObject({ accepted: 1 });
  });

  it.each(['best', 'first'] as const)('never accepts a loss that is not finite (%s)', (selection) => {
    const dscd = create({ proposals: 3, selection });
    expect(decide(dscd, [Number.NaN, -Infinity, 3])).toMatchObject({ accepted: 2, loss: 3 });
    expect(decide(dscd, [Number.NaN, -Infinity, Infinity])).toMatchObject({ accepted: null, returned: true });
    expect(dscd.best?.loss).toBe(3);
  });

  it('refuses an answer of another length', () => {
    const request = { kind: 'global', position: new Float64Array(1), proposals: [] } as const;
    expect(() => create({}).decide(request, { proposals: [{ loss: 1 }] })).toThrow(
      'the answer must have 0 evaluations, got 1',
    );
  });
});

describe('decide with `never`', () => {
  it('draws what `window` draws', () => {
    const position = Float64Array.of(1, 2, 3);
    const drawn = (options: DscdOptions) => create({ ...options, proposals: 4 }).propose(position, 0.3);
    expect(drawn({ acceptance: 'never' })).toEqual(drawn({ acceptance: 'window' }));
  });

  it('accepts none, and has the loss and the threshold of a rejected step of `window`', () => {
    const dscd = create({ acceptance: 'never', proposals: 2 });
    dscd.observe(5, Float64Array.of(7, 7));
    expect(decide(dscd, [4, 3])).toEqual({ kind: 'global', loss: 3, accepted: null, threshold: 5, returned: true });
    expect(decide(dscd, [9, 8])).toEqual({ kind: 'global', loss: 8, accepted: null, threshold: 5, returned: true });
  });

  it('returns to the best local step only, and counts global ones among the K', () => {
    const dscd = create({ acceptance: 'never', window: 3 });
    dscd.observe(5, Float64Array.of(7, 7));
    dscd.observe(6, Float64Array.of(8, 8));
    expect(decide(dscd, [1])).toMatchObject({ returned: true });
    expect(dscd.best).toMatchObject({ loss: 5, position: Float64Array.of(7, 7) });
    expect(decide(dscd, [1])).toMatchObject({ threshold: 5, returned: true });
    expect(dscd.best).toMatchObject({ loss: 6, position: Float64Array.of(8, 8) });
    expect(decide(dscd, [1])).toMatchObject({ threshold: 6, returned: false });
    expect(dscd.best).toBeNull();
  });

  it('stays with onReject `stay`', () => {
    const dscd = create({ acceptance: 'never', onReject: 'stay' });
    dscd.observe(5, Float64Array.of(7, 7));
    expect(decide(dscd, [1])).toMatchObject({ accepted: null, returned: false });
  });
});

describe('decide by pairs', () => {
  const paired = (options: DscdOptions = {}): Dscd => create({ acceptance: 'paired', ...options });

  it('accepts losses strictly below the position on the same mini-batch', () => {
    expect(decide(paired(), [2], 2)).toEqual({
      kind: 'global',
      loss: 2,
      accepted: null,
      threshold: 2,
      returned: false,
    });
    expect(decide(paired(), [1], 2)).toEqual({ kind: 'global', loss: 1, accepted: 0, threshold: 2, returned: false });
  });

  it('does not depend on earlier losses', () => {
    const dscd = paired();
    dscd.observe(-100, Float64Array.of(7, 7));
    expect(decide(dscd, [1], 2)).toMatchObject({ accepted: 0 });
    expect(dscd.best).toBeNull();
  });

  it('selects the smallest difference, or the first winner', () => {
    expect(decide(paired({ proposals: 3 }), [1, 0, 3], 2)).toMatchObject({ accepted: 1, loss: 0 });
    expect(decide(paired({ proposals: 3, selection: 'first' }), [3, 1, 0], 2)).toMatchObject({ accepted: 1, loss: 1 });
    expect(decide(paired({ proposals: 3 }), [4, 5, 3], 2)).toMatchObject({ accepted: null, loss: 2 });
  });

  it.each([Number.NaN, Infinity, -Infinity])('accepts the best finite loss if that of the position is %s', (base) => {
    for (const margin of [0, 1]) {
      expect(decide(paired({ proposals: 3, margin }), [Number.NaN, 5, 4], base)).toMatchObject({
        accepted: 2,
        loss: 4,
      });
      const first = paired({ proposals: 3, margin, selection: 'first' });
      expect(decide(first, [Infinity, 5, 4], base)).toMatchObject({ accepted: 1, loss: 5 });
      expect(decide(paired({ margin }), [Number.NaN], base)).toMatchObject({ accepted: null, loss: base });
    }
  });

  it.each(['best', 'first'] as const)('never accepts a loss that is not finite (%s)', (selection) => {
    const dscd = paired({ proposals: 3, selection });
    expect(decide(dscd, [Number.NaN, -Infinity, 1], 2)).toMatchObject({ accepted: 2 });
    expect(decide(dscd, [Number.NaN, -Infinity, Infinity], 2)).toMatchObject({ accepted: null, loss: 2 });
  });

  it('does not depend on an offset common to the mini-batch', () => {
    const loss = fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((n) => n / 2 ** 20);
    fc.assert(
      fc.property(fc.array(loss, { minLength: 3, maxLength: 3 }), loss, fc.integer(), (losses, base, offset) => {
        const dscd = paired({ proposals: 3 });
        const { accepted } = decide(dscd, losses, base);
        expect(
          decide(
            dscd,
            losses.map((l) => l + offset),
            base + offset,
          ).accepted,
        ).toBe(accepted);
      }),
    );
  });

  describe('with a margin', () => {
    const base: Evaluation = { loss: 10, perExample: [9, 10, 11] };
    // Differences -1, -2, -3: mean -2, standard deviation of the mean 1 / sqrt(3).
    const better: Evaluation = { loss: 8, perExample: Float32Array.of(8, 8, 8) };
    const request = {
      kind: 'global',
      position: new Float64Array(1),
      proposals: [{ coordinate: 0, from: 0, to: 1 }],
    } as const;

    it('accepts a proposal that wins by more than c standard deviations of the paired difference', () => {
      for (const [margin, accepted] of [
        [3.46, 0],
        [2 * Math.sqrt(3) + 1e-9, null],
        [3.47, null],
      ] as const) {
        expect(paired({ margin }).decide(request, { base, proposals: [better] })).toMatchObject({ accepted });
      }
    });

    it('uses differences, which cancel the noise of each example', () => {
      const proposals = [{ loss: 9.5, perExample: [8.5, 9.5, 10.5] }];
      expect(paired({ margin: 1000 }).decide(request, { base, proposals })).toMatchObject({ accepted: 0 });
    });

    it('refuses an answer without losses per example', () => {
      expect(() => paired({ margin: 1 }).decide(request, { base, proposals: [{ loss: 1 }] })).toThrow(
        'a margin needs the loss on each example, of the position and of every proposal',
      );
    });

    it('refuses the losses of a single example, which tell no deviation', () => {
      const lone = (loss: number) => ({ loss, perExample: [loss] });
      expect(() => paired({ margin: 1 }).decide(request, { base: lone(2), proposals: [lone(1)] })).toThrow(
        'a margin needs the losses of at least 2 examples, got 1',
      );
    });
  });

  it('refuses an answer without the evaluation at the position', () => {
    expect(() => decide(paired(), [1])).toThrow('paired acceptance needs the evaluation at the position');
  });
});

describe('save and restore', () => {
  it('refuses the state of another acceptance', () => {
    const state = create({ acceptance: 'paired' }).save();
    expect(() => create({}).restore(state)).toThrow('the saved acceptance must be window, got paired');
  });
});
