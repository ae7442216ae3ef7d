import { describe, expect, it } from 'vitest';
import type { SupernetCalls } from '../../../actors/messages.ts';
import { DivergedError } from '../../../actors/run/diverged-error.ts';
import { emptyTotals } from '../../../actors/search/search-session.ts';
import { evaluateProposals, learningRateOf, stepAlpha, stepWeights } from '../../../actors/search/steps.ts';
import type { MixingWeights, WeightsStepSettings } from '../../../src/engine/engine.ts';
import type { Proposal, StepKind } from '../../../src/optimize/dscd/step.ts';
import { readAlphaBefore } from '../../../src/record/alpha-file.ts';
import type { DecisionLine } from '../../../src/record/trace-line.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { type MadeUp, madeUpSearch, readLines, stepInput } from '../../support/made-up-session.ts';

/** Numbers that supernet and pool answer, if not 1. */
interface Answers {
  readonly loss?: number;
  readonly gradientNorm?: number;
  /** An entry of the gradient in the mixing weights. @default 0 */
  readonly gradient?: number;
  /** Loss at the position. */
  readonly base?: number;
  /** Losses of the proposals. */
  readonly proposals?: readonly number[];
}

/** A search whose supernet and pool answer as they are told, and what its trace says in the end. */
async function searchWith(input: SearchOptionsInput, answers: Answers) {
  const { loss = 1, gradientNorm = 1, gradient = 0, base = 1, proposals = [] } = answers;
  const search = await madeUpSearch(input, {
    supernet: {
      weightsStep: () => ({ loss, correct: 1, gradientNorm }),
      mixingGradient: ({ mixing: { normal, reduce } }) => ({
        loss,
        perExample: Float32Array.of(loss, loss),
        correct: 1,
        gradient: {
          normal: new Float32Array(normal.length).fill(gradient, 3, 4),
          reduce: new Float32Array(reduce.length),
        },
      }),
    },
    pool: {
      evaluate: (task) => ({
        base: task.base ? { loss: base } : null,
        proposals: task.proposals.map((_, i) => ({ loss: proposals[i] ?? 1 })),
      }),
    },
  });
  const decisions = (): DecisionLine[] => readLines(search.folder.trace);
  return { ...search, optimizer: search.session.optimizer, decisions };
}

/** Iteration 6 + 4 of the search. */
const at = stepInput();

async function expectDiverged(step: Promise<number>, message: string): Promise<void> {
  await expect(step).rejects.toThrow(DivergedError);
  await expect(step).rejects.toThrow(message);
}

describe('a step on w stops the search, and says in which iteration', () => {
  it.each([
    [{ loss: Number.NaN }, 'the training loss became NaN in iteration 10'],
    [{ loss: Number.POSITIVE_INFINITY }, 'the training loss became Infinity in iteration 10'],
    // A rectifier has swallowed the trace of a weight that is not finite.
    [{ gradientNorm: Number.NaN }, 'the norm of the gradient in the weights became NaN in iteration 10'],
    [{ gradientNorm: Number.POSITIVE_INFINITY }, 'in the weights became Infinity in iteration 10'],
  ])('%s', async (answers, message) => {
    const { session } = await searchWith({}, answers);
    await expectDiverged(stepWeights(session, at), message);
    expect(session.totals).toEqual(emptyTotals());
  });
});

describe('a step on alpha stops the search, and moves no alpha', () => {
  const joint: SearchOptionsInput = { mode: 'joint' };
  const paired: SearchOptionsInput = { acceptance: 'paired' };

  it.each<[StepKind, SearchOptionsInput, Answers, string]>([
    ['local', {}, { loss: Number.NaN }, 'the validation loss became NaN in iteration 10'],
    ['local', {}, { gradient: Number.NaN }, 'the gradient in alpha became NaN in iteration 10'],
    ['local', {}, { gradient: Number.NEGATIVE_INFINITY }, 'the gradient in alpha became -Infinity in iteration 10'],
    ['joint', joint, { loss: Number.NaN }, 'the validation loss became NaN in iteration 10'],
    ['joint', joint, { gradient: Number.NaN }, 'the gradient in alpha became NaN in iteration 10'],
    ['global', paired, { base: Number.NaN }, 'the validation loss became NaN in iteration 10'],
  ])('%s %j %s', async (kind, input, answers, message) => {
    const { session, optimizer } = await searchWith(input, answers);
    const before = optimizer.position.slice();
    await expectDiverged(stepAlpha(session, { ...at, kind }), message);
    expect(optimizer.position).toEqual(before);
    expect(session.totals).toEqual(emptyTotals());
  });
});

