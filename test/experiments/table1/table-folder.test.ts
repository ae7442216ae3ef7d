import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  checkSameData,
  createTableFolder,
  lockTableFolder,
  openTableFolder,
} from '../../../experiments/table1/table-folder.ts';
import type { Cifar10 } from '../../../src/data/cifar10.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';

const none = new Uint8Array(new SharedArrayBuffer(0));
const NO_PICTURES = { images: none, labels: none, count: 0 };
const DATA: Cifar10 = { train: NO_PICTURES, test: NO_PICTURES, digest: 'abc', source: 'here', official: false };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-table-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the folder of a table', () => {
  it('keeps the plan, and what it was begun with', () => {
    const path = join(temporaryFolder(), 'a', 'table');
    createTableFolder(path, 'table1', { seeds: [3] }, DATA);
    const config = openTableFolder(path, 'table1');
    expect(config).toMatchObject({ table: 'table1', plan: { seeds: [3] }, data: { digest: 'abc', source: 'here' } });
    expect(config).toMatchObject({ versions: { node: process.version }, machine: { cores: expect.any(Number) } });
    checkSameData(path, config, DATA);
    expect(() => checkSameData(path, config, { ...DATA, digest: 'abd' })).toThrow(
      /began with other pictures: digest abc, now abd$/,
    );
  });

  it('is refused where something stands, and where it is another table’s or of another version', () => {
    const path = temporaryFolder();
    createTableFolder(path, 'table1', {}, DATA); // an empty folder will do
    expect(() => createTableFolder(path, 'table1', {}, DATA)).toThrow(/exists and is not empty/);
    expect(() => openTableFolder(path, 'table3')).toThrow(/holds no table3$/);
    expect(() => openTableFolder(join(path, 'none'), 'table1')).toThrow(/holds no table: config.json cannot be read/);
    const file = join(path, 'config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"tableVersion": 1', '"tableVersion": 9'));
    expect(() => openTableFolder(path, 'table1')).toThrow(/a table of version 9, and this program reads version 1$/);
  });

  it('is refused where a file, or a link that leads nowhere, stands in its way', () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'file'), '');
    symlinkSync(join(path, 'nowhere'), join(path, 'link'));
    expect(() => createTableFolder(join(path, 'file', 'table'), 'table1', {}, DATA)).toThrow(/: a file is in the way$/);
    expect(() => createTableFolder(join(path, 'link'), 'table1', {}, DATA)).toThrow(/: a link leads nowhere$/);
  });

  it.each([
    ['null', /holds no table1$/],
    ['{"table": "table1", "tableVersion": 1}', /config\.json is damaged/],
  ])('is refused where its record is %s', (record, said) => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'config.json'), record);
    expect(() => openTableFolder(path, 'table1')).toThrow(RunFolderError);
    expect(() => openTableFolder(path, 'table1')).toThrow(said);
  });

  it('is one process’s at a time', () => {
    const path = temporaryFolder();
    const unlock = lockTableFolder(path);
    expect(() => lockTableFolder(path)).toThrow(
      /is in use by process \d+ on .*; remove .*table\.lock if this is wrong$/,
    );
    unlock();
    lockTableFolder(path)();
  });
});
