import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../../src/math/statistics.ts';
import { type OwnRedis, startRedis } from '../../test/support/redis.ts';
import { afterSteps, Box } from './boxes.ts';
import { type Checks, compare, HOW, makeAlone, must, seconds } from './checks.ts';

const TABLE = ['--preset', 'smoke', '--variants', 'paired-4', '--lengths', '3', '--seeds', '2', '--random', '2'];
const LONG = ['--preset', 'smoke', '--variants', 'paired-4', '--lengths', '7', '--seeds', '1', '--random', '0'];

/** Seconds that a worker may be out of the queue's sight. */
const LOCK = 4;

/** Checks of a queue, with a Redis of its own. */
interface QueueChecks extends Checks {
  readonly redis: OwnRedis;
  readonly store: string;
}

/** Workers of a queue, one after the other in scenes of their own. */
export async function checkQueue(checks: Checks, scene?: string): Promise<void> {
  const redis = await startRedis();
  if (redis === null) return;
  const store = join(checks.folder, 'store');
  mkdirSync(store);
  const all = { ...checks, redis, store };
  try {
    const alone = await makeAlone(checks, 'alone-queue', TABLE);
    for (const [name, check] of Object.entries(SCENES)) {
      if (scene === undefined || scene === name) await check(all, alone);
    }
    const gaps = GAPS.toSorted((a, b) => a - b);
    if (gaps.length > 0)
      checks.tell(
        `between two jobs of a worker: ${gaps.length} times, median ${median(gaps).toFixed(0)} ms, most ${gaps.at(-1)?.toFixed(0)} ms`,
      );
  } finally {
    await redis.remove();
  }
}

/** Milliseconds between the end of a job and the begin of the next on one worker. */
const GAPS: number[] = [];

function startWorker({ redis, store, data }: QueueChecks, name: string): Box {
  const argv = ['experiments/worker.ts', '--store', store, '--lock', String(LOCK), '--data', data, ...HOW];
  return new Box(name, argv, { LESSLOCAL_REDIS: redis.address });
}

/** Puts a table into the queue, and follows it. */
function startTable(
  { redis, store, data }: QueueChecks,
  name: string,
  table: readonly string[],
): { box: Box; path: string } {
  const path = join(store, name);
  const argv = ['experiments/table1.ts', ...table, ...HOW, '--data', data, '--queue', '--out', path];
  return { box: new Box('box-0', argv, { LESSLOCAL_REDIS: redis.address }), path };
}

/** Lets workers leave, and notes the time between their jobs. */
async function leave(...workers: readonly Box[]): Promise<void> {
  for (const worker of workers) worker.signal('SIGTERM');
  for (const worker of workers) {
    const { code, stderr } = await worker.ended;
    must(code === 0, `${worker.name} left with ${code}: ${stderr}`);
    const jobs = worker.lines.filter(({ event }) => event === 'job');
    for (const [i, { state, at }] of jobs.entries()) {
      const next = jobs[i + 1];
      if (state === 'done' && next?.state === 'begun') GAPS.push(next.at - at);
    }
  }
}

async function succeeded(box: Box): Promise<void> {
  const { code, stderr } = await box.ended;
  must(code === 0, `the table ended with ${code}: ${stderr}`);
}

const begins = (worker: Box, job?: unknown) => {
  return worker.until(
    (line) => line.event === 'job' && line.state === 'begun' && (job === undefined || line.job === job),
  );
};

const jobOf = (worker: Box): unknown =>
  worker.lines.findLast(({ event, state }) => event === 'job' && state === 'begun')?.job;

async function checkKill(checks: QueueChecks, alone: string): Promise<void> {
  const { box, path } = startTable(checks, 'kill', TABLE);
  const first = startWorker(checks, 'box-a');
  must(await afterSteps(first, 8), 'box-a made no steps');
  const second = startWorker(checks, 'box-b');
  must((await begins(second)) !== null, 'box-b took no run');
  const job = jobOf(first);
  first.signal('SIGKILL');
  const start = performance.now();
  const taken = await begins(second, job);
  must(taken !== null, 'box-b did not take the run of box-a');
  await succeeded(box);
  checks.tell(`kill -9 of a worker: another, busy before, began its run after ${seconds(start, taken.at)} s`);
  await leave(second);
  await compare(checks, alone, path);
}

/** A frozen worker loses its run; it thaws while another is at work, and one thaws after all is done. */
async function checkThaws(checks: QueueChecks, alone: string): Promise<void> {
  const { box, path } = startTable(checks, 'thaw', TABLE);
  const first = startWorker(checks, 'box-a');
  const late = startWorker(checks, 'box-b');
  await Promise.all([afterSteps(first, 8), afterSteps(late, 8)]);
  const [job, other] = [jobOf(first), jobOf(late)];
  first.signal('SIGSTOP');
  late.signal('SIGSTOP');
  const start = performance.now();
  const second = startWorker(checks, 'box-c');
  const taken = await second.until((line) => line.event === 'step' && isOf(line.folder, job));
  must(taken !== null, 'box-c did not take the run of box-a');
  checks.tell(`frozen: its run went on at another worker, begun with it, after ${seconds(start, taken.at)} s`);
  first.signal('SIGCONT');
  await succeeded(box);
  await sleep(500);
  late.signal('SIGCONT');
  const lost = (worker: Box, job: unknown) => worker.lines.some((line) => line.job === job && line.state === 'done');
  await sleep(5000);
  must(!lost(first, job) && !lost(late, other), 'a worker that had lost its run said that it is done');
  await leave(first, late, second);
  await compare(checks, alone, path);
}