describe('a proposal whose loss is not finite', () => {
  const proposals = [Number.NaN, Number.NEGATIVE_INFINITY, 0.5];

  it.each<SearchOptionsInput>([{}, { acceptance: 'paired' }])(
    'is rejected and recorded, and another one may win: %j',
    async (input) => {
      const { session, optimizer, decisions } = await searchWith({ ...input, proposals: 3 }, { proposals });
      const before = optimizer.position.slice();
      await stepAlpha(session, { ...at, kind: 'global' });
      const [decision] = decisions();
      expect(decision?.proposals.map(({ loss }) => loss)).toEqual([null, null, expect.any(Number)]);
      expect(decision?.accepted).toBe(2);
      const moved = optimizer.position.filter((value, i) => value !== before[i]);
      expect(moved).toHaveLength(1);
    },
  );

  it.each<SearchOptionsInput>([{}, { acceptance: 'paired' }])(
    'does not move alpha if all are like that: %j',
    async (input) => {
      const { session, optimizer, decisions } = await searchWith(
        { ...input, proposals: 2 },
        { proposals: proposals.slice(0, 2) },
      );
      const before = optimizer.position.slice();
      await stepAlpha(session, { ...at, kind: 'global' });
      expect(decisions()).toMatchObject([{ accepted: null, proposals: [{ loss: null }, { loss: null }] }]);
      expect(optimizer.position).toEqual(before);
    },
  );
});

