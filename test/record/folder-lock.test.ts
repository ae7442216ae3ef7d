import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { awaitFolder, lockFolder } from '../../src/record/folder-lock.ts';
import { RunFolderError } from '../../src/record/run-folder-error.ts';
import { type HeldLock, type Lock, takeLock } from '../../src/record/run-lock.ts';

let path: string;
let lock: string;
const names = (): string[] => readdirSync(path).toSorted();
const own = { pid: process.pid, host: hostname() };
const owner = (changes: object): string => JSON.stringify({ ...own, ...changes });
const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;
const elsewhere = (beats = 0): string => owner({ host: 'elsewhere', pid: 1, beats, state: 'held' });

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  path = folder;
  lock = join(path, 'run.lock');
});

describe('the lock of a folder', () => {
  it('is held by one at a time, and each later holder has a higher number', () => {
    const first = lockFolder({ path, lock });
    expect(() => lockFolder({ path, lock })).toThrow(RunFolderError);
    expect(() => lockFolder({ path, lock })).toThrow(
      `in use by process ${process.pid} on ${hostname()}; remove ${lock}.1 if this is wrong`,
    );
    first.check();
    first.unlock();
    const second = lockFolder({ path, lock });
    expect([first.incarnation, second.incarnation, names()]).toEqual([1, 2, ['run.lock.2']]);
    second.unlock();
    expect(names()).toEqual(['run.lock.2']);
    expect(lockFolder({ path, lock }, 10).incarnation).toBe(11);
  });

  it.each([
    ['run.lock', () => owner({ pid: deadPid(), started: null })],
    ['run.lock', () => ''],
    ['run.lock', () => '[]'],
    ['run.lock', () => '5'],
    ['run.lock', () => owner({ pid: -1 })],
    ['run.lock', () => owner({ pid: 0 })],
    ['run.lock.4', () => owner({ pid: deadPid(), state: 'held' })],
    ...(process.platform === 'linux'
      ? ([
          ['run.lock', () => owner({ started: '1' })],
          ['run.lock.4', () => owner({ started: '1', state: 'held' })],
        ] as const)
      : []),
  ] as const)('is taken over from %s of a dead process or none (%#)', (name, left) => {
    writeFileSync(join(path, name), left());
    const { incarnation, unlock } = lockFolder({ path, lock });
    expect(names()).toEqual([name === 'run.lock' ? 'run.lock.1' : 'run.lock.5']);
    expect(JSON.parse(readFileSync(`${lock}.${incarnation}`, 'utf8'))).toMatchObject({ ...own, state: 'held' });
    unlock();
    expect(JSON.parse(readFileSync(`${lock}.${incarnation}`, 'utf8'))).toMatchObject({ ...own, state: 'free' });
  });

  it('of a live process of an older version counts, beside numbers too', () => {
    lockFolder({ path, lock }).unlock();
    writeFileSync(lock, owner({ pid: process.ppid, started: undefined }));
    if (process.platform === 'linux') {
      const started = readFileSync(`/proc/${process.ppid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[19];
      writeFileSync(lock, owner({ pid: process.ppid, started }));
    }
    expect(() => lockFolder({ path, lock })).toThrow(`in use by process ${process.ppid} on`);
  });

  it('that leads nowhere, or is a folder, ends in no loop', async () => {
    symlinkSync(join(path, 'nowhere'), lock);
    lockFolder({ path, lock }).unlock();
    expect(names()).toEqual(['run.lock.1']);
    symlinkSync(join(path, 'nowhere'), `${lock}.2`);
    expect(() => lockFolder({ path, lock })).toThrow('in use by an unknown process');
    (await awaitFolder({ path, lock }, { pause: async () => undefined })).unlock();
    mkdirSync(`${lock}.4`);
    (await awaitFolder({ path, lock }, { pause: async () => undefined })).unlock();
    expect(names()).toEqual(['run.lock.5']);
  });

  it('is lost to a higher number, and with the folder', () => {
    const { check, unlock } = lockFolder({ path, lock });
    writeFileSync(`${lock}.2`, elsewhere());
    expect(check).toThrow(RunFolderError);
    expect(check).toThrow(`${path} was taken over by another process, or its lock was removed while`);
    rmSync(`${lock}.2`);
    check();
    rmSync(path, { recursive: true });
    expect(check).toThrow(`${path} was removed while this process worked in it: nothing more is written there`);
    unlock();
  });

  it.each([
    ['without links', 'EPERM', 1],
    ['whose answer that a link was made is lost', 'EEXIST', 1],
  ])('is taken on a file system %s', (_, code, number) => {
    const link = (from: string, to: string): never => {
      if (code === 'EEXIST') writeFileSync(to, readFileSync(from));
      throw Object.assign(new Error(code), { code });
    };
    const taken = takeLock(lock, { link }) as Lock;
    expect([taken.number, taken.isHeld(), names()]).toEqual([number, true, ['run.lock.1']]);
    expect(takeLock(lock, { link })).toMatchObject({ lives: true });
    taken.release();
  });

  it('is not taken by a process that was so slow that others came and went', () => {
    writeFileSync(`${lock}.3`, owner({ state: 'free' }));
    let slow = true;
    const link = (from: string, to: string): void => {
      if (slow) {
        slow = false;
        for (let i = 0; i < 3; i++) (takeLock(lock) as Lock).release();
        expect(names().filter((name) => name.startsWith('run.lock.') && !name.endsWith('.tmp'))).toEqual([
          'run.lock.6',
        ]);
      }
      writeFileSync(to, readFileSync(from), { flag: 'wx' });
    };
    const taken = takeLock(lock, { link }) as Lock;
    expect([taken.number, names()]).toEqual([7, ['run.lock.7']]);
    taken.release();
  });

  it('never has two holders among eight that want it at once', async () => {
    const COMING = 0;
    const GO = 1;
    const HOLDERS = 2;
    const DONE = 3;
    const THREADS = 8;
    const ROUNDS = 40;
    const shared = new Int32Array(new SharedArrayBuffer(16));
    const module = JSON.stringify(new URL('../../src/record/run-lock.ts', import.meta.url).href);
    const contender = `
      const { parentPort, workerData: { shared, lock } } = require('node:worker_threads');
      import(${module}).then(({ takeLock }) => {
        let taken = null;
        parentPort.on('message', (round) => {
          if (round < 0) { taken?.release?.(); taken = null; Atomics.add(shared, ${DONE}, 1); parentPort.postMessage(0); return; }
          Atomics.add(shared, ${COMING}, 1);
          while (Atomics.load(shared, ${GO}) !== round);
          taken = takeLock(lock);
          if ('release' in taken) Atomics.add(shared, ${HOLDERS}, 1);
          parentPort.postMessage(0);
        });
        parentPort.postMessage(0);
      });`;
    const threads = Array.from({ length: THREADS }, () => {
      return new Worker(contender, { eval: true, workerData: { shared, lock } });
    });
    onTestFinished(async () => {
      await Promise.all(threads.map((thread) => thread.terminate()));
    });
    const answers = (): Promise<unknown> =>
      Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('message', resolve))));
    await answers();
    for (let round = 1; round <= ROUNDS; round++) {
      for (const name of names()) rmSync(join(path, name));
      // Without a lock, with a dead process's, with an older version's, and with one that was given back.
      const left = [null, 'held', 'older', 'free'][round % 4];
      if (left === 'older') writeFileSync(lock, '');
      else if (left) writeFileSync(`${lock}.5`, owner({ pid: 2 ** 30, state: left }));
      for (const index of [COMING, HOLDERS]) Atomics.store(shared, index, 0);
      const all = answers();
      for (const thread of threads) thread.postMessage(round);
      Atomics.store(shared, GO, round);
      await all;
      expect([round, Atomics.load(shared, HOLDERS)]).toEqual([round, 1]);
      const given = answers();
      for (const thread of threads) thread.postMessage(-1);
      await given;
    }
  });
});

describe('the lock of another machine', () => {
  it('is taken over once it showed no sign of life for three minutes', async () => {
    writeFileSync(`${lock}.3`, elsewhere());
    const told: string[] = [];
    let looks = 0;
    const pause = async (): Promise<void> => {
      looks++;
    };
    const { incarnation, unlock } = await awaitFolder({ path, lock }, { pause, tell: (line) => told.push(line) });
    expect([incarnation, looks, names()]).toEqual([4, 36, ['run.lock.4']]);
    expect(told).toEqual([
      `${path} was in use by process 1 on elsewhere: waiting up to 3 minutes for a sign of its life`,
    ]);
    unlock();
  });

  it('stands once it shows one', async () => {
    writeFileSync(`${lock}.3`, elsewhere());
    let looks = 0;
    const pause = async (): Promise<void> => {
      if (++looks === 36) writeFileSync(`${lock}.3`, elsewhere(1));
    };
    await expect(awaitFolder({ path, lock }, { pause })).rejects.toThrow('in use by process 1 on elsewhere');
    expect(names()).toEqual(['run.lock.3']);
  });

  it('is taken at once if it is given back in the meantime', async () => {
    writeFileSync(`${lock}.3`, elsewhere());
    const pause = async (): Promise<void> => writeFileSync(`${lock}.3`, owner({ host: 'elsewhere', state: 'free' }));
    (await awaitFolder({ path, lock }, { pause })).unlock();
    expect(names()).toEqual(['run.lock.4']);
  });

  it('of an older version shows no signs of life, and stands', async () => {
    writeFileSync(lock, owner({ host: 'elsewhere', pid: 1 }));
    await expect(awaitFolder({ path, lock }, {})).rejects.toThrow(
      `in use by process 1 on elsewhere; remove ${lock} if this is wrong`,
    );
  });

  it('is waited for until the waiting is ended', async () => {
    writeFileSync(`${lock}.3`, elsewhere());
    const ended = new AbortController();
    const waiting = awaitFolder({ path, lock }, { signal: ended.signal, tell: () => ended.abort(new Error('enough')) });
    await expect(waiting).rejects.toThrow('enough');
  });

  it('is taken over by one of two that found it dead, and by none after a sign of life', () => {
    writeFileSync(`${lock}.3`, elsewhere());
    const dead = takeLock(lock) as HeldLock;
    writeFileSync(`${lock}.3`, elsewhere(1));
    expect(takeLock(lock, { dead })).toMatchObject({ heldBy: 'process 1 on elsewhere' });
    const late = takeLock(lock) as HeldLock;
    const first = takeLock(lock, { dead: late }) as Lock;
    expect(first.number).toBe(4);
    expect(takeLock(lock, { dead: late })).toMatchObject({ number: 4, lives: true });
    first.release();
  });
});
