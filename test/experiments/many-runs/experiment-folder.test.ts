import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  checkSameData,
  createExperimentFolder,
  lockExperimentFolder,
  openExperimentFolder,
  recordPlan,
} from '../../../experiments/many-runs/experiment-folder.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';
import { madeUpData } from '../../support/made-up-data.ts';

const DATA = { ...madeUpData(0, 0), source: 'here' };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-experiment-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the folder of an experiment', () => {
  it('keeps the plan, and what it was begun with', () => {
    const path = join(temporaryFolder(), 'a', 'experiment');
    createExperimentFolder(path, 'table1', { seeds: [3] }, DATA);
    const config = openExperimentFolder(path, 'table1');
    expect(config).toMatchObject({
      experiment: 'table1',
      plan: { seeds: [3] },
      data: { digest: 'abc', source: 'here' },
    });
    expect(config).toMatchObject({ versions: { node: process.version }, machine: { cores: expect.any(Number) } });
    checkSameData(path, config, DATA);
    expect(() => checkSameData(path, config, { ...DATA, digest: 'abd' })).toThrow(
      /began with other pictures: digest abc, now abd$/,
    );
  });

  it('records a plan that has grown, and leaves all else as it was', () => {
    const path = temporaryFolder();
    createExperimentFolder(path, 'collapse', { seeds: [3] }, DATA);
    const config = openExperimentFolder(path, 'collapse');
    recordPlan(path, config, { seeds: [3], retrain: true });
    expect(openExperimentFolder(path, 'collapse')).toEqual({ ...config, plan: { seeds: [3], retrain: true } });
  });

  it('is refused where something stands, and where it is another experiment’s or of another version', () => {
    const path = temporaryFolder();
    createExperimentFolder(path, 'table1', {}, DATA); // an empty folder will do
    expect(() => createExperimentFolder(path, 'table1', {}, DATA)).toThrow(/exists and is not empty/);
    expect(() => openExperimentFolder(path, 'table3')).toThrow(/holds no table3$/);
    expect(() => openExperimentFolder(join(path, 'none'), 'table1')).toThrow(
      /holds no table1: config.json cannot be read/,
    );
    const file = join(path, 'config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"experimentVersion": 1', '"experimentVersion": 9'));
    expect(() => openExperimentFolder(path, 'table1')).toThrow(
      /a table1 of version 9, and this program reads version 1$/,
    );
  });

  it('is refused where a file, or a link that leads nowhere, stands in its way', () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'file'), '');
    symlinkSync(join(path, 'nowhere'), join(path, 'link'));
    expect(() => createExperimentFolder(join(path, 'file', 'experiment'), 'table1', {}, DATA)).toThrow(
      /: a file is in the way$/,
    );
    expect(() => createExperimentFolder(join(path, 'link'), 'table1', {}, DATA)).toThrow(/: a link leads nowhere$/);
  });

  it.each([
    ['null', /holds no table1$/],
    ['{"experiment": "table1", "experimentVersion": 1}', /config\.json is damaged/],
  ])('is refused where its record is %s', (record, said) => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'config.json'), record);
    expect(() => openExperimentFolder(path, 'table1')).toThrow(RunFolderError);
    expect(() => openExperimentFolder(path, 'table1')).toThrow(said);
  });

  it('is one process’s at a time', async () => {
    const path = temporaryFolder();
    const unlock = await lockExperimentFolder(path);
    await expect(lockExperimentFolder(path)).rejects.toThrow(
      /is in use by process \d+ on .*; remove .*experiment\.lock\.1 if this is wrong$/,
    );
    unlock();
    (await lockExperimentFolder(path))();
  });
});