describe('a step on w', () => {
  it('has the pool prepare the mini-batches of this iteration and the next, for both halves', async () => {
    const { session, pool, supernets } = await madeUpSearch();
    expect(await stepWeights(session, at)).toBe(1);
    expect(supernets[0]?.calls).toEqual(['open', 'weightsStep']);
    expect(pool.prepared.map(({ key }) => key)).toEqual([
      { use: 'search', split: 'weights', iteration: 10 },
      { use: 'search', split: 'alpha', iteration: 10 },
      { use: 'search', split: 'weights', iteration: 11 },
      { use: 'search', split: 'alpha', iteration: 11 },
    ]);
    expect(session.totals.weights).toEqual({ steps: 1, loss: 1, correct: 1, gradientNorm: 1 });
  });

  it('prepares mini-batches of the other half only for the iterations in which alpha moves', async () => {
    const { session, pool } = await madeUpSearch({ alphaEvery: 5 });
    await stepWeights(session, stepInput({ alphaEvery: 5 }, 1, 3));
    expect(pool.prepared.map(({ key }) => key)).toEqual([
      { use: 'search', split: 'weights', iteration: 9 },
      { use: 'search', split: 'weights', iteration: 10 },
      { use: 'search', split: 'alpha', iteration: 10 },
    ]);
  });

  it('prepares the mini-batches after its own that proposals are evaluated on', async () => {
    const { session, pool } = await madeUpSearch({ proposalBatches: 3 });
    await stepWeights(session, at);
    const prepared = pool.prepared.flatMap(({ key }) =>
      key.use === 'search' && key.split === 'alpha' ? [key.iteration] : [],
    );
    expect(prepared).toEqual([10, 11, 12, 13]);
  });

  it('sees the mixing weights of alpha, or those of a random cell, another in each iteration', async () => {
    const seen = async (input: SearchOptionsInput, iteration: number) => {
      const mixings: MixingWeights[] = [];
      const supernet: MadeUp['supernet'] = {
        weightsStep({ mixing }) {
          mixings.push(mixing);
          return { loss: 1, correct: 1, gradientNorm: 1 };
        },
      };
      const { session } = await madeUpSearch(input, { supernet });
      await stepWeights(session, stepInput({}, 0, iteration));
      const { objective, optimizer } = session;
      return { mixing: mixings[0], ofAlpha: objective.mixing(optimizer.position) };
    };
    const { mixing, ofAlpha } = await seen({}, 0);
    expect(mixing).toEqual(ofAlpha);
    const cells = { weightsMixing: 'cells' } as const;
    const first = await seen(cells, 0);
    expect(new Set(first.mixing?.normal)).toEqual(new Set([0, 1]));
    expect((await seen({ ...cells, method: 'random', workers: 2 }, 0)).mixing).toEqual(first.mixing);
    expect((await seen(cells, 1)).mixing).not.toEqual(first.mixing);
    expect((await seen({ ...cells, seed: 1 }, 0)).mixing).not.toEqual(first.mixing);
  });

  it('sees the weights of alpha with noise, which grows by epochs and is another in each iteration', async () => {
    const seen = async (input: SearchOptionsInput, epoch: number, iteration: number) => {
      let seen: MixingWeights | undefined;
      const supernet: MadeUp['supernet'] = {
        weightsStep({ mixing }) {
          seen = mixing;
          return { loss: 1, correct: 1, gradientNorm: 1 };
        },
      };
      const { session } = await madeUpSearch(input, { supernet });
      await stepWeights(session, stepInput({}, epoch, iteration));
      const { objective, optimizer } = session;
      const { normal } = objective.mixing(optimizer.position, epoch / 3);
      const change = seen?.normal.map((entry, i) => Math.abs(entry - (normal[i] as number))) ?? [];
      return { mixing: seen, largest: Math.max(...change) };
    };
    const first = await seen({ method: 'sdarts-rs' }, 0, 0);
    // Epsilon is 0.03 in epoch 0 and 0.21 in epoch 2 of 3; dividing by the row's sum changes an entry little here.
    expect(first.largest).toBeGreaterThan(0.015);
    expect(first.largest).toBeLessThan(0.045);
    expect((await seen({ method: 'sdarts-rs' }, 2, 0)).largest).toBeGreaterThan(0.09);
    expect((await seen({ method: 'sdarts-rs+dscd', workers: 3 }, 0, 0)).mixing).toEqual(first.mixing);
    expect((await seen({ method: 'sdarts-rs' }, 0, 1)).mixing).not.toEqual(first.mixing);
    expect((await seen({ method: 'sdarts-rs', seed: 1 }, 0, 0)).mixing).not.toEqual(first.mixing);
    const typed = await seen({ method: 'darts', weightsMixing: 'perturbed' }, 0, 0);
    expect(typed.mixing).toEqual(first.mixing);
    // A sigmoid's entries, all 0.5 at alpha 0, move by at most epsilon.
    const sigmoid = await seen({ method: 'fair-darts', weightsMixing: 'perturbed' }, 0, 0);
    expect(sigmoid.largest).toBeLessThanOrEqual(0.03 + 1e-7);
    expect(sigmoid.largest).toBeGreaterThan(0.02);
  });

  it('sees the worst weights that an attack finds, by running statistics on its mini-batch', async () => {
    const seen = async (input: SearchOptionsInput, slope: number, epoch = 0) => {
      const passes: SupernetCalls['gradients']['arguments'][] = [];
      const losses: SupernetCalls['accuracy']['arguments'][] = [];
      let stepped: MixingWeights | undefined;
      const supernet: MadeUp['supernet'] = {
        gradients(pass) {
          passes.push(pass);
          const { normal, reduce } = pass.mixing;
          const gradient = { normal: normal.map((_, i) => (i % 8 === 0 ? slope : 0)), reduce: reduce.map(() => 0) };
          return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient };
        },
        accuracy(pass) {
          losses.push(pass);
          return { loss: slope * pass.mixing.normal.reduce((sum, m, i) => sum + (i % 8 === 0 ? m : 0), 0), correct: 1 };
        },
        weightsStep({ mixing }) {
          stepped = mixing;
          return { loss: 1, correct: 1, gradientNorm: 1 };
        },
      };
      const { session, supernets } = await madeUpSearch(input, { supernet });
      await stepWeights(session, stepInput({}, epoch, 0));
      return { passes, losses, first: stepped?.normal[0] ?? Number.NaN, calls: supernets[0]?.calls, stepped };
    };
    const up = await seen({ method: 'sdarts-adv' }, 1);
    // Seven moves, and the losses at both ends, which take no gradient.
    const moves = Array.from({ length: 7 }, () => 'gradients');
    expect(up.calls).toEqual(['open', ...moves, 'accuracy', 'accuracy', 'weightsStep']);
    const miniBatches = [...up.passes, ...up.losses].map(({ miniBatchName }) => miniBatchName);
    expect(new Set(miniBatches)).toEqual(new Set(['search/weights/0']));
    expect(up.passes.every(({ options }) => options?.statistics === 'running' && !options.moves)).toBe(true);
    // Epsilon is 0.03 in epoch 0 of 3, and 0.21 in epoch 2.
    expect(up.first).toBeGreaterThan(1 / 8 + 0.02);
    expect((await seen({ method: 'sdarts-adv' }, 1, 2)).first).toBeGreaterThan(up.first + 0.1);
    expect((await seen({ method: 'sdarts-adv' }, -1)).first).toBeLessThan(1 / 8 - 0.02);
    expect((await seen({ method: 'darts+dscd', weightsMixing: 'attack', workers: 2 }, 1)).stepped).toEqual(up.stepped);
  });

  it.each(['alpha', 'cells', 'perturbed', 'attack'] as const)(
    'has the auxiliary skip of its epoch: %s',
    async (weightsMixing) => {
      const mixings: MixingWeights[] = [];
      const supernet: MadeUp['supernet'] = {
        weightsStep({ mixing }) {
          mixings.push(mixing);
          return { loss: 1, correct: 1, gradientNorm: 1 };
        },
      };
      const { session } = await madeUpSearch({ method: 'darts-', weightsMixing }, { supernet });
      for (const epoch of [0, 1, 2]) await stepWeights(session, stepInput({}, epoch, 0));
      const skips = mixings.map(({ reduce }) => new Set(reduce.filter((_, i) => i % 9 === 8)));
      expect(skips).toEqual([1, 2 / 3, 1 / 3].map((beta) => new Set([Math.fround(beta)])));
    },
  );

  it.each(['gdas', 'snas', 'drnas'] as const)(
    'draws mixing weights by seed and iteration, others for w: %s',
    async (method) => {
      const seen = async (input: SearchOptionsInput, iteration: number) => {
        const mixings: MixingWeights[] = [];
        const supernet: MadeUp['supernet'] = {
          weightsStep({ mixing }) {
            mixings.push(mixing);
            return { loss: 1, correct: 1, gradientNorm: 1 };
          },
          mixingGradient({ mixing }) {
            mixings.push(mixing);
            return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient: mixing };
          },
        };
        const { session } = await madeUpSearch({ method, ...input }, { supernet });
        await stepWeights(session, stepInput({ stepMode: 'local' }, 0, iteration));
        await stepAlpha(session, { ...stepInput({ stepMode: 'local' }, 0, iteration), kind: 'local' });
        return mixings;
      };
      const [forWeights, forAlpha] = await seen({}, 3);
      expect(forAlpha).not.toEqual(forWeights);
      expect(await seen({ workers: 3 }, 3)).toEqual([forWeights, forAlpha]);
      expect((await seen({}, 4))[0]).not.toEqual(forWeights);
      expect((await seen({ seed: 1 }, 3))[0]).not.toEqual(forWeights);
      expect(forWeights?.skipsZeros).toBe(method === 'gdas' ? true : undefined);
    },
  );

  it('prepares the half of the weights alone if no alpha moves', async () => {
    const { session, pool } = await madeUpSearch({ method: 'random' });
    await stepWeights(session, stepInput({ stepMode: 'none' }));
    expect(pool.prepared.map(({ key }) => key)).toEqual([
      { use: 'search', split: 'weights', iteration: 10 },
      { use: 'search', split: 'weights', iteration: 11 },
    ]);
  });

  it('looks ahead by Nesterov’s momentum in GDAS, or where the option says so', async () => {
    const settingsOf = async (input: SearchOptionsInput) => {
      const seen: WeightsStepSettings[] = [];
      const supernet: MadeUp['supernet'] = {
        weightsStep({ settings }) {
          seen.push(settings);
          return { loss: 1, correct: 1, gradientNorm: 1 };
        },
      };
      await stepWeights((await madeUpSearch(input, { supernet })).session, at);
      return seen[0];
    };
    const plain = await settingsOf({ method: 'darts' });
    expect(plain).not.toHaveProperty('nesterov');
    expect(await settingsOf({ method: 'gdas' })).toMatchObject({ momentum: 0.9, nesterov: true });
    expect(await settingsOf({ method: 'darts', nesterov: true })).toEqual({ ...plain, nesterov: true });
    expect(await settingsOf({ method: 'gdas', nesterov: false })).not.toHaveProperty('nesterov');
  });

  it('takes the learning rate of its epoch, from the first value to the last', () => {
    const options = resolveSearchOptions({}, 'smoke');
    expect(learningRateOf(options, stepInput({}, 0, 0))).toBe(options.weightsLearningRate);
    expect(learningRateOf(options, stepInput({}, 3, 0))).toBeCloseTo(options.weightsLearningRateEnd, 12);
  });
});

