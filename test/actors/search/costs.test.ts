import { describe, expect, it } from 'vitest';
import { stepAlpha, stepWeights } from '../../../actors/search/steps.ts';
import type { StepKind } from '../../../src/optimize/dscd/step.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS, type SearchMethodName } from '../../../src/search/methods.ts';
import { madeUpSearch, stepInput } from '../../support/made-up-session.ts';

/** Calls that pass a mini-batch through the supernet and back. */
const PASSES: readonly string[] = ['weightsStep', 'mixingGradient', 'gradients'];

/**
 * Passes of an iteration without proposals: one for w and one for alpha, but for these methods. An attack takes seven moves,
 * and the losses at both ends; a gradient through a step on w two at w, one after it, and two beside w.
 */
const COSTS: Partial<Record<SearchMethodName, number>> = {
  random: 1,
  'darts-pt-blank': 1,
  'darts-2nd': 1 + 4,
  'darts-2nd+dscd': 1 + 4 + 1, // the loss at w, by which proposals are judged
  oles: 2 + 1, // the gradient in w on the search mini-batch, at the same mixing weights
  'oles+dscd': 2 + 1,
  'sdarts-adv': 2 + 9,
  'sdarts-adv+dscd': 2 + 9,
};

/** A score for any operation that is asked for. */
const EVERY_OPERATION = new Proxy({}, { get: () => 0.5 });

/** Counts what an iteration asks for, with a step of a kind on alpha; null if alpha does not move. */
async function countPasses(method: SearchMethodName, kind: StepKind | null) {
  const { session, supernets, pool } = await madeUpSearch(
    { method, ...(kind === 'global' && { proposals: 3 }) },
    { supernet: { operationCosines: () => EVERY_OPERATION } },
  );
  const at = stepInput();
  await stepWeights(session, at);
  const ofWeights = supernets[0]?.calls.filter((call) => PASSES.includes(call)).length ?? 0;
  if (kind !== null) await stepAlpha(session, { ...at, kind });
  const passes = supernets[0]?.calls.filter((call) => PASSES.includes(call)).length;
  const proposals = pool.evaluated.flatMap((task) => task.proposals).length;
  return { ofWeights, passes, proposals };
}

describe('an iteration takes as many passes as its method says', () => {
  it.each(SEARCH_METHOD_NAMES)('%s', async (method) => {
    const kind = SEARCH_METHODS[method].alphaMoves === 'none' ? null : 'local';
    expect(await countPasses(method, kind)).toMatchObject({ passes: COSTS[method] ?? 2, proposals: 0 });
  });

  const twins = SEARCH_METHOD_NAMES.filter((name) => SEARCH_METHODS[name].alphaMoves === 'local+global');
  it.each(twins)('with proposals in place of the pass for alpha: %s', async (method) => {
    const { ofWeights, passes, proposals } = await countPasses(method, 'global');
    expect({ passes, proposals }).toEqual({ passes: ofWeights, proposals: 3 });
  });
});
