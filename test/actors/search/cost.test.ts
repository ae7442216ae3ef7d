import { describe, expect, it } from 'vitest';
import { stepAlpha, stepWeights } from '../../../actors/search/steps.ts';
import type { StepKind } from '../../../src/optimize/dscd/step.ts';
import { findMethod, SEARCH_METHOD_NAMES, SEARCH_METHODS } from '../../../src/search/methods.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { localStepPasses, weightsStepPasses } from '../../../src/search/passes.ts';
import { type MadeUp, madeUpSearch, stepInput } from '../../support/made-up-session.ts';

/** Passes of an iteration: gradients in w, which step or are kept; gradients in the mixing weights alone; losses. */
interface Passes {
  readonly weights: number;
  readonly mixing: number;
  /** Alphas that the pool evaluates. */
  readonly losses: number;
  /** Losses by running statistics. */
  readonly forward: number;
}

/** Counts the passes of an iteration whose step on alpha is of a kind; null for none. */
async function countPasses(input: SearchOptionsInput, kind: StepKind | null): Promise<Passes> {
  const passes = { weights: 0, mixing: 0, losses: 0, forward: 0 };
  const supernet: MadeUp['supernet'] = {
    weightsStep() {
      passes.weights++;
      return { loss: 1, correct: 1, gradientNorm: 1 };
    },
    mixingGradient({ mixing }) {
      passes.mixing++;
      return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient: mixing };
    },
    gradients({ mixing, options }) {
      passes[options?.weightsInto === undefined ? 'mixing' : 'weights']++;
      return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient: mixing };
    },
    accuracy() {
      passes.forward++;
      return { loss: 1, correct: 1 };
    },
    operationCosines: () => Object.fromEntries((session.freezing?.operations ?? []).map((name) => [name, 1])),
  };
  const { session, pool } = await madeUpSearch(input, { supernet });
  const at = stepInput({ stepMode: kind === null ? 'none' : 'local' }, 1, 0);
  await stepWeights(session, at);
  if (kind !== null) await stepAlpha(session, { ...at, kind });
  for (const { base, proposals } of pool.evaluated) passes.losses += proposals.length + Number(base);
  return passes;
}

/** The passes of the same iteration by which the time of a search is estimated. */
function estimatedPasses(input: SearchOptionsInput): Passes {
  const options = resolveSearchOptions(input, 'smoke');
  const [step, alpha] = [weightsStepPasses(options), localStepPasses(options, findMethod(options.method))];
  return {
    weights: step.weights + alpha.weights,
    mixing: step.mixing + alpha.mixing,
    forward: step.forward + alpha.forward,
    losses: 0,
  };
}

const FIRST: Passes = { weights: 1, mixing: 1, losses: 0, forward: 0 };

/** What an iteration with a local step costs by each method, if not what first-order DARTS does. */
const COSTS: Readonly<Record<string, Passes>> = {
  // Gradients in w at w and at w', and those in alpha on both sides of w.
  'darts-2nd': { ...FIRST, weights: 3, mixing: 2 },
  // Seven moves, and the losses at both ends.
  'sdarts-adv': { ...FIRST, mixing: 8, forward: 2 },
  // The gradient in w on the search mini-batch.
  oles: { ...FIRST, weights: 2 },
  random: { ...FIRST, mixing: 0 },
  'darts-pt-blank': { ...FIRST, mixing: 0 },
};

describe('an iteration takes as many passes as its method says', () => {
  it.each(SEARCH_METHOD_NAMES)('%s', async (method) => {
    const [plain = ''] = method.split('+');
    const expected = COSTS[plain] ?? FIRST;
    const { alphaMoves } = SEARCH_METHODS[method];
    const local = await countPasses({ method }, alphaMoves === 'none' ? null : 'local');
    expect(local).toEqual(estimatedPasses({ method }));
    if (alphaMoves !== 'local+global') {
      expect(local).toEqual(expected);
      return;
    }
    // With DSCD second order takes the loss at w too, by which proposals are judged.
    const judged = plain === 'darts-2nd' ? 1 : 0;
    expect(local).toEqual({ ...expected, mixing: expected.mixing + judged });
    const global = await countPasses({ method, proposals: 3, acceptance: 'paired' }, 'global');
    // The step on w, and the attack before it.
    const attack = plain === 'sdarts-adv' ? { mixing: 7, forward: 2 } : { mixing: 0, forward: 0 };
    expect(global).toEqual({ weights: plain === 'oles' ? 2 : 1, losses: 4, ...attack });
  });

  it.each<[SearchOptionsInput, StepKind, Passes]>([
    [{ method: 'darts', dropPath: 0.2 }, 'local', FIRST],
    [{ method: 'fair-darts', weightsMixing: 'cells' }, 'local', FIRST],
    [
      { method: 'darts', weightsMixing: 'attack', freeze: 'match-sum' },
      'local',
      { weights: 2, mixing: 8, losses: 0, forward: 2 },
    ],
    [{ proposals: 4 }, 'global', { ...FIRST, mixing: 0, losses: 4 }],
    [{ proposals: 4, proposalBatches: 3, acceptance: 'paired' }, 'global', { ...FIRST, mixing: 0, losses: 15 }],
    [{ mode: 'joint', proposals: 4 }, 'joint', { ...FIRST, losses: 4 }],
  ])('and with options: %j, %s', async (input, kind, expected) => {
    expect(await countPasses(input, kind)).toEqual(expected);
  });
});
