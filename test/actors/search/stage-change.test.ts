import { describe, expect, it } from 'vitest';
import type { SupernetSettings } from '../../../actors/messages.ts';
import { measureEpochNoise } from '../../../actors/search/noise.ts';
import { createSearchJob } from '../../../actors/search/search-job.ts';
import { changeStage } from '../../../actors/search/stage-change.ts';
import { stepAlpha } from '../../../actors/search/steps.ts';
import { SupernetLostError } from '../../../actors/supernet/supernet.ts';
import type { NetworkState } from '../../../src/engine/engine.ts';
import { initialWeights } from '../../../src/network/initial-weights.ts';
import { buildSupernet, type SupernetOptions } from '../../../src/network/supernet.ts';
import { type AlphaLine, readAlphaBefore } from '../../../src/record/alpha-file.ts';
import { readAlphas } from '../../../src/record/read-run.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { keepLargest } from '../../../src/search/stages.ts';
import { FAKE_ENGINE } from '../../support/fake-supernet.ts';
import { type MadeUp, madeUpSearch, readLines, stepInput } from '../../support/made-up-session.ts';

/** A search in stages of 2 and 3 epochs over fake supernets, and what they were given. */
async function stagedSearch(input: SearchOptionsInput = {}, supernet: MadeUp['supernet'] = {}) {
  const opened: SupernetSettings['network'][] = [];
  const restored: NetworkState[] = [];
  const saved = { weights: {}, velocity: {}, statistics: {} };
  const search = await madeUpSearch(
    { method: 'drnas', epochs: 5, noiseBatches: 0, ...input },
    {
      supernet: {
        open(settings) {
          opened.push(settings.network);
          return FAKE_ENGINE;
        },
        save: () => saved,
        restore(state) {
          restored.push(state);
          return null;
        },
        ...supernet,
      },
    },
  );
  const [first, second] = search.session.setup.stages.map(({ network }) => network) as [
    SupernetOptions,
    SupernetOptions,
  ];
  Object.assign(saved, { weights: initialWeights(buildSupernet(first), 1) });
  return { ...search, job: createSearchJob(search.session, () => undefined), opened, restored, first, second };
}

const plan = { epochs: 5, stepMode: 'local', stageStarts: [0, 2] } as const;

describe('the end of the first stage', () => {
  it('prunes alpha, and replaces the supernet by a wider one with its weights', async () => {
    const { job, session, supernets, opened, restored, second } = await stagedSearch();
    await job.endOfEpoch(stepInput(plan, 0, 6));
    expect([session.kept, supernets.length]).toEqual([null, 1]);

    const before = session.optimizer.position.slice();
    const moments = structuredClone(session.optimizer.save().local);
    await job.endOfEpoch(stepInput(plan, 1, 6));
    const kept = keepLargest(before, 7, 4);
    expect(session.kept).toEqual(kept);
    expect(session.optimizer.position).toEqual(before.map((entry, i) => (kept[i] === 1 ? entry : 0)));
    expect(session.optimizer.save().local).toEqual(moments);
    expect(supernets.map(({ stopped }) => stopped)).toEqual([true, false]);
    expect(opened.at(-1)).toEqual(second);
    const widths = buildSupernet(second).weights.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b)]);
    expect(Object.entries(restored[0]?.weights ?? {}).map(([name, { length }]) => [name, length])).toEqual(widths);

    await job.endOfEpoch(stepInput(plan, 2, 6));
    expect([session.kept, supernets.length]).toEqual([kept, 2]);
  });

  it('changes the mixing weights of all steps, and of the noise that is measured', async () => {
    const seen: number[] = [];
    const { job, session, pool } = await stagedSearch(
      { noiseBatches: 2 },
      {
        mixingGradient({ mixing }) {
          seen.push(mixing.normal.filter((entry) => entry !== 0).length);
          return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient: mixing };
        },
      },
    );
    const step = (epoch: number) => stepAlpha(session, { ...stepInput(plan, epoch, 0), kind: 'local' });
    await step(1);
    await job.endOfEpoch(stepInput(plan, 1, 6));
    await step(2);
    // Five edges of seven operations and the bypass; then of four operations, and no bypass.
    expect(seen).toEqual([40, 20]);
    expect(pool.evaluated.every(({ stage }) => stage === undefined)).toBe(true);
    await measureEpochNoise(session, stepInput(plan, 2, 6));
    const { stage, proposals } = pool.evaluated.at(-1)!;
    expect(stage).toEqual({ partialChannels: 1, kept: session.kept });
    expect(proposals.every(({ coordinate }) => session.kept?.[coordinate] === 1)).toBe(true);
  });

  it('keeps the supernet if it has as many channels', async () => {
    const { session, supernets } = await stagedSearch({ partialChannels: 2, partialChannelsEnd: 2 });
    await changeStage(session);
    expect(session.kept?.filter((kept) => kept === 1)).toHaveLength(40);
    expect(supernets).toHaveLength(1);
  });

  it('leaves the first stage as it was if a supernet is lost', async () => {
    const lost = () => {
      throw new SupernetLostError('gone');
    };
    const { job, session, opened, first } = await stagedSearch({}, { restore: lost });
    const before = structuredClone(job.save());
    await expect(changeStage(session)).rejects.toThrow(SupernetLostError);
    expect(job.save()).toEqual(before);
    // What the run then does: it goes back to the supernet of its checkpoint.
    await session.openSupernet(job.networkOf?.(before));
    expect(opened.at(-1)).toEqual(first);
  });
});

describe('a checkpoint of a search in stages', () => {
  it('tells the stage: its network, and the columns that stay', async () => {
    const { job, session, first, second } = await stagedSearch();
    const before = structuredClone(job.save());
    await changeStage(session);
    const after = structuredClone(job.save());
    expect([before, null].map((state) => job.networkOf?.(state))).toEqual([first, first]);
    expect(job.networkOf?.(after)).toEqual(second);
    expect(before).not.toHaveProperty('kept');
    job.restore(before);
    expect([session.kept, session.stage]).toEqual([null, undefined]);
    job.restore(after);
    expect(job.save()).toEqual(after);
    expect(session.stage).toEqual({ partialChannels: 1, kept: after.kept });
    expect(() => job.restore({ ...after, kept: Uint8Array.of(1) })).toThrow('for 70 coordinates, got 1');
  });
});

it('records no alpha of what was pruned', async () => {
  const { job, session, folder } = await stagedSearch();
  await job.endOfEpoch(stepInput(plan, 1, 6));
  await stepAlpha(session, { ...stepInput(plan, 2, 0), kind: 'local' });
  await job.endOfEpoch(stepInput(plan, 2, 6));
  const isPruned = Array.from(session.kept as Uint8Array, (kept) => kept === 0);
  // Epoch 2 ends before alpha is pruned.
  const [whole, pruned] = readAlphas(folder.path, []).map(({ normal, reduce }) => [...normal, ...reduce]);
  expect(whole?.every(Number.isFinite)).toBe(true);
  expect(pruned?.map((entry) => entry === Number.NEGATIVE_INFINITY)).toEqual(isPruned);
  const written = readLines<AlphaLine>(folder.alpha).at(-1);
  expect([...(written?.normal ?? []), ...(written?.reduce ?? [])].map((entry) => entry === null)).toEqual(isPruned);
  const exact = readAlphaBefore(folder.alphaSteps, 70, 12);
  expect(Array.from(exact ?? [], (entry) => !Number.isFinite(entry))).toEqual(isPruned);
});
