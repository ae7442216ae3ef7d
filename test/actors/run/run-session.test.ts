import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SupernetCalls } from '../../../actors/messages.ts';
import { DivergedError } from '../../../actors/run/diverged-error.ts';
import { emptyWeightsTotals } from '../../../actors/run/epoch-sums.ts';
import { RunSession } from '../../../actors/run/run-session.ts';
import { newestRunState, optionsDigest } from '../../../actors/run/run-state.ts';
import { SupernetLostError } from '../../../actors/supernet/supernet.ts';
import { startAlternation } from '../../../src/optimize/dscd/alternation.ts';
import { AppendLog } from '../../../src/record/append-file.ts';
import { listCheckpoints } from '../../../src/record/checkpoint-file.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';
import { FakePool } from '../../support/fake-pool.ts';
import { FAKE_ENGINE, networkState } from '../../support/fake-supernet.ts';
import { madeUpFolder, madeUpParts, madeUpRun } from '../../support/made-up-session.ts';

const STATE = {
  optionsDigest: optionsDigest({}),
  progress: { epoch: 0, iteration: 3, alternation: startAlternation() },
  totals: { weights: emptyWeightsTotals() },
};

describe('a session’s supernet', () => {
  it('must be opened first', () => {
    const session = new RunSession(madeUpParts(madeUpFolder()).parts);
    expect(() => session.supernet).toThrow('the supernet has not been opened');
    expect(() => session.miniBatches).toThrow('the supernet has not been opened');
  });

  it('is opened with the settings, and takes the place of the one before', async () => {
    const opened: SupernetCalls['open']['arguments'][] = [];
    const open = (settings: SupernetCalls['open']['arguments']) => {
      opened.push(settings);
      return FAKE_ENGINE;
    };
    const { session, supernets } = await madeUpRun({ supernet: { open } });
    session.stopwatch.steps = 5;
    const first = session.miniBatches;
    expect(await session.openSupernet()).toEqual(FAKE_ENGINE);
    expect(supernets.map(({ stopped }) => stopped)).toEqual([true, false]);
    expect(session.supernet.address).toBe('supernet 1');
    expect(session.miniBatches).not.toBe(first);
    expect(session.stopwatch.steps).toBe(0);
    expect(opened).toHaveLength(2);
    expect(opened[0]).toMatchObject({ batch: 2, seed: 0 });
    const wider = { channels: 4, layers: 3, nodes: 1, primitives: ['skip_connect'], image: 4 } as const;
    await session.openSupernet(wider);
    expect(opened[2]).toEqual({ ...opened[0], network: wider });
  });

  it('explains its own loss', async () => {
    const { session } = await madeUpRun();
    expect((await session.explainLoss(new SupernetLostError('gone'))).message).toBe('gone: its last words');
  });
});

describe('a checkpoint', () => {
  it('holds the network, the lengths of all logs and what is given', async () => {
    const { session, folder } = await madeUpRun({ supernet: { save: () => networkState(2) } });
    session.metrics.append({ a: 1 });
    await session.save(3, STATE);
    const state = newestRunState(folder, {});
    expect(state).toMatchObject({ ...STATE, network: networkState(2) });
    expect(state?.logs).toEqual({ metrics: 8, trace: 0, events: expect.any(Number) });
  });

  it('of spoiled weights is not written', async () => {
    const { session, folder } = await madeUpRun({ supernet: { save: () => networkState(Number.NaN) } });
    const saved = session.save(3, STATE);
    await expect(saved).rejects.toThrow(DivergedError);
    await expect(saved).rejects.toThrow('the network’s weight w holds NaN after iteration 2');
    expect(listCheckpoints(folder.checkpoints)).toEqual([]);
  });

  it('is not written once the folder is gone, or another process has the run', async () => {
    const { session, folder } = await madeUpRun();
    await session.save(3, STATE);
    expect(listCheckpoints(folder.checkpoints).map((path) => basename(path))).toEqual(['000000003.1.checkpoint']);
    writeFileSync(`${folder.lock}.2`, '');
    await expect(session.save(4, STATE)).rejects.toThrow('was taken over by another process');
    expect(listCheckpoints(folder.checkpoints)).toHaveLength(1);
    rmSync(folder.path, { recursive: true });
    await expect(session.save(5, STATE)).rejects.toThrow(RunFolderError);
    expect(existsSync(folder.path)).toBe(false);
  });

  it('takes the network back, and from the logs what came after it', async () => {
    const restored: SupernetCalls['restore']['arguments'][] = [];
    const restore = (state: SupernetCalls['restore']['arguments']) => {
      restored.push(state);
      return null;
    };
    const { session, folder } = await madeUpRun({ supernet: { restore } });
    session.metrics.append({ a: 1 });
    const metrics = session.metrics.flush();
    session.metrics.append({ a: 2 });
    session.metrics.flush();
    session.trace.log.append({ b: 1 });
    session.trace.log.flush();
    // The trace was not known to the checkpoint, so it was empty.
    expect(await session.restore({ network: networkState(), logs: { metrics } })).toEqual([]);
    expect(restored).toEqual([networkState()]);
    expect(readFileSync(folder.metrics, 'utf8')).toBe('{"a":1}\n');
    expect(readFileSync(folder.trace, 'utf8')).toBe('');
  });

  it('says which log has lost lines', async () => {
    const { session, folder } = await madeUpRun();
    session.metrics.append({ a: 1 });
    const metrics = session.metrics.flush();
    truncateSync(folder.metrics, 3);
    const { session: later } = await madeUpRun({ parts: { folder } });
    expect(await later.restore({ network: networkState(), logs: { metrics } })).toEqual([
      'metrics.jsonl lacks 8 bytes that it had at the checkpoint: lines are lost',
    ]);
  });
});

it('a session that begins empties its logs, those of the job too', async () => {
  const alpha = new AppendLog(madeUpFolder().alpha);
  const { session, folder } = await madeUpRun({ parts: { logs: [['alpha', alpha]] } });
  for (const log of [session.metrics, alpha]) {
    log.append({ a: 1 });
    log.flush();
  }
  session.rewind();
  expect([session.metrics.length, alpha.length, readFileSync(folder.metrics, 'utf8')]).toEqual([0, 0, '']);
});

it('a session that closes ends its supernet and its pool, and writes its logs', async () => {
  const { session, supernets, pool, folder } = await madeUpRun();
  session.metrics.append({ a: 1 });
  await session.close();
  expect([supernets[0]?.stopped, pool.closed]).toEqual([true, true]);
  expect(readFileSync(folder.metrics, 'utf8')).toBe('{"a":1}\n');
});

it('a log that cannot be opened leaves no threads behind', () => {
  const folder = madeUpFolder();
  writeFileSync(`${folder.path}/file`, '');
  let opened = false;
  const openPool = () => {
    opened = true;
    return new FakePool();
  };
  const paths = { ...folder, metrics: `${folder.path}/file/metrics.jsonl` };
  const open = () => new RunSession({ ...madeUpParts(paths).parts, openPool });
  expect(open).toThrow('ENOTDIR');
  expect([opened, existsSync(folder.trace)]).toEqual([false, true]);
});