describe('a step on alpha', () => {
  it('that is local takes the gradient and no proposals', async () => {
    const { session, pool, supernets, folder, decisions } = await searchWith({}, { loss: 3, gradient: 1 });
    const before = session.optimizer.position.slice();
    const loss = await stepAlpha(session, { ...at, kind: 'local' });
    expect(loss).toBe(3 + session.objective.regularization(before));
    expect(supernets[0]?.calls).toEqual(['open', 'mixingGradient']);
    expect(pool.evaluated).toEqual([]);
    expect(session.optimizer.position).not.toEqual(before);
    expect(session.totals.alpha).toMatchObject({ localSteps: 1, globalSteps: 0, loss });
    expect(decisions()).toMatchObject([{ step: 10, epoch: 1, kind: 'local', loss, proposals: [] }]);
    expect(readAlphaBefore(folder.alphaSteps, before.length, 10)).toEqual(before);
  });

  it.each<StepKind>(['local', 'joint'])('has the zero-one loss of its epoch: %s', async (kind) => {
    const given = kind === 'joint' ? ({ mode: 'joint' } as const) : {};
    const { session, pool } = await searchWith({ ...given, zeroOneRise: 1 }, { loss: 3, proposals: [9] });
    const before = session.optimizer.position.slice().map((_, i) => Math.sin(i));
    const { position: _, ...state } = session.optimizer.save();
    session.optimizer.restore({ ...state, position: before });
    const whole = session.objective.regularization(before);
    expect(await stepAlpha(session, { ...at, kind })).toBeCloseTo(3 + whole / 3, 12); // epoch 1 of 3
    expect(pool.evaluated.every(({ progress }) => progress === 1 / 3)).toBe(true);
  });

  it('that is global takes proposals and no gradient', async () => {
    const { session, pool, supernets } = await searchWith({ proposals: 2 }, { proposals: [0.5, 0.25] });
    expect(await stepAlpha(session, { ...at, kind: 'global' })).toBe(0.25);
    expect(supernets[0]?.calls).toEqual(['open']);
    expect(pool.evaluated.map(({ key }) => key)).toEqual([{ use: 'search', split: 'alpha', iteration: 10 }]);
    expect(session.totals.alpha).toMatchObject({ localSteps: 0, globalSteps: 1, accepted: 1 });
  });

  it('that is joint takes both', async () => {
    const { session, pool, supernets } = await searchWith({ mode: 'joint' }, {});
    await stepAlpha(session, { ...at, kind: 'joint' });
    expect(supernets[0]?.calls).toContain('mixingGradient');
    expect(pool.evaluated).toMatchObject([{ base: false, perExample: false }]);
    expect(session.totals.alpha).toMatchObject({ localSteps: 1, globalSteps: 1 });
  });

  it('that is joint and has a margin compares with the examples that come with the gradient', async () => {
    const search = await madeUpSearch(
      { mode: 'joint', margin: 1 },
      {
        pool: {
          evaluate: ({ proposals }) => ({
            base: null,
            // Below the position's losses of 1 on both examples, without noise: accepted by any margin.
            proposals: proposals.map(() => ({ loss: 0.5, perExample: Float32Array.of(0.5, 0.5) })),
          }),
        },
      },
    );
    await stepAlpha(search.session, { ...at, kind: 'joint' });
    expect(search.pool.evaluated).toMatchObject([{ base: false, perExample: true }]);
    expect(search.session.totals.alpha).toMatchObject({ localSteps: 1, globalSteps: 1, accepted: 1 });
  });
});

