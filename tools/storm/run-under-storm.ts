import { existsSync, rmSync } from 'node:fs';
import type { Random } from '../../src/math/random.ts';
import { runFiles } from '../../src/record/run-folder.ts';
import type { BlowOrder } from './blow.ts';
import { childrenOf, runLife } from './run-life.ts';
import type { StormJob } from './storm-jobs.ts';

/** Number of blows by what they struck. */
export interface Blows {
  run: number;
  supernet: number;
  worker: number;
  /** The run, in the middle of a call that changes a file. */
  write: number;
}

/** Lives of a run that are struck; the following ones end in peace. */
const STRUCK_LIVES = 10;
/** A life that lasts so many times as long as the undisturbed run hangs, unless the machine is that slow. */
const PATIENCE = 60;
/** Milliseconds that are added to the patience. */
const GRACE = 300_000;
/** Number of calls in a smoke run that change files, at least about. */
const WRITES = 120;
/** Blows that a life deals to its supernet: a later one often strikes while an earlier one is being recovered from. */
const SUPERNET_BLOWS = 3;
/** Sentences of exit code 2 that the blows cause. */
const EXPECTED = /the run died \d+ times at iteration|supernet|workers? died/;

/**
 * Strikes a run, resumes it, and strikes again until it has ended.
 *
 * @param usual milliseconds that the undisturbed run took
 * @returns `failure`: a sentence if the run ended as it should not; null otherwise
 */
export async function runUnderStorm(
  job: StormJob,
  path: string,
  usual: number,
  random: Random,
): Promise<{ readonly blows: Blows; readonly lives: number; readonly failure: string | null }> {
  const blows: Blows = { run: 0, supernet: 0, worker: 0, write: 0 };
  for (let life = 0; ; life++) {
    const struck =
      life < STRUCK_LIVES ? await liveStruck(job, path, usual, random, blows) : await live(job, path, usual);
    const { code, stderr, hangs } = struck;
    const lives = life + 1;
    if (hangs) return { blows, lives, failure: 'the run hung' };
    if (code === 0) return { blows, lives, failure: null };
    if (code === null) continue;
    if (code !== 2 || !EXPECTED.test(stderr)) {
      return { blows, lives, failure: `the run ended with ${code}: ${stderr}` };
    }
    // As the sentence says: three deaths at one iteration end a run until its attempts are removed.
    if (stderr.includes('to try once more')) rmSync(runFiles(path).attempts, { force: true });
    if (lives > 4 * STRUCK_LIVES) return { blows, lives, failure: `the run does not come to its end: ${stderr}` };
  }
}

/** Lives once, under one kind of blow. */
async function liveStruck(job: StormJob, path: string, usual: number, random: Random, blows: Blows) {
  const kinds = ['run', 'supernet', 'worker', 'write'] as const;
  const kind = kinds[random.integer(kinds.length)] as (typeof kinds)[number];
  // Half of the blows come early: a resumed run is recovering then.
  const reach = random.integer(2) === 0 ? 0.3 : 0.9;
  const moment = random.uniform() * reach;
  const token = `${path}.blow`;
  rmSync(token, { force: true });
  const order: BlowOrder | null =
    kind === 'write' || kind === 'worker'
      ? {
          kind,
          after: Math.floor(moment * (kind === 'write' ? WRITES : usual / 2)),
          share: random.uniform(),
          token,
          program: job.program,
        }
      : null;
  let timers: NodeJS.Timeout[] = [];
  const end = await live(job, path, usual, order, (pid) => {
    if (kind === 'run') timers = [setTimeout(() => kill(pid) && blows.run++, moment * usual)];
    if (kind === 'supernet') {
      const strike = (): boolean | number => childrenOf(pid).some(kill) && blows.supernet++;
      timers = Array.from({ length: SUPERNET_BLOWS }, (_, i) => setTimeout(strike, moment * usual * (1 + i / 2)));
    }
  });
  for (const timer of timers) clearTimeout(timer);
  if (order !== null && existsSync(token)) blows[order.kind]++;
  return end;
}

/** Lives once, to the end or until a blow. */
async function live(
  job: StormJob,
  path: string,
  usual: number,
  order: BlowOrder | null = null,
  onStart: (pid: number) => void = () => undefined,
) {
  let hangs = false;
  let patience: NodeJS.Timeout | undefined;
  const end = await runLife(job, path, order, (child) => {
    const pid = child.pid as number;
    patience = setTimeout(
      () => {
        hangs = true;
        kill(pid);
      },
      PATIENCE * usual + GRACE,
    );
    onStart(pid);
  });
  clearTimeout(patience);
  return { ...end, hangs };
}

/** Whether there was such a process. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
