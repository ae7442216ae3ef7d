import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { type Claim, claimRun, type HeldRun } from '../../../experiments/many-runs/claim-run.ts';
import { LockWatch } from '../../../src/record/lock-watch.ts';
import { FolderInUseError } from '../../../src/record/run-folder.ts';

const FOLDER = 'dscd/3-epochs/seed-0';

let path: string;
let now: number;
let watch: LockWatch;
const claims = (): string => join(path, 'claims', 'dscd', '3-epochs');
const claim = (job?: string): Claim => claimRun({ path, folder: FOLDER, watch, job }) as Claim;
const refused = (job?: string): HeldRun => claimRun({ path, folder: FOLDER, watch, job }) as HeldRun;

/** Writes the claim of a process on another machine. */
function claimElsewhere(facts: object = {}): void {
  mkdirSync(claims(), { recursive: true });
  const contents = { pid: 7, host: 'elsewhere', beats: '000000000000', state: 'held', ...facts };
  writeFileSync(join(claims(), 'seed-0.lock.4'), JSON.stringify(contents));
}

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'lesslocal-claims-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  now = 0;
  watch = new LockWatch(() => now);
});

it('is refused while a process holds the claim, and granted once it is given back', () => {
  const first = claim();
  expect(first.displaced).toBeNull();
  first.check();
  expect(refused()).toMatchObject({ held: { heldBy: `process ${process.pid} on ${hostname()}` }, silent: false });
  first.release();
  const second = claim();
  expect(readdirSync(claims())).toEqual(['seed-0.lock.2']);
  second.release();
});

it('is taken from another machine after three minutes without a sign of life, and its process is named', () => {
  claimElsewhere();
  expect(refused()).toMatchObject({ silent: true });
  claimElsewhere({ beats: '000000000001' });
  expect(refused()).toMatchObject({ silent: false });
  now += 180_000;
  const taken = claim();
  expect(taken.displaced).toMatchObject({ pid: 7, host: 'elsewhere' });
  expect(readdirSync(claims())).toEqual(['seed-0.lock.5']);
  taken.release();
});

it('goes at once from one process to the next that a queue gives the same job, and the first one learns it', () => {
  claimElsewhere({ work: 'job 3' });
  expect(refused()).toMatchObject({ silent: true });
  expect(refused('job 4')).toMatchObject({ silent: true });
  const second = claim('job 3');
  expect(second.displaced).toMatchObject({ host: 'elsewhere' });
  expect(JSON.parse(readFileSync(join(claims(), 'seed-0.lock.5'), 'utf8'))).toMatchObject({ work: 'job 3' });
  // The queue gave it to yet another process, although this one lives.
  const third = claim('job 3');
  expect(third.displaced).toMatchObject({ pid: process.pid });
  expect(() => second.check()).toThrow(FolderInUseError);
  expect(() => second.check()).toThrow(/seed-0 was taken over by another process: it goes on there$/);
  second.release();
  third.check();
  third.release();
});
