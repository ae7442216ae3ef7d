import { describe, expect, it } from 'vitest';
import type { GradientsOptions, MixingGradientResult } from '../../src/engine/engine.ts';
import { type UnrolledPasses, unrolledGradient } from '../../src/search/unrolled-gradient.ts';
import { ENGINES, MethodRun } from '../support/method-run.ts';

/** The passes of a case at an alpha, counted. */
function passesOf({ engine, batches, mixing }: MethodRun, at: ReturnType<typeof mixing>) {
  const calls: { readonly half: string; readonly options: GradientsOptions }[] = [];
  const passes: UnrolledPasses = {
    gradients: (half, options) => {
      calls.push({ half, options });
      return engine.gradients(batches[half], at, options);
    },
    vectorNorm: (vector) => engine.vectorNorm(vector),
  };
  return { passes, calls };
}

describe.each(ENGINES)('second-order DARTS, engine %s', (kind) => {
  it('at rate 0 is first order, bit for bit, in one pass; and leaves the network as it was', async () => {
    const run = await MethodRun.start('darts-2nd-a', kind);
    const before = await run.engine.save();
    const mixing = run.mixing(run.alphaBefore(0));
    const { passes, calls } = passesOf(run, mixing);
    await unrolledGradient(passes, run.settings);
    const found = await unrolledGradient(passes, { ...run.settings, learningRate: 0 });
    expect(calls.length).toBe(5);
    expect(await run.engine.save()).toEqual(before);
    expect(found).toEqual(await run.engine.mixingGradient(run.batches.search, mixing));
  });
});

describe('unrolledGradient of losses of one weight and one mixing weight', () => {
  /** L_train = a w^2 / 2 m, L_search = c w m (or none of w), at w = 3, velocity 2. */
  const made = (searchSlope: number) => {
    const vectors: Record<string, number> = { weights: 3, velocity: 2 };
    const result = (loss: number, slope: number): MixingGradientResult => {
      const gradient = { normal: Float32Array.of(slope), reduce: new Float32Array(0) };
      return { loss, perExample: Float32Array.of(loss), correct: 0, gradient };
    };
    const passes: UnrolledPasses = {
      gradients: async (half, { at = { weights: 1 }, weightsInto }) => {
        const w = Object.entries(at).reduce((sum, [name, factor]) => sum + factor * vectors[name]!, 0);
        const m = 2;
        if (weightsInto !== undefined) vectors[weightsInto] = half === 'train' ? w * m : searchSlope * m;
        return half === 'train' ? result((w * w * m) / 2, (w * w) / 2) : result(searchSlope * w * m, searchSlope * w);
      },
      vectorNorm: async (vector) => Math.abs(vectors[vector]!),
    };
    return passes;
  };
  const settings = { learningRate: 0.1, momentum: 0.5, weightDecay: 0.2 };

  it('is the derivative through the step', async () => {
    // w' = 3 - 0.1 (0.5 * 2 + 6 + 0.6); direct = c w', implicit = d2 L_train / dm dw * u = w * c m.
    const { gradient, loss } = await unrolledGradient(made(5), settings);
    expect(gradient.normal[0]).toBeCloseTo(5 * 2.24 - 0.1 * 3 * 10, 4);
    expect(loss).toBeCloseTo(5 * 2.24 * 2, 10);
  });

  it('is the direct part alone if the search loss does not depend on the weights', async () => {
    expect((await unrolledGradient(made(0), settings)).gradient.normal).toEqual(Float32Array.of(0));
  });
});
