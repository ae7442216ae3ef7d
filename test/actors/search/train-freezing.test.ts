import { describe, expect, it } from 'vitest';
import type { SupernetCalls } from '../../../actors/messages.ts';
import { DivergedError } from '../../../actors/run/diverged-error.ts';
import { endEpoch } from '../../../actors/search/epoch.ts';
import { stepAlpha, stepWeights } from '../../../actors/search/steps.ts';
import type { MiniBatch, WeightsStepSettings } from '../../../src/engine/engine.ts';
import { darts } from '../../../src/search/darts.ts';
import type { SearchMethod } from '../../../src/search/method.ts';
import { oles } from '../../../src/search/oles.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import type { Primitive } from '../../../src/space/primitives.ts';
import { engineAnswers } from '../../support/engine-answers.ts';
import { type MadeUp, madeUpSearch, stepInput } from '../../support/made-up-session.ts';
import { MethodRun } from '../../support/method-run.ts';

describe('a step on w that freezes operations', () => {
  /** A search whose first operation has the scores given, one an iteration, and the others 1. */
  async function searchWith(scores: readonly number[], input: SearchOptionsInput = {}) {
    const settings: WeightsStepSettings[] = [];
    const passes: SupernetCalls['gradients']['arguments'][] = [];
    const pairs: SupernetCalls['operationCosines']['arguments'][] = [];
    const supernet: MadeUp['supernet'] = {
      gradients(pass) {
        passes.push(pass);
        return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient: pass.mixing };
      },
      weightsStep(step) {
        settings.push(step.settings);
        return { loss: 1, correct: 1, gradientNorm: 1 };
      },
      operationCosines(pair) {
        pairs.push(pair);
        const all = made.session.freezing?.operations ?? [];
        return Object.fromEntries(
          all.map((operation, i) => [operation, i === 0 ? (scores[pairs.length - 1] ?? 1) : 1]),
        );
      },
    };
    const made = await madeUpSearch({ method: 'oles', ...input }, { supernet });
    return { ...made, settings, passes, pairs };
  }

  it('takes the gradient on the search mini-batch first, keeps that of the step, and compares them', async () => {
    const { session, supernets, settings, passes, pairs } = await searchWith([]);
    expect(await stepWeights(session, stepInput({}, 0, 3))).toBe(1);
    expect(supernets[0]?.calls).toEqual(['open', 'gradients', 'weightsStep', 'operationCosines']);
    expect(passes).toMatchObject([
      { miniBatchName: 'search/alpha/3', mixing: session.objective.mixing(session.optimizer.position) },
    ]);
    // Neither the weights nor the running statistics move, and the pass is by batch statistics.
    expect(passes[0]?.options).toEqual({ weightsInto: 'freezing.search' });
    expect(settings).toMatchObject([{ resting: [], weightsInto: 'freezing.train' }]);
    expect(pairs).toEqual([{ one: 'freezing.train', other: 'freezing.search' }]);
  });

  it('has what was frozen rest from the next step on', async () => {
    const { session, settings } = await searchWith([0.6, 0.1, 1, 1], { freezeWindow: 2 });
    for (const iteration of [0, 1, 2, 3]) await stepWeights(session, stepInput({}, 0, iteration));
    const first = 'cells.0.edges.0.sep_conv_3x3';
    expect(settings.map(({ resting }) => resting)).toEqual([[], [], [first], [first]]);
    const { freezing } = await endEpoch(session, stepInput({}, 0, 6));
    // Three cells of five edges and four convolutions each.
    expect(freezing).toEqual({ frozen: 1, operations: 60 });
  });

  it('compares the sum of both gradients with that of the step, as the authors’ code does', async () => {
    const { session, pairs } = await searchWith([], { freeze: 'match-sum' });
    await stepWeights(session, stepInput({}, 0, 0));
    expect(pairs).toEqual([{ one: 'freezing.train', other: { 'freezing.train': 1, 'freezing.search': 1 } }]);
  });

  it('sees the mixing weights of its step in both passes', async () => {
    const { session, passes } = await searchWith([], { weightsMixing: 'perturbed' });
    await stepWeights(session, stepInput({}, 0, 0));
    expect(passes[0]?.mixing).not.toEqual(session.objective.mixing(session.optimizer.position));
  });

  it.each<[SearchOptionsInput, Parameters<typeof stepInput>[0]]>([
    [{}, { alphaRest: 1 }],
    [{ method: 'random', freeze: 'match' }, { stepMode: 'none' }],
  ])('prepares the search mini-batch if alpha does not move too: %j', async (input, plan) => {
    const { session, pool } = await searchWith([], input);
    await stepWeights(session, stepInput(plan, 0, 0));
    expect(pool.prepared.map(({ key }) => key)).toMatchObject([
      { split: 'alpha', iteration: 0 },
      { split: 'weights', iteration: 0 },
      { split: 'weights', iteration: 1 },
      { split: 'alpha', iteration: 1 },
    ]);
  });

  it('stops the search if a score is not finite', async () => {
    const { session } = await searchWith([Number.NaN]);
    const step = stepWeights(session, stepInput({}, 0, 2));
    await expect(step).rejects.toThrow('the match of the gradients in the weights became NaN in iteration 2');
    await expect(step).rejects.toThrow(DivergedError);
  });

  it('asks for nothing more if nothing may be frozen', async () => {
    const { session, supernets, settings } = await searchWith([], { method: 'darts' });
    await stepWeights(session, stepInput({}, 0, 0));
    expect(supernets[0]?.calls).toEqual(['open', 'weightsStep']);
    expect(settings[0]).not.toHaveProperty('resting');
    expect(await endEpoch(session, stepInput({}, 0, 6))).not.toHaveProperty('freezing');
  });
});

