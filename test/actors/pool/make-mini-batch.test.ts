import { describe, expect, it } from 'vitest';
import {
  evaluationRange,
  makeMiniBatch,
  type PoolData,
  type SearchDrops,
} from '../../../actors/pool/make-mini-batch.ts';
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

  it('has seeds of noise and of channels, others for each step and each seed', () => {
    const made = [at(0), at(1), makeMiniBatch({ ...data, seed: 4 }, { use: 'retraining', iteration: 0 })];
    expect(new Set(made.flatMap(({ noise, channels }) => [noise, channels])).size).toBe(6);
    expect(at(1)).toEqual(made[1]);
  });

  it('has its squares cut out', () => {
    expect(at(1).images.filter((value) => value === 0).length).toBeGreaterThan(0);
    expect(at(1, { cutout: 0 }).images.filter((value) => value === 0)).toHaveLength(0);
  });
});

describe('a mini-batch of a search', () => {
  const split = {
    weights: Uint32Array.from({ length: 21 }, (_, i) => i),
    alpha: Uint32Array.of(20, 21, 22, 23, 24, 25),
  };
  const objective = {
    shape: { nodes: 1, primitives: ['skip_connect'] },
    relaxation: 'softmax',
    zeroOneWeight: 0,
  } as const;
  const all: SearchDrops = { dropPath: 0.5, cutout: 2, epochs: 3, columns: 30 };
  const of = (half: 'weights' | 'alpha', iteration: number, changes: Partial<SearchDrops> | null = {}, seed = 3) => {
    const drops = changes === null ? {} : { drops: { ...all, ...changes } };
    const job: PoolData['job'] = { name: 'search', split, objective, ...drops };
    return makeMiniBatch({ ...data, seed, job }, { use: 'search', split: half, iteration });
  };
  const erased = ({ images }: { images: Float32Array }): boolean => images.some((value) => value === 0);

  it('has the drops of its epoch: none in the first, and the largest chance in the last', () => {
    for (const half of ['weights', 'alpha'] as const) {
      for (const iteration of [0, 3]) expect(of(half, iteration)).toEqual(of(half, iteration, null));
      expect(of(half, 4).drops).toHaveLength(5 * 30);
      expect(new Set(of(half, 4).drops)).toEqual(new Set([0, Math.fround(1 / (1 - 0.25))]));
      expect(new Set(of(half, 11).drops)).toEqual(new Set([0, 2]));
    }
  });

  it('has the chance of the last epoch after it', () => {
    for (const epochs of [1, 2]) {
      const { drops } = of('weights', 12, { epochs, dropPath: 0.9 });
      expect(drops && new Set(drops)).toEqual(epochs === 1 ? undefined : new Set([0, Math.fround(1 / (1 - 0.9))]));
    }
  });

  it('draws drops by seed, half and iteration alone', () => {
    const drawn = [of('alpha', 8), of('weights', 8), of('alpha', 9), of('alpha', 8, {}, 4)];
    expect(new Set(drawn.map(({ drops }) => drops?.join())).size).toBe(4);
    expect(of('alpha', 8)).toEqual(drawn[0]);
    expect(of('alpha', 8, { cutout: 0 }).drops).toEqual(drawn[0]?.drops);
  });

  it('is cut out by a chance that rises to 1, and has the pictures that it has without', () => {
    expect([0, 11].map((iteration) => erased(of('weights', iteration)))).toEqual([false, true]);
    const [plain, cut] = [of('alpha', 11, null), of('alpha', 11)];
    expect(cut.labels).toEqual(plain.labels);
    expect(cut.images.every((value, i) => value === 0 || value === plain.images[i])).toBe(true);
    expect(of('alpha', 11, { cutout: 0 }).images).toEqual(plain.images);
  });

  it('for evaluation drops and erases nothing', () => {
    const job: PoolData['job'] = { name: 'search', split, objective, drops: all };
    const made = makeMiniBatch({ ...data, job }, { use: 'evaluation', split: 'test', index: 0 });
    expect(made.drops).toBeUndefined();
    expect(erased(made)).toBe(false);
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
