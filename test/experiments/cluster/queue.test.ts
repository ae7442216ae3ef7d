import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readAddress } from '../../../experiments/cluster/address.ts';
import { openQueues, type Queues, queueNameOf, type RunQueue } from '../../../experiments/cluster/queues.ts';
import { type WorkerEvent, work } from '../../../experiments/cluster/work.ts';
import { runExperiment } from '../../../experiments/many-runs/run-experiment.ts';
import { runQueue } from '../../../experiments/queue.ts';
import type { LoadedDataset } from '../../../src/data/dataset.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { LockWatch } from '../../../src/record/lock-watch.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';
import { type OwnRedis, startRedis } from '../../support/redis.ts';
import { captureIo, type ProgramEnding, runInProcess } from '../../support/run-in-process.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';
import { type MadeUpWork, madeUpExperiment } from '../many-runs/made-up-experiment.ts';
import { parseLines } from '../run-comparison.ts';

const PLAN = {
  tasks: [
    { name: 'short', seconds: 1 },
    { name: 'long', seconds: 100 },
    { name: 'middle', seconds: 10 },
  ],
};

let folder: string;
let data: LoadedDataset;
let redis: OwnRedis | null;
let queues: Queues;
let queue: RunQueue;
let queueName: string;
const store = (): string => join(folder, 'store');
const path = (name: string): string => join(store(), name);
const address = () => readAddress(process.env, false);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-queue-'));
  mkdirSync(store());
  writeTinyCifar(join(folder, 'data'), { train: 8, test: 8 });
  data = await loadDataset({ data: join(folder, 'data') });
  const conf = readFileSync(new URL('../../../experiments/cluster/redis.conf', import.meta.url), 'utf8');
  const users = [...conf.matchAll(/^user (.*)$/gm)].flatMap(([, user = '']) => ['--user', ...user.split(' ')]);
  redis = await startRedis(users);
  if (redis === null) return;
  // The account of the documented configuration must do.
  process.env.LESSLOCAL_REDIS = redis.address.replace('unix://', 'unix://lesslocal:CHANGE-THIS-PASSWORD@');
  queueName = await queueNameOf('cpu');
  queues = await openQueues(address());
  queue = queues.open(queueName);
});

afterEach(async () => {
  await queue?.obliterate({ force: true });
});

