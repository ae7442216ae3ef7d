import { describe, expect, it } from 'vitest';
import { endEpoch, recordAlpha } from '../../../actors/search/epoch.ts';
import { emptyTotals } from '../../../actors/search/search-session.ts';
import { concentration } from '../../../src/optimize/dscd/beta-annealing.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { splitAlpha } from '../../../src/space/alpha.ts';
import { madeUpSearch, readLines, stepInput } from '../../support/made-up-session.ts';

/** The end of epoch 1, counted from 0, of 3. */
const at = stepInput({}, 1, 6);

/** A search at the end of an epoch of 6 iterations. */
async function searchAtEnd() {
  const made = await madeUpSearch({ noiseBatches: 2 });
  made.session.totals = {
    weights: { steps: 6, loss: 12, correct: 6, gradientNorm: 3 },
    alpha: { localSteps: 4, globalSteps: 2, accepted: 1, returned: 0, loss: 9 },
  };
  made.session.stopwatch = { steps: 6, wallMs: 500, engineBeforeMs: 0 };
  return made;
}

describe('the end of an epoch', () => {
  it('gives the means of its steps and what was measured', async () => {
    const { session, options } = await searchAtEnd();
    expect(await endEpoch(session, at)).toMatchObject({
      event: 'epoch',
      epoch: 2,
      epochs: 3,
      step: 12,
      concentration: concentration(1 / 3),
      weights: { loss: 2, accuracy: 1 / options.batch, gradientNorm: 0.5 },
      alpha: { localSteps: 4, globalSteps: 2, accepted: 1, returned: 0, loss: 1.5 },
      validation: { loss: 1, accuracy: 0.5, pictures: 8 },
      noise: { offset: 0, paired: 0, effect: 0 },
      seconds: 0.5,
      overhead: 1,
      pool: { utilization: 0.5, queueWaitMs: 2, deaths: 0 },
      supernet: { bytes: 7, tensors: 3 },
    });
  });

  it('has the mean loss of the steps on alpha that were taken', async () => {
    const { session } = await searchAtEnd();
    const { alpha } = await endEpoch(session, stepInput({ alphaEvery: 3 }, 1, 6));
    expect(alpha.loss).toBe(9 / 2);
  });

  it('has the chance of drop-path if there is one', async () => {
    const { session } = await madeUpSearch({ dropPath: 0.3 });
    expect((await endEpoch(session, at)).dropProbability).toBe(0.15);
    expect(await endEpoch((await searchAtEnd()).session, at)).not.toHaveProperty('dropProbability');
  });

  it('starts new sums and a new stopwatch', async () => {
    const { session } = await searchAtEnd();
    await endEpoch(session, at);
    expect(session.totals).toEqual(emptyTotals());
    expect(session.stopwatch).toEqual({ steps: 0, wallMs: 0, engineBeforeMs: 0 });
  });

  it('is in the metrics, and alpha in its history', async () => {
    const { session, folder } = await searchAtEnd();
    const event = await endEpoch(session, at);
    expect(readLines(folder.metrics)).toEqual([event]);
    const { normal, reduce } = splitAlpha(session.shape, session.optimizer.position);
    expect(readLines(folder.alpha)).toEqual([{ epoch: 2, step: 12, normal: [...normal], reduce: [...reduce] }]);
    expect(session.events.length).toBeGreaterThan(0);
  });

  it('measures what may stop the search, and nothing else of a watch', async () => {
    const watchedBy = async (input: SearchOptionsInput) => {
      const { session } = await madeUpSearch({ method: 'darts', ...input });
      const { eigenvalue, normalSkips, cellsAccuracy } = (await endEpoch(session, at)).watched ?? {};
      return [eigenvalue, normalSkips, cellsAccuracy].map((value) => typeof value);
    };
    expect(await watchedBy({})).toEqual(['undefined', 'undefined', 'undefined']);
    expect(await watchedBy({ eigenvalueRise: 'stop' })).toEqual(['number', 'object', 'object']);
    expect(await watchedBy({ stopSkips: 8 })).toEqual(['object', 'number', 'object']);
    expect(await watchedBy({ stopSkips: 8, watch: ['distance'] })).toEqual(['object', 'number', 'number']);
  });

  it('has no mean loss of steps on alpha if there were none', async () => {
    const { session } = await searchAtEnd();
    session.totals = { ...session.totals, alpha: emptyTotals().alpha };
    const event = await endEpoch(session, stepInput({ stepMode: 'none' }, 1, 6));
    expect([event.alpha.loss, event.noise]).toEqual([null, null]);
  });

  it('measures the noises in an epoch in which alpha rests too', async () => {
    const { session } = await searchAtEnd();
    session.totals = { ...session.totals, alpha: emptyTotals().alpha };
    const event = await endEpoch(session, stepInput({ alphaRest: 2 }, 1, 6));
    expect([event.alpha.loss, event.noise]).toEqual([null, { offset: 0, paired: 0, effect: 0 }]);
  });
});

it('alpha is recorded before the first step', async () => {
  const { session, folder } = await madeUpSearch();
  recordAlpha(session, 0, 0);
  expect(readLines(folder.alpha)).toMatchObject([{ epoch: 0, step: 0 }]);
});
