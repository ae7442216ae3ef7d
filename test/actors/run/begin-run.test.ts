import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CoordinatorReport } from '../../../actors/events.ts';
import { beginRun, continueRun, type RunOptions } from '../../../actors/run/begin-run.ts';
import { describeMachine, describeVersions } from '../../../actors/run/describe.ts';
import { SupernetLostError } from '../../../actors/supernet/supernet.ts';
import { DataError } from '../../../src/data/dataset.ts';
import { writeCheckpoint } from '../../../src/record/checkpoint-file.ts';
import { lockFolder } from '../../../src/record/folder-lock.ts';
import { RunFolderError, runFiles } from '../../../src/record/run-folder.ts';
import { madeUpData } from '../../support/made-up-data.ts';
import { madeUpFolder, readLines } from '../../support/made-up-session.ts';

const DATA = madeUpData(1, 1);

/** Path of a folder that does not exist yet. */
const newPath = (): string => join(dirname(madeUpFolder().path), 'new');

/** Begins an empty run and returns its folder. */
async function begun(): Promise<string> {
  return await beginRun(newPath(), 'search', { seed: 1 }, { data: DATA }, async ({ path }) => path);
}

describe('a run that begins', () => {
  it('notes in its record what its result depends on, and unlocks its folder in the end', async () => {
    const facts = { command: 'x' };
    const path = await beginRun(newPath(), 'search', { seed: 1 }, { data: DATA, facts }, async (folder) => {
      expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}`);
      return folder.path;
    });
    lockFolder(runFiles(path)).unlock();
    expect(JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'))).toMatchObject({
      job: 'search',
      options: { seed: 1 },
      versions: describeVersions(),
      machine: describeMachine(),
      data: { digest: 'abc', source: '/data', official: false },
      engine: null,
      command: 'x',
    });
  });

  it('leaves no folder behind if it fails before its first checkpoint', async () => {
    const path = newPath();
    const begin = beginRun(path, 'search', {}, { data: DATA }, () => Promise.reject(new Error('no engine')));
    await expect(begin).rejects.toThrow('no engine');
    expect(existsSync(path)).toBe(false);
  });

  it('leaves its folder if it fails later', async () => {
    const path = newPath();
    const begin = beginRun(path, 'search', {}, { data: DATA }, async ({ checkpoints }) => {
      writeCheckpoint(checkpoints, 0, Buffer.from('state'));
      throw new Error('no disk');
    });
    await expect(begin).rejects.toThrow('no disk');
    expect(existsSync(path)).toBe(true);
  });

  it('takes no folder that holds something', async () => {
    const path = await begun();
    await expect(beginRun(path, 'search', {}, { data: DATA }, async () => 1)).rejects.toThrow(RunFolderError);
  });
});

describe('a run that goes on', () => {
  /** Goes on with a run; returns the warnings. */
  async function continued(path: string, options: Partial<RunOptions<CoordinatorReport>> = {}): Promise<string[]> {
    const warnings: string[] = [];
    const onEvent = (event: CoordinatorReport): void => {
      if (event.event === 'warning') warnings.push(event.message);
    };
    await continueRun(path, 'search', { data: DATA, onEvent, ...options }, async (folder, config) => {
      expect(() => lockFolder(folder)).toThrow('in use');
      expect(config.job).toBe('search');
    });
    return warnings;
  }

  /** Changes a fact in the record of a run. */
  function note(path: string, facts: object): void {
    const file = join(path, 'config.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...facts }));
  }

  it('warns of nothing if all is the same', async () => {
    expect(await continued(await begun())).toEqual([]);
  });

  it('needs the pictures that it began with', async () => {
    const path = await begun();
    const other = continued(path, { data: { ...DATA, digest: 'xyz' } });
    await expect(other).rejects.toThrow(DataError);
    await expect(other).rejects.toThrow(
      'began with other pictures: those of /data had the digest abc, those of /data have xyz',
    );
    note(path, { data: null });
    await expect(continued(path)).rejects.toThrow('those of an unknown source had the digest undefined');
  });

  it('warns of versions that have changed', async () => {
    const path = await begun();
    const { node, ...rest } = describeVersions();
    note(path, { versions: { ...rest, node: 'v1.2.3' } });
    const warning = 'the run began under other versions, it may end elsewhere:';
    expect(await continued(path)).toEqual([`${warning} node v1.2.3, now ${node}`]);
    note(path, { versions: rest });
    expect(await continued(path)).toEqual([`${warning} node unknown, now ${node}`]);
  });

  it('writes the statechart if it was killed before, but not beside the trace of an older version', async () => {
    const path = await begun();
    const { statechart, trace } = runFiles(path);
    const whole = readFileSync(statechart, 'utf8');
    rmSync(statechart);
    await continued(path);
    expect(readFileSync(statechart, 'utf8')).toBe(whole);
    rmSync(statechart);
    writeFileSync(trace, '{"t":1,"event":"transition","from":"betweenSteps","to":"weightsStep","by":"x"}\n');
    await continued(path);
    expect(existsSync(statechart)).toBe(false);
  });

  it('must be of the job asked for', async () => {
    const go = continueRun(await begun(), 'retraining', { data: DATA }, async () => 1);
    await expect(go).rejects.toThrow('holds a search, not a retraining');
  });
});

describe('attempts at a run', () => {
  const lines = (path: string): object[] => readLines(join(path, 'attempts.jsonl'));
  const go = (path: string, work: () => Promise<unknown>) => continueRun(path, 'search', { data: DATA }, work);
  const die = (): Promise<never> => Promise.reject(new SupernetLostError('the supernet process closed the connection'));

  it('are noted with how they ended', async () => {
    const path = await begun();
    await go(path, async () => ({ event: 'paused' }));
    expect(lines(path)).toMatchObject([
      { event: 'started', incarnation: 1, step: 0, last: null, pid: process.pid, host: hostname() },
      { event: 'ended', incarnation: 1, how: 'it was done', died: false },
      { event: 'started', incarnation: 2, step: 0, last: 'it was done' },
      { event: 'ended', incarnation: 2, how: 'it was paused', died: false },
    ]);
  });

  it('end after three deaths at one iteration, until their file is removed', async () => {
    const path = await begun();
    for (let i = 0; i < 3; i++) await expect(go(path, die)).rejects.toThrow('closed the connection');
    const refused = go(path, async () => 'never');
    await expect(refused).rejects.toThrow(RunFolderError);
    await expect(refused).rejects.toThrow(
      `the run died 3 times at iteration 0, the last time on ${hostname()}: the supernet process closed the ` +
        `connection; remove ${join(path, 'attempts.jsonl')} to try once more`,
    );
    rmSync(join(path, 'attempts.jsonl'));
    expect(await go(path, async () => 'again')).toBe('again');
  });

  it('may die at different iterations, and be refused for other reasons', async () => {
    const path = await begun();
    for (let step = 0; step < 5; step++) {
      await expect(go(path, die)).rejects.toThrow();
      writeCheckpoint(runFiles(path).checkpoints, step + 1, Buffer.from('state'));
    }
    for (let i = 0; i < 4; i++) {
      await expect(go(path, () => Promise.reject(new Error('disk is full')))).rejects.toThrow('disk is full');
    }
    expect(await go(path, async () => 'still')).toBe('still');
  });
});
