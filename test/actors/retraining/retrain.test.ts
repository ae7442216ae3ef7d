import { describe, expect, it } from 'vitest';
import { checkRetraining, resumeRetraining } from '../../../actors/retraining/retrain.ts';
import { DataError } from '../../../src/data/dataset.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { blackPictures, madeUpData } from '../../support/made-up-data.ts';
import { madeUpFolder } from '../../support/made-up-session.ts';

const OPTIONS = resolveRetrainingOptions({ genotype: publishedGenotype('DARTS_V2') }, 'smoke');
const DATA = madeUpData();

describe('a retraining', () => {
  it('that fits is let pass', () => {
    expect(() => checkRetraining(OPTIONS, DATA)).not.toThrow();
  });

  it('with too few pictures is refused', () => {
    expect(() => checkRetraining(OPTIONS, { ...DATA, train: blackPictures(10) })).toThrow(DataError);
  });

  it('with mini-batches that no message holds is refused', () => {
    expect(() => checkRetraining({ ...OPTIONS, batch: 10_000_000 }, DATA)).toThrow(OptionsError);
  });

  it('goes on only in a folder of a retraining', async () => {
    const resumed = resumeRetraining(madeUpFolder().path, {}, { data: DATA });
    await expect(resumed).rejects.toThrow('holds a search, not a retraining');
  });
});
