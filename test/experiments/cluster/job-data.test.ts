import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  checkTableName,
  digestPlan,
  type JobData,
  jobIdOf,
  readJobData,
} from '../../../experiments/cluster/job-data.ts';
import { openTable } from '../../../experiments/cluster/open-table.ts';
import { QueueError } from '../../../experiments/cluster/queue-error.ts';
import { madeUpExperiment } from '../many-runs/made-up-experiment.ts';

const PLAN = { tasks: [{ name: 'short', seconds: 1 }] };
const DIGEST = 'a'.repeat(64);
const JOB: JobData = { table: 'table', run: 'short', planDigest: digestPlan(PLAN), dataDigest: DIGEST };
const EXPERIMENTS = [madeUpExperiment(PLAN)] as never[];

describe('the data of a job', () => {
  it('are the names and digests of a run, and lead to an id without a slash or a colon', () => {
    const job = { ...JOB, run: 'fair-darts+dscd/60-epochs/seed-0' };
    expect(readJobData(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect(jobIdOf(job)).toBe('table.fair-darts+dscd.60-epochs.seed-0');
  });

  it.each([
    ['table', '..'],
    ['table', '../table'],
    ['table', '/etc'],
    ['table', 'a/b'],
    ['table', 'C:\\runs'],
    ['table', 'x'.repeat(201)],
    ['table', 7],
    ['run', '../../etc'],
    ['run', 'a/../b'],
    ['run', 'a//b'],
    ['run', '/a'],
    ['run', 'a\0b'],
    ['run', 'a/b/c/d/e'],
    ['run', `a/${'x'.repeat(1e6)}`],
    ['planDigest', 'abc'],
    ['dataDigest', null],
    ['cancelled', 'yes'],
    ['command', 'rm'],
    ['engine', { channels: 1e9 }],
  ])('are refused in a sentence if %s is %j', (name, value) => {
    expect(() => readJobData({ ...JOB, [name]: value })).toThrow(QueueError);
    expect(() => readJobData({ ...JOB, [name]: value })).toThrow(/^the job is refused: .{1,200}$/);
  });

  it('are refused whatever else they are', () => {
    fc.assert(
      fc.property(fc.anything(), (data) => {
        expect(() => readJobData(data)).toThrow(QueueError);
      }),
    );
  });

  it('name only folders that have a name of their own', () => {
    expect(checkTableName('table1-2026-11-29T12-00-00-000')).toBe('table1-2026-11-29T12-00-00-000');
    for (const name of ['', '.', '..', 'a table', 'a..b', '-flag', 'tafel/ä'])
      expect(() => checkTableName(name)).toThrow(QueueError);
  });
});

describe('the experiment of a job', () => {
  let store: string;
  const write = (name: string, config: object): void => {
    mkdirSync(join(store, name));
    writeFileSync(join(store, name, 'config.json'), JSON.stringify(config));
  };
  const CONFIG = { experiment: 'made-up', experimentVersion: 1, plan: PLAN, data: { digest: DIGEST, source: 'here' } };

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'lesslocal-store-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    store = join(folder, 'store');
    mkdirSync(store);
    write('table', CONFIG);
    write('../outside', CONFIG);
  });

  it('is in the store, with the plan and the pictures of the job, and has its run', () => {
    expect(openTable(store, JOB, EXPERIMENTS)).toMatchObject({ path: join(store, 'table'), task: PLAN.tasks[0] });
  });

  it('is never outside the store, also not by a link', () => {
    symlinkSync(join(store, '..', 'outside'), join(store, 'link'));
    expect(() => openTable(store, { ...JOB, table: 'link' }, EXPERIMENTS)).toThrow(
      'there is no folder link in the store',
    );
    expect(() => openTable(store, { ...JOB, table: 'none' }, EXPERIMENTS)).toThrow(
      'there is no folder none in the store',
    );
    // A store may itself be behind a link.
    const link = join(store, '..', 'store-link');
    symlinkSync(store, link);
    expect(openTable(link, JOB, EXPERIMENTS).task).toEqual(PLAN.tasks[0]);
  });

  it('is refused if it is another one than the job says', () => {
    const refusal = (changes: Partial<JobData>, config: object = CONFIG): (() => unknown) => {
      writeFileSync(join(store, 'table', 'config.json'), JSON.stringify(config));
      return () => openTable(store, { ...JOB, ...changes }, EXPERIMENTS);
    };
    expect(refusal({}, { experiment: 'rm -rf' })).toThrow('table holds no experiment that workers know');
    expect(refusal({}, { nothing: true })).toThrow('table holds no experiment that workers know');
    expect(refusal({ planDigest: DIGEST })).toThrow('the plan of table has changed since the job was added');
    expect(refusal({ dataDigest: 'b'.repeat(64) })).toThrow('table has other pictures than the job');
    expect(refusal({ run: 'shorter' })).toThrow('the plan of table has no run shorter');
  });
});
