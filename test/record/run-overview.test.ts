import { appendFileSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AttemptEnd, beginAttempt, DONE, PAUSED } from '../../src/record/attempts.ts';
import { listRuns, readOverviews } from '../../src/record/list-runs.ts';
import { readTail } from '../../src/record/read-tail.ts';
import { type Lock, takeLock } from '../../src/record/run-lock.ts';
import { type RunOverview, readOverview } from '../../src/record/run-overview.ts';
import { testFolder, writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';

/** A search that has completed two epochs of the preset's. */
function begunSearch(end?: AttemptEnd): string {
  const run = writeFakeSearch(join(testFolder(), 'run'), { epochs: 2, ended: false });
  const ended = beginAttempt(join(run, 'attempts.jsonl'), { cpu: 'a processor', incarnation: 1, step: 0 });
  if (end !== undefined) ended(end);
  return run;
}

/** Takes the lock of a run for this process. */
function hold(run: string): Lock {
  const lock = takeLock(join(run, 'run.lock'));
  if ('heldBy' in lock) throw new Error(`held by ${lock.heldBy}`);
  onTestFinished(() => lock.release());
  return lock;
}

/** Makes the lock that of another owner, who showed life so many seconds ago. */
function giveTo(run: string, owner: object, seconds: number): void {
  const lock = join(run, 'run.lock.1');
  writeFileSync(lock, JSON.stringify({ id: 'a', state: 'held', ...owner }));
  const then = Date.now() / 1000 - seconds;
  for (const file of [lock, ...['config.json', 'metrics.jsonl', 'trace.jsonl'].map((name) => join(run, name))]) {
    utimesSync(file, then, then);
  }
}

function stateOf(run: string): Pick<RunOverview, 'state' | 'why'> {
  const { state, why } = readOverview(run);
  return { state, why };
}

const KILLED = 'its process was killed, or its machine went down';

describe('the overview of a run', () => {
  it('tells what a search is, and how far it has come', () => {
    const run = begunSearch(PAUSED);
    appendFileSync(join(run, 'metrics.jsonl'), '{"event":"epoch","epoch":3,"epo');
    expect(readOverview(run)).toEqual({
      path: run,
      state: 'paused',
      job: 'search',
      method: 'fair-darts+dscd',
      ...{ epoch: 2, epochs: 3, accuracy: 0.3, secondsLeft: null },
      host: hostname(),
      lastSign: expect.any(Number),
      why: null,
    });
  });

  it('tells of a run that goes on how long it will by its last epochs', () => {
    const run = begunSearch();
    hold(run);
    const now = Date.now();
    utimesSync(join(run, 'metrics.jsonl'), now / 1000, now / 1000 - 11);
    const { state, secondsLeft } = readOverview(run, now);
    expect(state).toBe('running');
    // One epoch of 61 seconds is left, of which 11 have passed.
    expect(secondsLeft).toBeCloseTo(50, 0);
  });

  it('knows a run that was done, paused or failed, and how', () => {
    expect(stateOf(begunSearch(DONE))).toEqual({ state: 'done', why: null });
    expect(stateOf(begunSearch(PAUSED))).toEqual({ state: 'paused', why: null });
    expect(stateOf(begunSearch({ how: 'the disk is full', died: false }))).toEqual({
      state: 'failed',
      why: 'the disk is full',
    });
  });

  it('takes the accuracy of a result', () => {
    const folder = testFolder();
    expect(readOverview(writeFakeSearch(join(folder, 'a')))).toMatchObject({ state: 'done', accuracy: 0.45 });
    expect(readOverview(writeFakeRetraining(join(folder, 'b')))).toMatchObject({
      ...{ state: 'done', job: 'retraining', method: null, epoch: 1, epochs: 1, accuracy: 0.4433 },
    });
  });

  it('sees a process of this machine that is gone, and believes one of another for three minutes', () => {
    const gone = begunSearch();
    const lock = hold(gone);
    expect(stateOf(gone).state).toBe('running');
    lock.release();
    giveTo(gone, { pid: 2 ** 22 + 1, host: hostname() }, 0);
    expect(stateOf(gone)).toEqual({ state: 'dead', why: KILLED });
    const away = begunSearch();
    giveTo(away, { pid: 1, host: 'another' }, 170);
    expect(stateOf(away)).toEqual({ state: 'running', why: null });
    giveTo(away, { pid: 1, host: 'another' }, 190);
    expect(stateOf(away)).toEqual({ state: 'dead', why: KILLED });
  });

  it('reads runs of older versions by their traces', () => {
    const run = writeFakeSearch(join(testFolder(), 'run'), { ended: false });
    expect(stateOf(run)).toEqual({ state: 'dead', why: null });
    const line = { t: 1, event: 'transition', from: 'checkpoint', to: 'paused', by: 'test' };
    appendFileSync(join(run, 'trace.jsonl'), `${JSON.stringify(line)}\n{"t":2,"ev`);
    expect(stateOf(run).state).toBe('paused');
  });

  it('survives folders that are half written, or hold what is no file', () => {
    const folder = testFolder();
    mkdirSync(join(folder, 'begun'));
    hold(join(folder, 'begun'));
    for (const name of ['config.json', 'metrics.jsonl', 'attempts.jsonl', 'genotype.json', 'run.lock.1']) {
      mkdirSync(join(folder, 'odd', name), { recursive: true });
    }
    mkdirSync(join(folder, 'cut'));
    writeFileSync(join(folder, 'cut', 'trace.jsonl'), '{"t":1');
    writeFileSync(join(folder, 'cut', 'config.json'), '{"runVersion":1,"job":"sea');
    const states = readOverviews(folder).map(({ path, state, job }) => [path.slice(folder.length + 1), state, job]);
    expect(states).toEqual([
      ['begun', 'running', null],
      ['cut', 'dead', null],
      ['odd', 'running', null],
    ]);
  });
});

describe('the runs below a folder', () => {
  it('are found however deep, also one in another, but no checkpoints, hidden folders and links', () => {
    const folder = testFolder();
    const there = (...names: string[]): string => join(folder, ...names);
    mkdirSync(there('table'));
    writeFileSync(there('table', 'config.json'), '{"experimentVersion":1}');
    writeFakeSearch(there('table', 'seed-1', 'search'));
    writeFakeRetraining(there('table', 'seed-1', 'search', 'retrain'));
    writeFakeSearch(there('.hidden'));
    writeFakeSearch(there('table', 'seed-1', 'search', 'checkpoints', 'no'));
    symlinkSync(there('table'), there('link'), 'junction');
    expect(listRuns(folder)).toEqual([
      there('table', 'seed-1', 'search'),
      there('table', 'seed-1', 'search', 'retrain'),
    ]);
    expect(listRuns(there('table', 'seed-1', 'search'))).toHaveLength(2);
    rmSync(there('table'), { recursive: true });
    expect(listRuns(folder)).toEqual([]);
    expect(() => readOverviews(there('table'))).toThrow(`there is no folder ${there('table')}`);
  });
});

describe('the end of a log', () => {
  it('is read line by line from the last, as far as it is wanted, also where lines are long', () => {
    const path = join(testFolder(), 'log.jsonl');
    const lines = Array.from({ length: 40 }, (_, i) => ({ i, text: 'x'.repeat(i === 20 ? 300_000 : 3000) }));
    writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"i":40,"te`);
    const take = (least: number): number[] => {
      const taken: number[] = [];
      readTail(path, (line) => taken.push((line as { i: number }).i) > 0 && (line as { i: number }).i > least);
      return taken;
    };
    expect(take(38)).toEqual([39, 38]);
    expect(take(0)).toEqual(Array.from({ length: 40 }, (_, i) => 39 - i));
    readTail(join(path, '..', 'none'), () => expect.unreachable());
  });
});
