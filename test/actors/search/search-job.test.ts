import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SearchEvent } from '../../../actors/events.ts';
import type { RunPlan } from '../../../actors/run/run-plan.ts';
import { createSearchJob } from '../../../actors/search/search-job.ts';
import { emptyTotals } from '../../../actors/search/search-session.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { countSkips } from '../../../src/search/skips.ts';
import { NEW_WATCH } from '../../../src/search/watches/judge-epoch.ts';
import type { SupernetAnswers } from '../../support/fake-supernet.ts';
import { type MadeUp, madeUpSearch, readLines, stepInput } from '../../support/made-up-session.ts';

const at = stepInput();

async function searchJob(input: SearchOptionsInput = {}, given: MadeUp = {}) {
  const made = await madeUpSearch({ noiseBatches: 0, ...input }, given);
  const told: SearchEvent[] = [];
  return { ...made, told, job: createSearchJob(made.session, (event) => told.push(event)) };
}

describe('an iteration', () => {
  it('is told of after its step on alpha', async () => {
    const { job, told } = await searchJob();
    await job.weightsStep(at);
    expect(told).toEqual([]);
    const loss = await job.alphaStep({ ...at, kind: 'local' });
    expect(told).toEqual([{ event: 'step', step: 11, steps: 18, kind: 'local', loss }]);
  });

  it.each<[SearchOptionsInput, Partial<RunPlan>]>([
    [{ method: 'random' }, { stepMode: 'none' }],
    [{ alphaEvery: 3 }, { alphaEvery: 3 }],
  ])('is told of after its step on w if there is none on alpha: %j', async (input, plan) => {
    const { job, told } = await searchJob(input);
    await job.weightsStep(stepInput(plan));
    expect(told).toEqual([{ event: 'step', step: 11, steps: 18, kind: 'weights', loss: 1 }]);
  });
});

it('an epoch is told of, and then a loss that is not finite', async () => {
  const measureAccuracy = () => ({ loss: Number.NaN, correct: 0, pictures: 2 });
  const { job, told } = await searchJob({}, { pool: { measureAccuracy } });
  await job.endOfEpoch(stepInput({}, 1, 6));
  expect(told.map(({ event }) => event)).toEqual(['epoch', 'warning']);
});

it('alpha is recorded at the begin', async () => {
  const { job, session, folder } = await searchJob();
  job.begin();
  session.alphaHistory.flush();
  expect(readLines(folder.alpha)).toHaveLength(1);
});

describe('a checkpoint of a search', () => {
  it('takes alpha, the optimizer and the sums back', async () => {
    const { job, session } = await searchJob({ proposals: 2 });
    const saved = structuredClone(job.save());
    await job.weightsStep(at);
    await job.alphaStep({ ...at, kind: 'local' });
    const after = structuredClone(job.save());
    expect(after).not.toEqual(saved);

    job.restore(structuredClone(saved));
    expect(job.save()).toEqual(saved);
    expect(session.totals).toEqual(emptyTotals());
    await job.weightsStep(at);
    await job.alphaStep({ ...at, kind: 'local' });
    expect(job.save()).toEqual(after);
  });

  it('is null before there is one', async () => {
    const { job } = await searchJob();
    expect(job.newestState(0)).toBeNull();
    expect(() => job.newestState(1)).toThrow('holds no checkpoint');
  });
});

describe('the finish', () => {
  it('writes the cells of the final alpha and the accuracy on all three splits', async () => {
    const { job, session, folder, pool } = await searchJob();
    const done = await job.finish(new AbortController().signal);
    expect(done).toMatchObject({
      event: 'done',
      alphaDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      searchAccuracy: { train: 0.5, validation: 0.5, test: 0.5 },
      searchPictures: { train: 8, validation: 8, test: 8 },
      run: folder.path,
    });
    const splits = pool.measured.map(({ key }) => key.use === 'evaluation' && key.split);
    expect([...new Set(splits)]).toEqual(['weights', 'alpha', 'test']);
    const written = JSON.parse(readFileSync(folder.genotype, 'utf8'));
    const { valid, degenerate, reasons } = done;
    const normal = { valid: valid.normal, degenerate: degenerate.normal, reason: reasons.normal };
    expect(written).toMatchObject({ ...done, cells: { normal } });
    expect(readFileSync(folder.genotypeText, 'utf8')).toContain('normal=');
    session.metrics.flush();
    expect(readLines(folder.metrics)).toEqual([done]);
  });

  it('limits the skip connections of the normal cell', async () => {
    const { job, session } = await searchJob({ method: 'darts', space: 's2', maxSkips: 1 });
    const { position } = session.optimizer;
    for (const i of position.keys()) position[i] = i % 2 === 0 ? 1 : -1;
    const { normal, reduce } = (await job.finish(new AbortController().signal)).genotype;
    expect([countSkips(normal), countSkips(reduce)]).toEqual([1, 4]);
  });

  it('has a digest that tells alphas apart by their last bit', async () => {
    const digestAfter = async (change: number) => {
      const { job, session } = await searchJob();
      const { position } = session.optimizer;
      const { optimizer, totals } = job.save();
      job.restore({ totals, optimizer: { ...optimizer, position: position.with(0, (position[0] ?? 0) + change) } });
      return (await job.finish(new AbortController().signal)).alphaDigest;
    };
    expect(await digestAfter(0)).toBe(await digestAfter(0));
    expect(await digestAfter(2 ** -50)).not.toBe(await digestAfter(0));
  });

  it('writes nothing if it is paused', async () => {
    const { job, folder } = await searchJob();
    await expect(job.finish(AbortSignal.abort())).rejects.toThrow('aborted');
    expect(existsSync(folder.genotype)).toBe(false);
  });
});

