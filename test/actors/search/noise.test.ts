import { describe, expect, it } from 'vitest';
import { measureEpochNoise, measureNoise } from '../../../actors/search/noise.ts';
import { Random } from '../../../src/math/random.ts';
import type { Proposal } from '../../../src/optimize/dscd/step.ts';
import { madeUpSearch, stepInput } from '../../support/made-up-session.ts';

const POSITION = Float64Array.of(0.1, 0.2, 0.3);

describe('the noises', () => {
  it('are the spread of a loss, the spread of a difference, and its size', async () => {
    // Losses at the position: 1, 3. Differences of the first proposal: 1, 1; of the second: 2, 4.
    const answers = [
      { base: { loss: 1 }, proposals: [{ loss: 2 }, { loss: 3 }] },
      { base: { loss: 3 }, proposals: [{ loss: 4 }, { loss: 7 }] },
    ];
    const noise = await measureNoise(POSITION, [0, 1], Random.fromSeed(0, 'noise'), 2, async (i) => {
      const answer = answers[i];
      if (answer === undefined) throw new Error(`there are two mini-batches, not ${i}`);
      return answer;
    });
    const spread = Math.SQRT2; // of two numbers that differ by 2
    expect(noise.offset).toBeCloseTo(spread, 12);
    expect(noise.paired).toBeCloseTo((0 + spread) / 2, 12);
    expect(noise.effect).toBe((1 + 3) / 2);
  });

  it('are measured by the same moves on every mini-batch, each inside the domain', async () => {
    const asked: (readonly Proposal[])[] = [];
    await measureNoise(POSITION, [0.5, 0.75], Random.fromSeed(1, 'noise'), 3, async (_, proposals) => {
      asked.push(proposals);
      return { base: { loss: 1 }, proposals: proposals.map(() => ({ loss: 1 })) };
    });
    const [first] = asked;
    expect(asked).toEqual([first, first, first]);
    expect(first).toHaveLength(2);
    for (const { coordinate, from, to } of first ?? []) {
      expect(from).toBe(POSITION[coordinate]);
      expect(to >= 0.5 && to <= 0.75).toBe(true);
    }
  });

  it('need the loss at the position', async () => {
    const noise = measureNoise(POSITION, [0, 1], Random.fromSeed(0, 'noise'), 2, async () => ({ proposals: [] }));
    await expect(noise).rejects.toThrow('the noise needs the loss at the position');
  });
});

describe('the noises of an epoch', () => {
  /** The end of epoch 1 of 6 iterations: 12 are over. */
  const at = stepInput({}, 1, 6);

  it('are measured on its last mini-batches, the newest first', async () => {
    const { session, pool } = await madeUpSearch({ noiseBatches: 3 });
    expect(await measureEpochNoise(session, at)).toEqual({ offset: 0, paired: 0, effect: 0 });
    const keys = [11, 10, 9].map((iteration) => ({ use: 'search', split: 'alpha', iteration }));
    expect(pool.evaluated.map(({ key }) => key)).toEqual(keys);
    expect(pool.evaluated.every(({ base, perExample, progress }) => base && !perExample && progress === 1 / 3)).toBe(
      true,
    );
  });

  it('are measured on no more mini-batches than it has', async () => {
    const { session, pool } = await madeUpSearch({ noiseBatches: 9 });
    await measureEpochNoise(session, at);
    expect(pool.evaluated).toHaveLength(6);
  });

  it('are drawn anew each epoch, but the same for the same epoch', async () => {
    const movesIn = async (epoch: number) => {
      const { session, pool } = await madeUpSearch({ noiseBatches: 2 });
      await measureEpochNoise(session, stepInput({}, epoch, 6));
      return pool.evaluated[0]?.proposals;
    };
    expect(await movesIn(1)).toEqual(await movesIn(1));
    expect(await movesIn(1)).not.toEqual(await movesIn(2));
  });

  it.each([
    ['no mini-batch', 0, {}],
    ['an epoch of one mini-batch, which has no spread', 2, { iterationsPerEpoch: 1 }],
    ['no alpha that moves', 4, { stepMode: 'none' as const }],
  ])('are null with %s', async (_, noiseBatches, plan) => {
    const { session, pool } = await madeUpSearch({ noiseBatches });
    expect(await measureEpochNoise(session, stepInput(plan, 1, 6))).toBeNull();
    expect(pool.evaluated).toEqual([]);
  });
});
