import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppendLog } from '../../src/record/append-file.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { CheckpointError, listCheckpoints, readCheckpoint, writeCheckpoint } from '../../src/record/checkpoint-file.ts';
import {
  createRunFolder,
  lockFolder,
  makeFolder,
  openRunFolder,
  RUN_VERSION,
  RunFolderError,
} from '../../src/record/run-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeFileAtomically', () => {
  it('replaces the whole file and leaves nothing else', () => {
    const path = join(folder, 'f');
    writeFileAtomically(path, 'a much longer first version');
    writeFileAtomically(path, Buffer.from('second'));
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['f']);
  });

  it('keeps the old file where the new one cannot be put in place', () => {
    const path = join(folder, 'missing', 'f');
    expect(() => writeFileAtomically(path, 'x')).toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('checkpoint files', () => {
  it('come back as they were, the newest two', () => {
    for (const step of [5, 50, 1000, 7]) writeCheckpoint(folder, step, Buffer.from(`state ${step}`));
    const paths = listCheckpoints(folder);
    expect(paths.map((p) => Buffer.from(readCheckpoint(p)).toString())).toEqual(['state 50', 'state 1000']);
  });

  it('are refused where any byte is missing or changed', () => {
    const path = writeCheckpoint(folder, 1, Buffer.from('some state of a search'));
    const whole = readFileSync(path);
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.boolean(), (at, cut) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] as number) ^ 1;
        writeFileSync(path, cut ? whole.subarray(0, at) : damaged);
        expect(() => readCheckpoint(path)).toThrow(CheckpointError);
      }),
    );
  });

  it('are none where there is no folder, which the first one makes', () => {
    const missing = join(folder, 'missing');
    expect(listCheckpoints(missing)).toEqual([]);
    writeCheckpoint(missing, 1, Buffer.from('state'));
    expect(listCheckpoints(missing)).toHaveLength(1);
  });

  it('say so when they are another program’s', () => {
    const path = join(folder, 'x.checkpoint');
    writeFileSync(path, 'PK\u0003\u0004 a zip archive');
    expect(() => readCheckpoint(path)).toThrow('is not a checkpoint of this program');
  });
});

