import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppendLog } from '../../src/record/append-file.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import {
  CheckpointError,
  listCheckpoints,
  newestCheckpointName,
  readCheckpoint,
  writeCheckpoint,
} from '../../src/record/checkpoint-file.ts';
import {
  createRunFolder,
  holdRunFolder,
  makeFolder,
  openRunFolder,
  RUN_VERSION,
  RunFolderError,
  runFiles,
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

  it('stay as long as they are spared', () => {
    const names = () => listCheckpoints(folder).map((path) => basename(path).replace(/^0+/, ''));
    for (const step of [1, 2, 3, 4]) writeCheckpoint(folder, step, Buffer.from('state'), [1]);
    expect(names()).toEqual(['1.checkpoint', '3.checkpoint', '4.checkpoint']);
    for (const step of [5, 6]) writeCheckpoint(folder, step, Buffer.from('state'), [3]);
    expect(names()).toEqual(['3.checkpoint', '5.checkpoint', '6.checkpoint']);
    writeCheckpoint(folder, 7, Buffer.from('state'));
    expect(names()).toEqual(['6.checkpoint', '7.checkpoint']);
  });

  it('are ordered by the lock of their writers, then by iteration; other names are none', () => {
    writeCheckpoint(folder, 160, Buffer.from('older version'));
    writeCheckpoint(folder, { step: 100, incarnation: 2 }, Buffer.from('taken over'));
    writeFileSync(join(folder, 'backup.checkpoint'), '');
    writeFileSync(join(folder, '000000200.checkpoint.5.tmp'), '');
    expect(listCheckpoints(folder).map((p) => basename(p))).toEqual(['000000160.checkpoint', '000000100.2.checkpoint']);
    expect(newestCheckpointName(folder)).toEqual({ step: 100, incarnation: 2 });
    writeCheckpoint(folder, { step: 180, incarnation: 1 }, Buffer.from('a loser’s'));
    expect(newestCheckpointName(folder)).toEqual({ step: 100, incarnation: 2 });
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

  it.runIf(process.platform !== 'win32')('is no longer written by whoever had it open when it is taken over', () => {
    const path = join(folder, 'log.jsonl');
    const loser = new AppendLog(path);
    loser.append({ i: 1 });
    const length = loser.sync();
    loser.append({ i: 2 });
    loser.sync();
    const taker = new AppendLog(path);
    taker.rewind(length);
    loser.append({ i: 3 });
    loser.flush();
    taker.append({ i: 2, by: 'taker' });
    taker.close();
    loser.append({ i: 4 });
    loser.close();
    expect(read(path)).toEqual([{ i: 1 }, { i: 2, by: 'taker' }]);
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
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
    expect({ folder: opened, config }).toEqual({ folder: runFiles(path), config: created.config });
    expect(created.folder).toMatchObject(opened);
    expect(config).toEqual({ runVersion: RUN_VERSION, options: { seed: 3 }, node: 'v24' });
  });

  it('are not created over anything', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => createRunFolder(folder, { options: {} })).toThrow(RunFolderError);
    expect(() => createRunFolder(join(folder, 'file'), { options: {} })).toThrow('choose another');
  });

  it('take what a process left that was killed before it wrote its record', () => {
    const path = join(folder, 'run');
    mkdirSync(join(path, 'checkpoints'), { recursive: true });
    for (const left of ['run.lock', 'config.json.999999999.tmp', 'run.lock.0123abcd.999999999.tmp']) {
      writeFileSync(join(path, left), '');
    }
    createRunFolder(path, { options: {} }).unlock();
    expect(readdirSync(path).toSorted()).toEqual(['checkpoints', 'config.json', 'run.lock.1']);
    expect(() => createRunFolder(path, { options: {} })).toThrow('is not empty');
  });

  it.each(['checkpoints/000000001.checkpoint', 'checkpoints/note', 'metrics.jsonl', 'run.locks', 'config.json.tmp'])(
    'are not created over %s',
    (left) => {
      const path = join(folder, 'run');
      mkdirSync(join(path, 'checkpoints'), { recursive: true });
      writeFileSync(join(path, left), '');
      expect(() => createRunFolder(path, { options: {} })).toThrow('is not empty');
      expect(existsSync(join(path, left))).toBe(true);
    },
  );

  it('are swept of what dead processes were writing, and of nothing else, when a process holds them', async () => {
    const { folder: run, unlock } = createRunFolder(join(folder, 'run'), { options: {} });
    unlock();
    const parent = process.ppid;
    for (const dead of ['metrics.jsonl.999999999.tmp', 'config.json.999999999.tmp']) {
      writeFileSync(join(run.path, dead), '');
    }
    writeFileSync(join(run.checkpoints, '000000001.2.checkpoint.999999999.tmp'), '');
    const kept = [`report.html.${parent}.tmp`, 'mine.999999999.tmp', 'config.json.tmp', 'notes.tmp'];
    for (const name of kept) writeFileSync(join(run.path, name), '');
    (await holdRunFolder(run, {})).hold.unlock();
    expect(readdirSync(run.path).toSorted()).toEqual(['checkpoints', 'config.json', 'run.lock.2', ...kept].toSorted());
    expect(readdirSync(run.checkpoints)).toEqual([]);
  });

  it('are held by a number above those of their checkpoints, even if all locks were removed', async () => {
    const { folder: run, unlock } = createRunFolder(join(folder, 'run'), { options: {} });
    unlock();
    writeCheckpoint(run.checkpoints, { step: 3, incarnation: 7 }, Buffer.from('state'));
    rmSync(`${run.lock}.1`);
    const { hold } = await holdRunFolder(run, {});
    expect(hold.incarnation).toBe(8);
    hold.unlock();
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
