import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LoadNetworkOptions, loadNetwork, type TrainedNetwork } from '../../../actors/retraining/load-network.ts';
import { normalizePixels, recordedPreprocessing } from '../../../src/data/preprocessing.ts';
import { softmaxRows } from '../../../src/math/softmax-rows.ts';
import { buildRetrainedNetwork } from '../../../src/network/retrained-network.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { networkOf } from '../../../src/retrain/setup.ts';
import { evaluateNaively } from '../../export/naive-network.ts';
import { EVERY_PRIMITIVE, randomState } from '../../export/random-network.ts';
import { testFolder } from '../../support/fake-run.ts';
import { writeRetrainedRun } from '../../support/retrained-run.ts';

const OPTIONS = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE }, 'smoke');
const GRAPH = buildRetrainedNetwork(networkOf(OPTIONS));
const STATE = randomState(GRAPH, 1);
const SIZE = OPTIONS.image ** 2 * 3;

/** Five pictures. */
const PIXELS = Uint8Array.from({ length: 5 * SIZE }, (_, i) => (i * 37 + (i >> 5)) % 256);

/** Writes a retraining, and loads its network for the time of one test. */
async function withNetwork<T>(options: LoadNetworkOptions, use: (network: TrainedNetwork) => Promise<T>): Promise<T> {
  const run = join(testFolder(), 'run');
  writeRetrainedRun(run, { options: OPTIONS, state: STATE, epoch: 2, data: 'none' });
  const network = await loadNetwork(run, { threads: 1, ...options });
  try {
    return await use(network);
  } finally {
    network.dispose();
  }
}

describe('loadNetwork', () => {
  let probabilities: Float32Array;

  beforeAll(() => {
    const { image } = OPTIONS;
    const normalized = normalizePixels(PIXELS, recordedPreprocessing(null, image));
    // `[count, side, side, 3]` to `[count, 3, side, side]`
    const plane = image * image;
    const planes = normalized.map((_, i) => {
      const [picture, channel, place] = [Math.floor(i / SIZE), Math.floor(i / plane) % 3, i % plane];
      return normalized[picture * SIZE + 3 * place + channel] as number;
    });
    probabilities = Float32Array.from(softmaxRows(evaluateNaively(GRAPH, STATE, planes), GRAPH.classes));
  });

  it('predicts the defined probabilities', async () => {
    const found = await withNetwork({}, (network) => network.predict(PIXELS));
    expect(found).toHaveLength(5 * 10);
    const errors = found.map((value, i) => Math.abs(value - (probabilities[i] as number)));
    expect(Math.max(...errors)).toBeLessThan(1e-5); // float32 against float64
  });

  it('predicts the same from bytes, clamped bytes and floats', async () => {
    await withNetwork({}, async (network) => {
      const expected = await network.predict(PIXELS);
      expect(await network.predict(Uint8ClampedArray.from(PIXELS))).toEqual(expected);
      expect(await network.predict(Float32Array.from(PIXELS))).toEqual(expected);
    });
  });

  it.each([
    ['a batch of one', { batch: 1 }],
    ['batches of two, the last not full', { batch: 2 }],
    ['three threads', { threads: 3 }],
  ])('predicts the same bits with %s', async (_, options) => {
    const expected = await withNetwork({}, (network) => network.predict(PIXELS));
    expect(await withNetwork(options, (network) => network.predict(PIXELS))).toEqual(expected);
  });

  it('predicts each picture for itself, also of calls that overlap', async () => {
    await withNetwork({ batch: 2 }, async (network) => {
      const all = await network.predict(PIXELS);
      const each = Array.from({ length: 5 }, (_, i) => network.predict(PIXELS.subarray(i * SIZE, (i + 1) * SIZE)));
      expect((await Promise.all(each)).flatMap((row) => [...row])).toEqual([...all]);
    });
  });

  it('tells what it takes, and how long it was trained', async () => {
    await withNetwork({}, async ({ preprocessing, epochs }) => {
      expect(preprocessing).toEqual(recordedPreprocessing(null, OPTIONS.image));
      expect(epochs).toEqual({ done: 2, planned: 3 });
    });
  });

  it('predicts nothing of no picture', async () => {
    expect(await withNetwork({}, (network) => network.predict(new Uint8Array()))).toEqual(new Float32Array());
  });

  it('refuses pixels that are not of whole pictures, or not from 0 to 255', async () => {
    await withNetwork({}, async (network) => {
      await expect(network.predict(PIXELS.subarray(1))).rejects.toThrow(
        new RangeError(`pixels must be [count, 8, 8, 3], 192 values a picture, got ${5 * 192 - 1}`),
      );
      for (const foreign of [-1, 255.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(network.predict(new Float32Array(SIZE).fill(foreign))).rejects.toThrow(
          new RangeError(`a pixel must be from 0 to 255, got ${foreign}`),
        );
      }
    });
  });

  it('refuses options that are no positive integers', async () => {
    const load = (options: LoadNetworkOptions) => withNetwork(options, () => Promise.resolve());
    await expect(load({ batch: 0 })).rejects.toThrow(new RangeError('batch must be a positive integer, got 0'));
    await expect(load({ batch: 1.5 })).rejects.toThrow(RangeError);
    await expect(load({ threads: 0 })).rejects.toThrow(RangeError);
  });

  it('predicts no more after it was disposed of, which may be repeated', async () => {
    await withNetwork({}, async (network) => {
      network.dispose();
      network.dispose();
      await expect(network.predict(PIXELS)).rejects.toThrow('the network is disposed of');
    });
  });
});