describe('AppendLog', () => {
  const read = (path: string): unknown[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  it('goes on at the end of a file, and takes lines back', () => {
    const path = join(folder, 'log.jsonl');
    const log = new AppendLog(path);
    log.append({ i: 1, text: 'naïve' });
    const length = log.sync();
    log.append({ i: 2 });
    log.close();
    expect(read(path)).toHaveLength(2);
    const again = new AppendLog(path);
    again.append({ i: 3 }); // not yet written when it is taken back
    again.rewind(length);
    again.append({ i: 4 });
    again.close();
    expect(read(path)).toEqual([{ i: 1, text: 'naïve' }, { i: 4 }]);
  });

  it('drops a last line that a crash cut, when it rewinds', () => {
    const path = join(folder, 'log.jsonl');
    const log = new AppendLog(path);
    log.append({ i: 1 });
    const length = log.sync();
    log.close();
    appendFileSync(path, '{"i":2,"lo');
    const again = new AppendLog(path);
    again.rewind(length);
    again.append({ i: 2 });
    again.close();
    expect(read(path)).toEqual([{ i: 1 }, { i: 2 }]);
  });

  it('goes on with its whole lines where it is shorter than it should be, and says what is missing', () => {
    const path = join(folder, 'log.jsonl');
    const log = new AppendLog(path);
    for (let i = 1; i <= 3; i++) log.append({ i });
    const length = log.sync();
    log.close();
    truncateSync(path, length - 3);
    const again = new AppendLog(path);
    expect(again.rewind(length)).toBe('{"i":3}\n'.length);
    again.append({ i: 4 });
    again.close();
    expect(read(path)).toEqual([{ i: 1 }, { i: 2 }, { i: 4 }]);
  });
});

describe('run folders', () => {
  it('are created with their configuration, and opened again', () => {
    const path = join(folder, 'run');
    const created = createRunFolder(path, { options: { seed: 3 }, node: 'v24' });
    const { folder: opened, config } = openRunFolder(path);
    expect({ folder: opened, config }).toEqual({ folder: created.folder, config: created.config });
    expect(config).toEqual({ runVersion: RUN_VERSION, options: { seed: 3 }, node: 'v24' });
  });

  it('are not created over anything', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => createRunFolder(folder, { options: {} })).toThrow(RunFolderError);
    expect(() => createRunFolder(join(folder, 'file'), { options: {} })).toThrow('choose another');
  });

  it('are made with their parents, and refused where there can be none', () => {
    makeFolder(join(folder, 'a', 'b', '..', 'c'));
    expect(readdirSync(join(folder, 'a'))).toEqual(['c']);
    makeFolder(join(folder, 'a', 'c'));
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    for (const [path, why] of [
      [join(folder, 'file'), 'a file is in the way'],
      [join(folder, 'file', 'x'), 'a file is in the way'],
      [join(folder, 'link'), 'a link leads nowhere'],
      [join(folder, 'link', 'x'), 'a link leads nowhere'],
    ] as const) {
      expect(() => makeFolder(path)).toThrow(new RunFolderError(`${path} cannot be a folder: ${why}`));
    }
  });

  it.runIf(process.platform === 'linux')('are refused at once where the system makes none', () => {
    const path = '/proc/lesslocal-test/run';
    expect(() => makeFolder(path)).toThrow(
      new RunFolderError(`${path} cannot be a folder: the system makes no folders there`),
    );
  });

  it('are not opened where there is none, or one of another version or job', () => {
    expect(() => openRunFolder(join(folder, 'none'))).toThrow('holds no run');
    writeFileSync(join(folder, 'config.json'), '{"runVersion": 999}');
    expect(() => openRunFolder(folder)).toThrow(`version 999, and this program reads version ${RUN_VERSION}`);
    writeFileSync(join(folder, 'config.json'), `{"runVersion": ${RUN_VERSION}}`);
    expect(openRunFolder(folder, 'search').config).toEqual({ runVersion: RUN_VERSION });
    expect(() => openRunFolder(folder, 'retraining')).toThrow('holds a search, not a retraining');
    writeFileSync(join(folder, 'config.json'), `{"runVersion": ${RUN_VERSION}, "job": "retraining"}`);
    expect(() => openRunFolder(folder, 'search')).toThrow('holds a retraining, not a search');
    for (const damaged of ['{"runVer', 'null', '3', '[]']) {
      writeFileSync(join(folder, 'config.json'), damaged);
      expect(() => openRunFolder(folder), damaged).toThrow(RunFolderError);
    }
  });
});

describe('the lock of a run folder', () => {
  const owner = (changes: object): string => JSON.stringify({ pid: process.pid, host: hostname(), ...changes });

  it('is held by one at a time', () => {
    const { folder: run, unlock } = createRunFolder(join(folder, 'run'), { options: {} });
    expect(() => lockFolder(run)).toThrow(RunFolderError);
    expect(() => lockFolder(run)).toThrow(`in use by process ${process.pid} on ${hostname()}`);
    unlock();
    lockFolder(run)();
    expect(existsSync(run.lock)).toBe(false);
  });

  it.each([
    ['a process that has ended', owner({ pid: spawnSync(process.execPath, ['--version']).pid, started: null })],
    ['a power cut', ''],
    ...(process.platform === 'linux'
      ? [['a process whose number belongs to another one now', owner({ started: '1' })]]
      : []),
  ])('is taken over from %s', (_, left) => {
    const { folder: run, unlock } = createRunFolder(join(folder, 'run'), { options: {} });
    unlock();
    writeFileSync(run.lock, left as string);
    const unlockAgain = lockFolder(run);
    expect(JSON.parse(readFileSync(run.lock, 'utf8'))).toMatchObject({ pid: process.pid });
    unlockAgain();
    expect(readdirSync(run.path).toSorted()).toEqual(['checkpoints', 'config.json']);
  });

  it('of another machine stands', () => {
    const { folder: run, unlock } = createRunFolder(join(folder, 'run'), { options: {} });
    unlock();
    writeFileSync(run.lock, owner({ host: 'elsewhere', pid: 1 }));
    expect(() => lockFolder(run)).toThrow('in use by process 1 on elsewhere');
  });
});
