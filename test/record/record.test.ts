import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppendLog } from '../../src/record/append-log.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { CheckpointError, listCheckpoints, readCheckpoint, writeCheckpoint } from '../../src/record/checkpoint-file.ts';
import { createRunFolder, openRunFolder, RUN_VERSION, RunFolderError } from '../../src/record/run-folder.ts';

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

  it('refuses to go back to a place it no longer has', () => {
    const path = join(folder, 'log.jsonl');
    const log = new AppendLog(path);
    log.append({ i: 1 });
    const length = log.sync();
    log.close();
    truncateSync(path, 3);
    const again = new AppendLog(path);
    expect(() => again.rewind(length)).toThrow(`a log of 3 bytes cannot go back to ${length}`);
    again.close();
  });
});

describe('run folders', () => {
  it('are created with their configuration, and opened again', () => {
    const path = join(folder, 'run');
    const created = createRunFolder(path, { options: { seed: 3 }, node: 'v24' });
    const { folder: opened, config } = openRunFolder(path);
    expect(opened).toEqual(created);
    expect(config).toEqual({ runVersion: RUN_VERSION, options: { seed: 3 }, node: 'v24' });
  });

  it('are not created over anything', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => createRunFolder(folder, { options: {} })).toThrow(RunFolderError);
    expect(() => createRunFolder(join(folder, 'file'), { options: {} })).toThrow('choose another');
  });

  it('are not opened where there is none, or one of another version', () => {
    expect(() => openRunFolder(join(folder, 'none'))).toThrow('holds no run');
    writeFileSync(join(folder, 'config.json'), '{"runVersion": 999}');
    expect(() => openRunFolder(folder)).toThrow(`version 999, and this program reads version ${RUN_VERSION}`);
    writeFileSync(join(folder, 'config.json'), '{"runVer');
    expect(() => openRunFolder(folder)).toThrow(RunFolderError);
  });
});
