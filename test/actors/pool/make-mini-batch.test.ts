import { describe, expect, it } from 'vitest';
import { evaluationRange, makeMiniBatch, type PoolData } from '../../../actors/pool/make-mini-batch.ts';
import { CIFAR10_FACTS, CIFAR10_SHAPE } from '../../../src/data/cifar10-format.ts';
import { Random } from '../../../src/math/random.ts';
import { blackPictures } from '../../support/made-up-data.ts';

const train = blackPictures(40);
const random = Random.fromSeed(0, 'pictures');
for (let i = 0; i < train.images.bytes.length; i++) train.images.bytes[i] = 1 + random.integer(255);
const test = blackPictures(7);
test.labels.set([0, 1, 2, 3, 4, 5, 6]);

/** 4 iterations an epoch. */
const data: PoolData = {
  train,
  test,
  facts: { ...CIFAR10_SHAPE, ...CIFAR10_FACTS },
  evaluation: { sample: Uint32Array.of(0, 1, 2), test: Uint32Array.of(0, 1, 2, 3, 4, 5, 6) },
  seed: 3,
  batch: 5,
  image: 4,
  flip: true,
  balance: false,
  job: {
    name: 'retraining',
    pictures: Uint32Array.from({ length: 21 }, (_, i) => 2 * (i % 20)),
    cutout: 2,
    dropPath: 0.5,
    epochs: 2,
    dropColumns: 30,
  },
};
const at = (step: number, change: Partial<PoolData['job']> = {}) =>
  makeMiniBatch(
    { ...data, job: { ...data.job, ...change } as PoolData['job'] },
    { use: 'retraining', iteration: step },
  );

describe('a mini-batch of a retraining', () => {
  it('is the same for the same step, in whichever order they are made', () => {
    const steps = [7, 0, 5].map((step) => at(step));
    expect([7, 0, 5].map((step) => at(step))).toEqual(steps);
    expect(new Set(steps.map(({ images }) => images.join())).size).toBe(3);
  });

  it('has drops from the second epoch on, with the chance of its epoch', () => {
    for (const step of [0, 3]) expect(at(step).drops).toBeUndefined();
    for (const step of [4, 7]) {
      const { drops } = at(step);
      expect(drops).toHaveLength(5 * 30);
      expect(new Set(drops)).toEqual(new Set([0, Math.fround(1 / (1 - 0.25))]));
    }
    expect(at(4).drops).not.toEqual(at(5).drops);
    expect(at(7, { dropPath: 0 }).drops).toBeUndefined();
  });

  it('has a seed of noise, another one for each step and each seed', () => {
    const seeds = [at(0), at(1), makeMiniBatch({ ...data, seed: 4 }, { use: 'retraining', iteration: 0 })];
    expect(new Set(seeds.map(({ noise }) => noise)).size).toBe(3);
    expect(at(1).noise).toBe(seeds[1]?.noise);
  });

  it('has its squares cut out', () => {
    expect(at(1).images.filter((value) => value === 0).length).toBeGreaterThan(0);
    expect(at(1, { cutout: 0 }).images.filter((value) => value === 0)).toHaveLength(0);
  });
});

it('a retraining is measured on a sample of the test set, and on all of it', () => {
  const evaluated = (split: 'sample' | 'test', index: number) => {
    const key = { use: 'evaluation', split, index } as const;
    const { start, end } = evaluationRange(data, key);
    const { labels } = makeMiniBatch(data, key);
    expect(labels).toHaveLength(end - start);
    return [...labels];
  };
  expect(evaluated('sample', 0)).toEqual([0, 1, 2]);
  expect([0, 1].map((index) => evaluated('test', index))).toEqual([
    [0, 1, 2, 3, 4],
    [5, 6],
  ]);
});

it('refuses the keys of another job', () => {
  const make = (key: Parameters<typeof makeMiniBatch>[1]) => () => makeMiniBatch(data, key);
  expect(make({ use: 'search', split: 'alpha', iteration: 2 })).toThrow(
    'a retraining has no mini-batch search/alpha/2',
  );
  expect(make({ use: 'evaluation', split: 'weights', index: 0 })).toThrow('weights');
  expect(() => evaluationRange(data, { use: 'retraining', iteration: 1 })).toThrow('retraining/1');
});