describe('proposals on several mini-batches', () => {
  /** Losses by iteration of the mini-batch: the proposal wins in the mean, but not on the step's own. */
  const losses = new Map([
    [10, { base: 1, proposal: 1.5 }],
    [11, { base: 2, proposal: 1 }],
    [12, { base: 3, proposal: 2.5 }],
  ]);

  async function decideOn(input: SearchOptionsInput, kind: StepKind) {
    const evaluated: (readonly [number, boolean])[] = [];
    const { session, folder } = await madeUpSearch(
      { acceptance: 'paired', zeroOneWeight: 0, ...input },
      {
        pool: {
          evaluate({ key, base, proposals, perExample }) {
            const iteration = key.use === 'search' ? key.iteration : -1;
            const found = losses.get(iteration) ?? { base: Number.NaN, proposal: Number.NaN };
            evaluated.push([iteration, base]);
            const evaluation = (loss: number) =>
              perExample ? { loss, perExample: [loss - 0.1, loss + 0.1] } : { loss };
            return {
              base: base ? evaluation(found.base) : null,
              proposals: proposals.map(() => evaluation(found.proposal)),
            };
          },
        },
      },
    );
    const loss = await stepAlpha(session, { ...at, kind });
    const [decision] = readLines<DecisionLine>(folder.trace);
    return { loss, decision, evaluated };
  }

  it.each<[SearchOptionsInput, StepKind]>([
    [{}, 'global'],
    [{ mode: 'joint' }, 'joint'],
  ])('are judged by the means of both sides: %j', async (input, kind) => {
    const { loss, decision, evaluated } = await decideOn({ ...input, proposalBatches: 3 }, kind);
    expect(evaluated).toEqual([10, 11, 12].map((iteration) => [iteration, true]));
    expect([loss, decision?.threshold, decision?.accepted]).toEqual([5 / 3, 2, 0]);
  });

  it('are judged by the step’s own alone with one', async () => {
    const { loss, decision, evaluated } = await decideOn({ proposalBatches: 1 }, 'global');
    expect(evaluated).toEqual([[10, true]]);
    expect([loss, decision?.threshold, decision?.accepted]).toEqual([1, 1, null]);
  });

  it('win by a margin over the pictures of all', async () => {
    // Differences on the six pictures: 0.5, 0.5, -1, -1, -0.5, -0.5. Their mean is -1/3, its standard error 0.28.
    const accepted = async (margin: number) => {
      return (await decideOn({ proposalBatches: 3, margin }, 'global')).decision?.accepted;
    };
    expect(await accepted(1.1)).toBe(0);
    expect(await accepted(1.3)).toBeNull();
  });

  it('have means of their own under the window', async () => {
    const { loss, decision } = await decideOn({ acceptance: 'window', proposalBatches: 2 }, 'global');
    expect([loss, decision?.threshold, decision?.accepted]).toEqual([1.25, null, 0]);
  });
});

