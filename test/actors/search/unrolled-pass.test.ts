import { describe, expect, it } from 'vitest';
import type { SupernetCalls } from '../../../actors/messages.ts';
import { learningRateOf, stepAlpha } from '../../../actors/search/steps.ts';
import { SupernetLostError } from '../../../actors/supernet/supernet.ts';
import type { StepKind } from '../../../src/optimize/dscd/step.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { madeUpSearch, stepInput } from '../../support/made-up-session.ts';

/** A search whose supernet counts its passes. Their gradients differ from pass to pass, the losses by half. */
async function searchWith(input: SearchOptionsInput, lostAt = Number.POSITIVE_INFINITY) {
  const passes: SupernetCalls['gradients']['arguments'][] = [];
  let calls = 0;
  const search = await madeUpSearch(input, {
    supernet: {
      gradients(pass) {
        if (++calls === lostAt) throw new SupernetLostError('gone');
        passes.push(pass);
        const { normal, reduce } = pass.mixing;
        const loss = pass.options?.at === undefined ? 2 : 3;
        const gradient = { normal: normal.map((_, i) => Math.sin(passes.length + i)), reduce };
        return { loss, correct: 1, perExample: Float32Array.of(loss, loss), gradient };
      },
      mixingGradient: ({ mixing: { normal, reduce } }) => ({
        ...{ loss: 2, correct: 1, perExample: Float32Array.of(2, 2) },
        gradient: { normal: normal.map((_, i) => Math.sin(1 + i)), reduce },
      }),
      vectorNorm: () => 4,
    },
  });
  return { ...search, passes };
}

const local = { ...stepInput({ stepMode: 'local' }), kind: 'local' } as const;

describe('a step on alpha through a step on w', () => {
  it.each([
    ['unrolled', ['keep', undefined, 'hold', 'hold']],
    ['unrolled-plain', ['free', undefined, 'free', 'free']],
  ] as const)('takes four passes, three of them on the mini-batches of the step to come: %s', async (kind, kinks) => {
    const { session, supernets, passes, options } = await searchWith({ method: 'darts-2nd', alphaGradient: kind });
    expect(await stepAlpha(session, local)).toBe(3);
    expect(supernets[0]?.calls).toEqual(['open', 'gradients', 'gradients', 'vectorNorm', 'gradients', 'gradients']);
    const names = ['search/weights/11', 'search/alpha/10', 'search/weights/11', 'search/weights/11'];
    expect(passes.map(({ miniBatchName }) => miniBatchName)).toEqual(names);
    expect(passes.map(({ options }) => options?.kinks)).toEqual(kinks);
    // Epoch 1 of 3.
    const xi = learningRateOf(options, local);
    const { momentum, weightsDecay } = options;
    expect(passes[1]?.options?.at).toEqual({
      weights: 1 - xi * weightsDecay,
      velocity: -xi * momentum,
      'unrolled.train': -xi,
    });
    expect(passes.every(({ options }) => options?.moves !== true)).toBe(true);
  });

  it.each<[StepKind, number, number]>([
    ['local', 5, 1],
    ['joint', 5, 1],
    ['global', 0, 0],
  ])('takes with DSCD the loss at w, in steps that have a gradient: %s', async (kind, count, losses) => {
    const mode = kind === 'joint' ? 'joint' : 'alternating';
    const { session, passes } = await searchWith({ method: 'darts-2nd+dscd', mode });
    const loss = await stepAlpha(session, { ...stepInput(), kind });
    expect(passes.length).toBe(count);
    expect(passes.filter(({ options = {} }) => Object.keys(options).length === 0).length).toBe(losses);
    // Proposals have a loss of 1, the alpha itself 2 at w.
    expect(loss).toBe(kind === 'local' ? 2 : 1);
  });

  it('at a learning rate of 0 is a step of first order, in one pass', async () => {
    // The rate has fallen to its end in the epoch after the last.
    const end = { ...stepInput({ stepMode: 'local' }, 3, 0), kind: 'local' } as const;
    const stepped = async (method: 'darts' | 'darts-2nd') => {
      const { session, supernets } = await searchWith({ method, weightsLearningRateEnd: 0 });
      await stepAlpha(session, end);
      return { alpha: session.optimizer.position, calls: supernets[0]?.calls };
    };
    const [first, second] = [await stepped('darts'), await stepped('darts-2nd')];
    expect([first.calls, second.calls]).toEqual([
      ['open', 'mixingGradient'],
      ['open', 'gradients'],
    ]);
    expect(second.alpha).toEqual(first.alpha);
  });

  it('moves nothing if the supernet is lost in its midst, and begins anew', async () => {
    const undisturbed = await searchWith({ method: 'darts-2nd' });
    await stepAlpha(undisturbed.session, local);
    const { session, passes } = await searchWith({ method: 'darts-2nd' }, 3);
    const before = session.optimizer.position.slice();
    await expect(stepAlpha(session, local)).rejects.toThrow(SupernetLostError);
    expect(session.optimizer.position).toEqual(before);
    passes.length = 0;
    await stepAlpha(session, local);
    expect(passes).toEqual(undisturbed.passes);
    expect(session.optimizer.position).toEqual(undisturbed.session.optimizer.position);
  });
});
