import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RetrainingEvent } from '../../../actors/events.ts';
import type { LabeledPictures } from '../../../actors/retraining/gather-predictions.ts';
import { createRetrainingJob, NO_MIXING } from '../../../actors/retraining/retraining-job.ts';
import { planOfWeights, type StepInput } from '../../../actors/run/run-plan.ts';
import { startAlternation } from '../../../src/optimize/dscd/alternation.ts';
import { predictionsSchema } from '../../../src/record/prediction-file.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { learningRateOf } from '../../../src/retrain/schedules.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { networkState } from '../../support/fake-supernet.ts';
import { type MadeUp, madeUpRun, readLines } from '../../support/made-up-session.ts';

const OPTIONS = resolveRetrainingOptions({ genotype: publishedGenotype('DARTS_V2') }, 'smoke');

/** Black pictures of class 0. */
const PICTURES: LabeledPictures = {
  classes: ['cat', 'dog'],
  side: 2,
  channels: 1,
  labels: new Uint16Array(8),
  pixels: () => new Uint8Array(4),
};

/** Iteration 4 of epoch 1, unless another: 6 + 4 = 10 of 18. */
const inputAt = (iteration = 4): StepInput => ({
  plan: planOfWeights(3, 6),
  progress: { epoch: 1, iteration, alternation: startAlternation() },
});

async function retrainingJob(given: MadeUp = {}) {
  const made = await madeUpRun(given);
  const told: RetrainingEvent[] = [];
  return { ...made, told, job: createRetrainingJob(made.session, OPTIONS, PICTURES, (event) => told.push(event)) };
}

describe('a retraining', () => {
  it('trains at the rate of the epoch, without mixing weights', async () => {
    const asked: object[] = [];
    const weightsStep = (args: object) => {
      asked.push(args);
      return { loss: 2, correct: 1, gradientNorm: 1 };
    };
    const { job, told, pool } = await retrainingJob({ supernet: { weightsStep } });
    await job.weightsStep(inputAt());
    const { momentum, weightDecay, clipNorm, auxiliaryWeight } = OPTIONS;
    const settings = { learningRate: learningRateOf(OPTIONS, 1), momentum, weightDecay, clipNorm, auxiliaryWeight };
    expect(asked).toEqual([{ miniBatchName: 'retraining/10', mixing: NO_MIXING, settings }]);
    expect(pool.prepared.map(({ key }) => key)).toEqual(
      [10, 11].map((iteration) => ({ use: 'retraining', iteration })),
    );
    expect(told).toEqual([{ event: 'step', step: 11, steps: 18, kind: 'weights', loss: 2 }]);
  });

  it('takes no step on alpha', async () => {
    const { job } = await retrainingJob();
    await expect(job.alphaStep({ ...inputAt(), kind: 'local' })).rejects.toThrow('takes no steps on alpha');
  });

  it('ends an epoch with the means of its steps and a test on the sample, and starts new sums', async () => {
    const { job, told, pool, session, folder } = await retrainingJob();
    for (const iteration of [4, 5]) await job.weightsStep(inputAt(iteration));
    session.stopwatch.wallMs = 500;
    await job.endOfEpoch(inputAt(6));
    const epoch = told.at(-1);
    expect(epoch).toMatchObject({
      event: 'epoch',
      epoch: 2,
      step: 12,
      weights: { loss: 1, accuracy: 1 / OPTIONS.batch, gradientNorm: 1 },
      test: { loss: 1, accuracy: 0.5, pictures: 8 },
      imagesPerSecond: 4 * OPTIONS.batch,
      seconds: 0.5,
    });
    expect(pool.measured.every(({ key }) => key.use === 'evaluation' && key.split === 'sample')).toBe(true);
    expect(job.save().totals.weights.steps).toBe(0);
    expect(readLines(folder.metrics)).toEqual([epoch]);
  });

  it('warns of a test loss that is not finite', async () => {
    const measureAccuracy = () => ({ loss: Number.NaN, correct: 0, pictures: 2 });
    const { job, told } = await retrainingJob({ pool: { measureAccuracy } });
    await job.weightsStep(inputAt());
    await job.endOfEpoch(inputAt(6));
    const message = 'the test loss after epoch 2 is NaN, null in the record';
    expect(told.at(-1)).toEqual({ event: 'warning', message });
  });

  it('takes its sums back from a checkpoint', async () => {
    const { job } = await retrainingJob();
    const saved = structuredClone(job.save());
    await job.weightsStep(inputAt());
    expect(job.save()).not.toEqual(saved);
    job.restore(saved);
    expect(job.save()).toEqual(saved);
  });

  it('ends with a test on the whole test set and a digest of its weights', async () => {
    const { job, folder, session, pool } = await retrainingJob();
    const done = await job.finish(new AbortController().signal);
    expect(done).toMatchObject({ event: 'done', test: { loss: 1, accuracy: 0.5, pictures: 8 }, run: folder.path });
    expect(pool.measured.every(({ key }) => key.use === 'evaluation' && key.split === 'test')).toBe(true);
    expect(JSON.parse(readFileSync(folder.result, 'utf8'))).toEqual(done);
    session.metrics.flush();
    expect(readLines(folder.metrics)).toEqual([done]);
    // The fake pool takes every second picture for class 1.
    const { confusion, mistakes } = predictionsSchema.parse(JSON.parse(readFileSync(folder.predictions, 'utf8')));
    expect(confusion).toEqual([
      [4, 4],
      [0, 0],
    ]);
    expect(mistakes.map(({ index, probability }) => [index, probability])).toEqual([1, 3, 5, 7].map((i) => [i, 0.6]));
    const other = await retrainingJob({ supernet: { save: () => networkState(2) } });
    expect((await other.job.finish(new AbortController().signal)).weightsDigest).not.toBe(done.weightsDigest);
  });

  it('writes no result if it is paused', async () => {
    const { job, folder } = await retrainingJob();
    await expect(job.finish(AbortSignal.abort())).rejects.toThrow('aborted');
    expect([folder.result, folder.predictions].map((path) => existsSync(path))).toEqual([false, false]);
  });
});