/** A search on an engine at the weights and on the mini-batches of the case by PyTorch. */
async function searchOnEngine(input: SearchOptionsInput, base: SearchMethod = oles, batches?: MethodRun['batches']) {
  const run = await MethodRun.start('oles-a', 'cpu');
  const { golden, engine } = run;
  const { config } = golden.manifest;
  const { learningRate, momentum, weightDecay, clipNorm } = run.settings;
  const of = batches ?? run.batches;
  const scores: Readonly<Record<string, number>>[] = [];
  const answers = engineAnswers(engine, (name): MiniBatch => (name.includes('alpha') ? of.search : of.train));
  const made = await madeUpSearch(
    {
      method: { ...base, name: 'small', primitives: config.ops as Primitive[] },
      ...{ channels: config.initChannels, layers: config.layers, nodes: config.nodes, image: 8, batch: 4 },
      ...{ weightsLearningRate: learningRate, momentum, weightsDecay: weightDecay, clipNorm, alphaLearningRate: 3e-4 },
      ...input,
    },
    {
      supernet: {
        ...answers,
        async operationCosines(pair) {
          const cosines = await answers.operationCosines(pair);
          scores.push(cosines);
          return cosines;
        },
      },
    },
  );
  const { optimizer } = made.session;
  optimizer.restore({ ...optimizer.save(), position: run.alphaBefore(0) });
  const at = (iteration: number) => stepInput({ stepMode: 'local' }, 0, iteration);
  const scoresOf = (operations: readonly string[], iteration: number) =>
    operations.map((name) => scores[iteration]?.[name]);
  return { ...made, run, at, scoresOf };
}

describe('OLES on an engine', () => {
  it('freezes what PyTorch freezes, and ends at its weights', async () => {
    const { session, run, at } = await searchOnEngine({ freezeThreshold: 0.05, freezeWindow: 2 });
    const { manifest } = run.golden;
    const iterations = manifest.iterations as unknown as readonly { readonly frozen: readonly (readonly number[])[] }[];
    for (const [i, { frozen }] of iterations.entries()) {
      // The authors step on alpha first. The match is of the alpha before that step there, of the one after it here: the
      // scores differ by less than any is near the threshold.
      await stepAlpha(session, { ...at(i), kind: 'local' });
      run.expectNear(session.optimizer.position, `iterations.${i}.alpha`);
      await stepWeights(session, at(i));
      const names = frozen.map(
        ([cell, edge, o]) => `cells.${cell}.edges.${edge}.${manifest.config.ops?.[o as number]}`,
      );
      expect(session.freezing?.frozen.toSorted()).toEqual(names.toSorted());
    }
    await run.expectEvalLogits();
  });

  it('never freezes at a threshold of -1: to the bit the steps of DARTS', async () => {
    const end = async (base: SearchMethod, input: SearchOptionsInput) => {
      const { session, run, at } = await searchOnEngine(input, base);
      for (const i of [0, 1, 2]) {
        await stepWeights(session, at(i));
        await stepAlpha(session, { ...at(i), kind: 'local' });
      }
      return { state: await run.engine.save(), alpha: session.optimizer.position, totals: session.totals };
    };
    expect(await end(oles, { freezeThreshold: -1, freezeWindow: 1 })).toEqual(await end(darts, {}));
  });

  it('freezes every operation above 1, so that only what lies around the convolutions moves', async () => {
    const { session, run, at } = await searchOnEngine({ freezeThreshold: 1.01, freezeWindow: 2 });
    for (const i of [0, 1]) await stepWeights(session, at(i));
    expect(session.freezing?.frozen).toEqual(session.freezing?.operations);
    const before = await run.engine.save();
    await stepWeights(session, at(2));
    const { weights } = await run.engine.save();
    for (const [tensor, values] of Object.entries(weights)) {
      const rests = /\.(sep|dil)_conv_/.test(tensor);
      if (rests) expect(values, tensor).toEqual(before.weights[tensor]);
      else expect(values, tensor).not.toEqual(before.weights[tensor]);
    }
    const moved = Object.keys(weights).filter((tensor) => !/\.(sep|dil)_conv_/.test(tensor));
    const kinds = moved.map((tensor) => tensor.split('.').filter((word) => !/^\d+$/.test(word))[0]);
    expect(new Set(kinds)).toEqual(new Set(['stem', 'cells', 'classifier']));
  });

  it('gives 1 if both mini-batches are the same', async () => {
    const { batches } = await MethodRun.start('oles-a', 'cpu');
    const { session, at, scoresOf } = await searchOnEngine({}, oles, { train: batches.train, search: batches.train });
    await stepWeights(session, at(0));
    const scores = scoresOf(session.freezing?.operations ?? [], 0);
    expect(scores.length).toBe(84);
    for (const score of scores) expect(score).toBeCloseTo(1, 6);
  });
});
