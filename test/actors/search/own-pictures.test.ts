import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DoneEvent, PausedEvent, RetrainedEvent, SearchEvent } from '../../../actors/index.ts';
import { loadNetwork } from '../../../actors/retraining/load-network.ts';
import { startRetraining } from '../../../actors/retraining/retrain.ts';
import { resumeSearch, startSearch } from '../../../actors/search/search.ts';
import { createDataset } from '../../../src/data/create-dataset.ts';
import { DataError } from '../../../src/data/dataset.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { madeUpArrays } from '../../support/made-up-arrays.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-pictures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Gray pictures of 12x12 in three classes. */
const ARRAYS = madeUpArrays();
const DATA = createDataset({ ...ARRAYS, flip: false });

const ENGINE = { engine: 'cpu', workers: 1, threads: 1 } as const;
const SMALL = { ...ENGINE, image: 12, trainSize: 60, epochs: 2, balance: true } as const;
const OPTIONS = resolveSearchOptions(SMALL, 'smoke');

const recordOf = (path: string) => JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));

function done<E extends { readonly event: string }>(ended: E | PausedEvent): E {
  if (ended.event !== 'done') throw new Error(`the run ended with ${ended.event}`);
  return ended as E;
}

describe('a run on pictures of the caller’s own', () => {
  it('records their shape, and ends the same for other workers and across a pause', async () => {
    const path = join(folder, 'search');
    const { alphaDigest } = done<DoneEvent>(await startSearch(OPTIONS, path, { data: DATA }));
    const { options, data } = recordOf(path);
    expect(options).toMatchObject({ pictureChannels: 1, classes: 3, flip: false, balance: true });
    expect(data).toMatchObject({ side: 12, channels: 1, classes: DATA.classes, mean: DATA.mean, format: 'arrays' });

    const paused = join(folder, 'paused');
    const pause = new AbortController();
    const onEvent = (event: SearchEvent): void => {
      if (event.event === 'step' && event.step === 4) pause.abort();
    };
    const begun = await startSearch({ ...OPTIONS, workers: 2 }, paused, { data: DATA, onEvent, signal: pause.signal });
    expect(begun.event).toBe('paused');
    expect(done<DoneEvent>(await resumeSearch(paused, {}, { data: DATA })).alphaDigest).toBe(alphaDigest);
    const other = createDataset({ ...ARRAYS, test: ARRAYS.train });
    await expect(resumeSearch(paused, {}, { data: other })).rejects.toThrow(
      `those of arrays had the digest ${DATA.digest}, those of arrays have ${other.digest}`,
    );
  });

  it('leaves a network that knows their classes', async () => {
    const path = join(folder, 'retraining');
    const genotype = publishedGenotype('DARTS_V2');
    const options = resolveRetrainingOptions({ ...SMALL, genotype, epochs: 4, dropPath: 0, cutout: 0 }, 'smoke');
    const { test } = done<RetrainedEvent>(await startRetraining(options, path, { data: DATA }));
    const network = await loadNetwork(path, { threads: 1 });
    expect(network.preprocessing).toEqual({
      ...{ image: 12, channels: 1, classes: DATA.classes },
      ...{ mean: DATA.mean, deviation: DATA.deviation },
    });
    const probabilities = await network.predict(ARRAYS.test.pixels as Uint8Array);
    network.dispose();
    const rows = Array.from({ length: 12 }, (_, i) => probabilities.subarray(3 * i, 3 * i + 3));
    const right = rows.filter((row, i) => row.indexOf(Math.max(...row)) === i % 3).length;
    expect(right).toBe(Math.round(12 * test.accuracy));
  });

  it('is refused at once if they are not what they are said to be', async () => {
    const path = join(folder, 'refused');
    const run = (data: Partial<typeof DATA>, options = OPTIONS) =>
      startSearch(options, path, { data: { ...DATA, ...data } });
    await expect(run({ side: 24 })).rejects.toThrow(DataError);
    await expect(run({ side: 24 })).rejects.toThrow('60 pictures of 24x24x1 in the training set must have 34560 bytes');
    await expect(run({}, { ...OPTIONS, classes: 10 })).rejects.toThrow(OptionsError);
    await expect(run({}, { ...OPTIONS, image: 8 })).rejects.toThrow(
      'image must divide the pictures’ 12 pixels (4, 12)',
    );
    const retraining = resolveRetrainingOptions({ genotype: publishedGenotype('DARTS_V2') }, 'smoke');
    await expect(startRetraining(retraining, path, { data: DATA })).rejects.toThrow('image must divide');
    expect(existsSync(path)).toBe(false);
  });
});