function isOf(folder: unknown, job: unknown): boolean {
  return String(job).endsWith(String(folder).replaceAll('/', '.'));
}

async function checkHandOver(checks: QueueChecks, alone: string): Promise<void> {
  const { box, path } = startTable(checks, 'hand-over', TABLE);
  const first = startWorker(checks, 'box-a');
  must(await afterSteps(first, 1), 'box-a made no steps');
  const second = startWorker(checks, 'box-b');
  must((await begins(second)) !== null, 'box-b took no run');
  must(await afterSteps(first, 1), 'box-a made no steps any more');
  const job = jobOf(first);
  const start = performance.now();
  const taken = begins(second, job);
  first.signal('SIGTERM');
  await first.ended;
  const back = first.lines.find(({ state }) => state === 'handed back')?.at ?? Number.NaN;
  const at = (await taken)?.at ?? Number.NaN;
  // The other may have been at work; what the queue takes is the time since it was free.
  const free = second.lines.findLast((line) => line.state === 'done' && line.at < at)?.at ?? 0;
  await succeeded(box);
  const took = `handed back after ${seconds(start, back)} s with a checkpoint`;
  checks.tell(`SIGTERM: ${took}; another began it ${seconds(Math.max(back, free), at)} s after it was free`);
  await leave(second);
  const { deaths } = await compare(checks, alone, path);
  must(deaths === 0, 'a hand-over counted as a death');
}

/** Redis is killed and comes back, within the time of a lock. */
async function checkOutage(checks: QueueChecks, alone: string): Promise<void> {
  const { redis, tell } = checks;
  const { box, path } = startTable(checks, 'outage', TABLE);
  const workers = [startWorker(checks, 'box-a'), startWorker(checks, 'box-b')];
  await Promise.all(workers.map((worker) => afterSteps(worker, 3)));
  await redis.kill();
  await sleep(1500);
  await redis.start();
  await succeeded(box);
  const begun = workers.flatMap(({ lines }) => lines.filter(({ state }) => state === 'begun').map(({ job }) => job));
  must(begun.length === new Set(begun).size, 'a run was begun twice');
  tell('kill -9 of Redis for 1.5 s, append-only file: all runs ended, none was begun twice');
  await leave(...workers);
  await compare(checks, alone, path);
}

async function checkIdle(checks: QueueChecks, alone: string): Promise<void> {
  const { redis, tell } = checks;
  const worker = startWorker(checks, 'box-a');
  await worker.until(({ event }) => event === 'worker');
  await sleep(3000);
  await redis.kill();
  await sleep(15_000);
  await redis.start();
  const { box, path } = startTable(checks, 'idle', TABLE);
  const queued = box.until(({ event }) => event === 'queued');
  const begun = await begins(worker);
  const added = await queued;
  must(begun !== null && added !== null, 'the idle worker took no run');
  await succeeded(box);
  tell(
    `15 s without Redis: an idle worker took the next run ${seconds(added.at, Math.max(begun.at, added.at))} s after it was added`,
  );
  await leave(worker);
  await compare(checks, alone, path);
}

/** A run that is killed and comes on ends well; one that dies thrice at one place is given up. */
async function checkDeaths(checks: QueueChecks): Promise<void> {
  const alone = await makeAlone(checks, 'alone-long', LONG);
  const { box, path } = startTable(checks, 'deaths', LONG);
  for (let kill = 0; kill < 5; kill++) {
    const worker = startWorker(checks, `box-${kill}`);
    must(
      (await worker.until(({ event, epoch }) => event === 'epoch' && Number(epoch) > kill)) !== null,
      'no epoch ended',
    );
    must(await afterSteps(worker, 1), 'no step after the epoch');
    worker.signal('SIGKILL');
    await worker.ended;
  }
  const last = startWorker(checks, 'box-last');
  await succeeded(box);
  checks.tell('five deaths with progress in between: the run ended');
  await leave(last);
  await compare(checks, alone, path);

  const poisoned = startTable(checks, 'poison', LONG);
  for (let kill = 0; kill < 3; kill++) {
    const worker = startWorker(checks, `box-${kill}`);
    must(await afterSteps(worker, 2), 'no step');
    worker.signal('SIGKILL');
    await worker.ended;
  }
  const worker = startWorker(checks, 'box-last');
  const { code, stderr } = await poisoned.box.ended;
  must(
    code === 2 && /died 3 times at iteration 0/.test(stderr),
    `three deaths at one place ended with ${code}: ${stderr}`,
  );
  checks.tell(`three deaths at one place: ${stderr.trim()}`);
  await leave(worker);
}

const SCENES: Readonly<Record<string, (checks: QueueChecks, alone: string) => Promise<void>>> = {
  kill: checkKill,
  thaw: checkThaws,
  leave: checkHandOver,
  outage: checkOutage,
  idle: checkIdle,
  deaths: checkDeaths,
};