afterAll(async () => {
  await queues?.close();
  await redis?.remove();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Puts the experiment into the queue, and follows it. */
async function follow(
  flags: { readonly out?: string; readonly resume?: string },
  io = captureIo('node experiments/made-up.ts'),
  json = true,
): Promise<ProgramEnding> {
  const all = { data: join(folder, 'data'), json, otherEngine: false, plan: false, wait: false, ...flags };
  const program = async () =>
    await runExperiment(madeUpExperiment(PLAN), { ...all, queue: true, insecure: false }, {}, io);
  return await runInProcess(program, [], io);
}

/** A worker, which leaves when it is told to, and at the end of the test. */
function startWorker(make: MadeUpWork = async () => undefined, name = queueName) {
  const leaving = new AbortController();
  const events: WorkerEvent[] = [];
  const order = {
    ...{ address: address(), queueName: name },
    workshop: {
      store: store(),
      data,
      overrides: {},
      watch: new LockWatch(),
      experiments: [madeUpExperiment(PLAN, make)] as never[],
    },
    tell: (event: WorkerEvent) => {
      events.push(event);
    },
  };
  const ended = work(order, leaving.signal);
  const leave = async (): Promise<void> => {
    leaving.abort();
    await ended;
  };
  onTestFinished(leave);
  return { events, leave };
}

/** Waits until something holds. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const filesOf = (name: string): unknown => JSON.parse(readFileSync(join(path(name), 'made-up.json'), 'utf8'));
const act = async (...args: string[]): Promise<ProgramEnding> => await runInProcess(runQueue, args);

describe('an experiment in a queue', () => {
  it('is made by workers, the longest run first, and adding it again makes nothing twice', async () => {
    if (redis === null) return;
    const made: string[] = [];
    const work: MadeUpWork = async ({ name }) => {
      made.push(name);
      return undefined;
    };
    // Without a worker it waits, and Ctrl-C only detaches.
    const io = captureIo('node experiments/made-up.ts', () => {
      if (io.stdout.text.includes('"event":"queued"')) io.signals.emit('SIGINT');
    });
    const detached = await follow({ out: path('table') }, io);
    expect(detached.code).toBe(130);
    expect(detached.stderr).toMatch(
      /^the workers go on with the runs; follow them again with: node .*made-up\.ts --queue --resume .*table\n$/,
    );
    const [queued] = parseLines(detached.stdout);
    expect(queued).toMatchObject({
      event: 'queued',
      queue: queueName,
      runs: 3,
      added: 3,
      retried: 0,
      waiting: 0,
      workers: 0,
    });
    expect((await act('list')).stdout).toMatch(
      new RegExp(`^${queueName}: 0 workers, 0 runs done\n( {2}waiting  table\\..*\n){3}$`),
    );

    startWorker(work);
    const followed = await follow({ resume: path('table') });
    expect(followed).toMatchObject({ code: 0, stderr: '' });
    const lines = parseLines(followed.stdout);
    expect(Number(lines[0]?.added) + Number(lines[0]?.retried)).toBe(0);
    expect(lines.at(-1)).toMatchObject({ event: 'done', rows: ['short', 'long', 'middle'] });
    expect(made).toEqual(['long', 'middle', 'short']);
    expect(filesOf('table')).toEqual(PLAN.tasks.map((task) => ({ ...task, result: task.name.length })));
    const job = await queue.getJob('table.long');
    expect(job?.returnvalue).toEqual({ outcome: 'done', digests: [] });

    // A folder that was removed is made again, although its job is over.
    rmSync(join(path('table'), 'middle'), { recursive: true });
    expect(await follow({ resume: path('table') })).toMatchObject({ code: 0, stderr: '' });
    expect(made).toEqual(['long', 'middle', 'short', 'middle']);
  });

  it('is tried again where a run failed, and says why until then', async () => {
    if (redis === null) return;
    let broken = true;
    startWorker(async ({ name }) => {
      if (broken && name === 'middle') throw new RunFolderError('the run died 3 times at iteration 7');
      return undefined;
    });
    const failed = await follow({ out: path('failing') });
    expect(failed).toMatchObject({ code: 2, stderr: 'error: middle: the run died 3 times at iteration 7\n' });
    expect(filesOf('failing')).toHaveLength(2);
    expect((await act('list')).stdout).toContain('  failed   failing.middle  the run died 3 times at iteration 7\n');
    broken = false;
    const again = await follow({ resume: path('failing') });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(parseLines(again.stdout)[0]).toMatchObject({ added: 0, retried: 1, waiting: 0 });
    expect(filesOf('failing')).toHaveLength(3);
  });

  it('goes from a worker that leaves to the next one, without an attempt counted', async () => {
    if (redis === null) return;
    const begun: string[] = [];
    const first = startWorker(async ({ name }, { signal }) => {
      begun.push(name);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return { event: 'paused', step: 1, run: name };
    });
    const followed = follow({ out: path('left') });
    await until(() => begun.length > 0);
    await first.leave();
    expect(first.events).toEqual([
      { event: 'job', job: 'left.long', state: 'begun' },
      { event: 'job', job: 'left.long', state: 'handed back' },
    ]);
    const job = await queue.getJob('left.long');
    expect([await job?.getState(), job?.attemptsMade]).toEqual(['waiting', 0]);
    const second = startWorker();
    expect(await followed).toMatchObject({ code: 0, stderr: '' });
    expect(second.events.slice(0, 2)).toEqual([
      { event: 'job', job: 'left.long', state: 'begun' },
      { event: 'job', job: 'left.long', state: 'done' },
    ]);
  });

  it('can be cancelled, tried again, held back and let go', async () => {
    if (redis === null) return;
    const io = captureIo('node experiments/made-up.ts', () => {
      if (io.stdout.text.includes('"event":"queued"')) io.signals.emit('SIGINT');
    });
    await follow({ out: path('managed') }, io);
    expect((await act('pause')).stdout).toBe('1 queue paused\n');
    expect((await act('cancel', 'managed/short')).stdout).toBe('managed/short was removed\n');
    expect(await act('cancel', 'managed/short')).toMatchObject({
      code: 2,
      stderr: 'error: there is no run managed/short in a queue\n',
    });
    expect(await act('retry', 'managed/long')).toMatchObject({
      code: 2,
      stderr: 'error: managed/long has not failed: it is waiting\n',
    });
    const worker = startWorker();
    const listed = JSON.parse((await act('list', '--json')).stdout);
    expect(listed).toMatchObject([
      { queue: queueName, paused: true, jobs: [{ job: 'managed.long', state: 'waiting' }, {}] },
    ]);
    expect((await act('resume')).stdout).toBe('1 queue resumed\n');
    await until(() => worker.events.filter((event) => event.event === 'job' && event.state === 'done').length === 2);
    expect(readdirSync(path('managed'))).not.toContain('short');
    expect(await act('explode')).toMatchObject({ code: 2 });
    expect(await act('retry')).toMatchObject({ code: 2, stderr: 'error: retry needs a run\n' });
  });

  it('refuses jobs that are none, and the worker lives', async () => {
    if (redis === null) return;
    const worker = startWorker();
    const before = readdirSync(folder);
    const hostile = [
      { table: '..', run: 'a', planDigest: 'a'.repeat(64), dataDigest: data.digest },
      { table: 'table', run: '../../../etc', planDigest: 'a'.repeat(64), dataDigest: data.digest },
      { table: 'none', run: 'long', planDigest: 'a'.repeat(64), dataDigest: data.digest },
      { module: '../evil.js', channels: 1e12 },
      'x'.repeat(1e6),
    ];
    for (const [index, job] of hostile.entries())
      await queue.add('run', job as never, { jobId: `hostile-${index}`, attempts: 5 });
    await until(async () => (await queue.getFailedCount()) === hostile.length);
    for (const job of await queue.getFailed())
      expect(job.failedReason).toMatch(/^(the job is refused: |there is no folder ).{1,200}$/);
    expect(await follow({ out: path('after') })).toMatchObject({ code: 0, stderr: '' });
    expect(worker.events.filter((event) => event.event === 'job' && event.state === 'done')).toHaveLength(3);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('says which other workers there are, whose engines compute other bits', async () => {
    if (redis === null) return;
    const other = await queueNameOf('cpu', '0123456789ab');
    expect([other, queueName]).toEqual(Array(2).fill(expect.stringMatching(/^lesslocal-\d+\.\d+\.\d+-[0-9a-f]{12}$/)));
    startWorker(undefined, other);
    await until(async () => (await queues.open(other).getWorkersCount()) === 1);
    const io = captureIo('node experiments/made-up.ts', () => {
      if (io.stdout.text.includes('queue ')) io.signals.emit('SIGINT');
    });
    const { stdout } = await follow({ out: path('elsewhere') }, io, false);
    expect(stdout).toContain(`${queueName}: 3 of 3 runs added, 0 tried again, 0 there before; 0 workers`);
    expect(stdout).toContain(`: start them with --store ${store()}; ${other} has 1 (--fingerprint chooses)\n`);
    await queues.open(other).obliterate();
  });

  it('is not begun where Redis cannot be used', async () => {
    const { LESSLOCAL_REDIS } = process.env;
    onTestFinished(() => {
      if (LESSLOCAL_REDIS !== undefined) process.env.LESSLOCAL_REDIS = LESSLOCAL_REDIS;
    });
    process.env.LESSLOCAL_REDIS = 'unix:///nowhere/socket';
    expect(await follow({ out: path('never') })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: Redis at \/nowhere\/socket cannot be used: .*\n$/),
    });
    expect(readdirSync(store())).not.toContain('never');
    expect(await follow({ out: path('a table') })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('must have a name of letters'),
    });
  });
});