describe('a search that stops', () => {
  /** Alphas of which the normal cell takes skip connections alone. */
  const skipping = { method: 'darts-plus', space: 's2' } as const;

  it('by skips ends with the cells of the epoch, and says so', async () => {
    const { job, session, folder } = await searchJob(skipping);
    const { position } = session.optimizer;
    for (const i of position.keys()) position[i] = i % 2 === 0 ? 1 : -1;
    expect(await job.endOfEpoch(stepInput({}, 0, 6))).toBe('end');
    const saved = structuredClone(job.save());
    session.watch = NEW_WATCH;
    job.restore(saved);
    const done = await job.finish(new AbortController().signal);
    expect(done.stopped).toEqual({ by: 'skips', epoch: 1, cellsOf: 1 });
    expect(JSON.parse(readFileSync(folder.genotype, 'utf8')).stopped).toEqual(done.stopped);
  });

  it('goes on below the limit, and to its last epoch', async () => {
    const { job, session } = await searchJob({ ...skipping, stopSkips: 5 });
    const { position } = session.optimizer;
    for (const i of position.keys()) position[i] = i % 2 === 0 ? 1 : -1;
    expect(await job.endOfEpoch(stepInput({}, 0, 6))).toBe('next');
    expect((await job.finish(new AbortController().signal)).stopped).toBeUndefined();
  });

  it('by the eigenvalue takes the alpha of the credited epoch', async () => {
    const digests: string[] = [];
    let curvature = 1;
    // sum of m^2 over mixing weights m, times a curvature that grows from epoch to epoch
    const gradients: SupernetAnswers['gradients'] = ({ mixing: { normal, reduce } }) => {
      const gradient = { normal: normal.map((m) => curvature * m), reduce: reduce.map((m) => curvature * m) };
      return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient };
    };
    const { job, session } = await searchJob({ method: 'darts-es', epochs: 15 }, { supernet: { gradients } });
    let epoch = 0;
    for (let after = 'next'; after === 'next'; epoch++) {
      session.optimizer.position[0] = epoch;
      digests.push((await job.finish(new AbortController().signal)).alphaDigest);
      after = await job.endOfEpoch(stepInput({ epochs: 15 }, epoch, 6));
      curvature *= 1.5;
    }
    const { stopped, alphaDigest } = await job.finish(new AbortController().signal);
    expect(stopped).toEqual({ by: 'eigenvalue', epoch: 10, cellsOf: 4 });
    expect(epoch).toBe(10);
    expect(digests.indexOf(alphaDigest)).toBe(3);
  });

  it('goes by the state of the supernet and the auxiliary skip of its last epoch', async () => {
    const { job, session, pool } = await searchJob({ method: 'darts-', space: 's2', stopSkips: 2 });
    const alpha = session.optimizer.position.map(() => 1);
    session.watch = { ...NEW_WATCH, stopped: { stop: { by: 'skips', epoch: 2, cellsOf: 2 }, alpha } };
    const { alphaDigest } = await job.finish(new AbortController().signal);
    const { normal, reduce } = session.objective.mixing(session.optimizer.position, 1 / 3);
    expect(pool.measured[0]?.mixing).toEqual({ normal, reduce });
    session.watch = NEW_WATCH;
    expect((await job.finish(new AbortController().signal)).alphaDigest).not.toBe(alphaDigest);
  });
});