describe('proposals', () => {
  const key = { use: 'search', split: 'alpha', iteration: 3 } as const;
  const proposals = Array.from({ length: 5 }, (_, i): Proposal => ({ coordinate: i, from: 0, to: i / 10 }));
  const request = { position: new Float64Array(5), proposals, perExample: false, progress: 0.25 };

  it.each([
    [1, [5]],
    [2, [3, 2]],
    [3, [2, 2, 1]],
    [9, [1, 1, 1, 1, 1]],
  ])('are dealt out to %d workers, and come back in their order', async (workers, shares) => {
    const evaluate = madeUpSearch(
      {},
      {
        workers,
        pool: { evaluate: (task) => ({ base: null, proposals: task.proposals.map(({ to }) => ({ loss: to })) }) },
      },
    );
    const { session, pool } = await evaluate;
    const { proposals: evaluations, base } = await evaluateProposals(session, key, { ...request, base: false });
    expect(evaluations.map(({ loss }) => loss)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
    expect(base).toBeUndefined();
    expect(pool.evaluated.map((task) => task.proposals.length)).toEqual(shares);
    expect(new Set(pool.evaluated.map(({ address }) => address))).toEqual(new Set(['supernet 0']));
  });

  it('have their position evaluated once, by the first worker', async () => {
    const { session, pool } = await madeUpSearch({}, { workers: 3 });
    expect((await evaluateProposals(session, key, { ...request, base: true })).base).toEqual({ loss: 1 });
    expect(pool.evaluated.map(({ base, progress }) => [base, progress])).toEqual([
      [true, 0.25],
      [false, 0.25],
      [false, 0.25],
    ]);
  });
});
