import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExperiment } from '../../../experiments/many-runs/run-experiment.ts';
import { FolderInUseError, RunFolderError } from '../../../src/record/run-folder.ts';
import { captureIo, type ProgramEnding, runInProcess } from '../../support/run-in-process.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';
import { parseLines } from '../run-comparison.ts';
import { type MadeUpWork, madeUpExperiment } from './made-up-experiment.ts';

const PLAN = {
  tasks: [
    { name: 'short', seconds: 1 },
    { name: 'long', seconds: 100 },
    { name: 'middle', seconds: 10 },
    { name: 'middle-too', seconds: 10 },
  ],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-experiment-'));
  writeTinyCifar(join(folder, 'data'), { train: 8, test: 8 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, name);

/** Runs the experiment with flags. */
async function run(
  flags: { readonly [flag in 'out' | 'resume' | 'join' | 'collect']?: string } & { plan?: boolean; wait?: boolean },
  work?: MadeUpWork,
  { io = captureIo(), parallel = 1, json = true } = {},
): Promise<ProgramEnding> {
  const all = { data: path('data'), json, otherEngine: false, plan: false, wait: false, ...flags };
  return await runInProcess(
    async (_, io) => await runExperiment(madeUpExperiment(PLAN, work), all, { parallel }, io),
    [],
    io,
  );
}

const filesOf = (name: string): unknown => JSON.parse(readFileSync(join(path(name), 'made-up.json'), 'utf8'));

/** The claim of a process on a run. */
function claim(name: string, task: string, facts: object): string {
  mkdirSync(join(path(name), 'claims'), { recursive: true });
  const file = join(path(name), 'claims', `${task}.lock.1`);
  writeFileSync(file, JSON.stringify({ pid: process.ppid, host: hostname(), state: 'held', ...facts }));
  return file;
}

describe('an experiment that several processes make', () => {
  it('is planned without a run, made by joining, the longest run first, and equals that of one process', async () => {
    expect(await run({ out: path('alone') })).toMatchObject({ code: 0, stderr: '' });
    const planned = await run({ out: path('shared'), plan: true });
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    expect(parseLines(planned.stdout)).toEqual([{ event: 'planned', folder: path('shared'), preset: 'none', runs: 4 }]);
    const { plan } = JSON.parse(readFileSync(join(path('shared'), 'config.json'), 'utf8'));
    expect(plan).toEqual(PLAN);

    const begun: string[] = [];
    const joined = await run({ join: path('shared') }, async ({ name }) => {
      begun.push(name);
      return undefined;
    });
    expect(joined).toMatchObject({ code: 0, stderr: '' });
    expect(begun).toEqual(['long', 'middle', 'middle-too', 'short']);
    expect(parseLines(joined.stdout).at(-1)).toMatchObject({ event: 'done', rows: PLAN.tasks.map(({ name }) => name) });
    expect(filesOf('shared')).toEqual(filesOf('alone'));

    // At its end nothing is made again.
    const again = await run({ join: path('shared') }, () => Promise.reject(new Error('it was made again')));
    expect(again.code).toBe(0);
  });

  it('is shared by processes that join at the same time: each run is made once, and all come to the same table', async () => {
    await run({ out: path('both'), plan: true });
    const begun: string[] = [];
    const work: MadeUpWork = async ({ name }) => {
      begun.push(name);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      return undefined;
    };
    const ends = await Promise.all([run({ join: path('both') }, work), run({ join: path('both') }, work)]);
    expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: '' }));
    expect(begun.toSorted()).toEqual(PLAN.tasks.map(({ name }) => name).toSorted());
    expect(filesOf('both')).toEqual(filesOf('alone'));
  });

  it('leaves runs to live processes, says so, and collects what is done without pictures', async () => {
    await run({ out: path('held'), plan: true });
    const started = process.platform === 'linux' ? startOf(process.ppid) : null;
    const held = claim('held', 'long', { started });
    const joined = await run({ join: path('held') }, undefined, { json: false });
    expect(joined).toMatchObject({ code: 0, stderr: '' });
    expect(joined.stdout).toMatch(/\n3 of 4 runs are done; 1 run is held by others\n$/);

    const collected = await run({ collect: path('held') }, undefined, { json: false });
    expect(collected).toEqual({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('short, middle, middle-too\n3 of 4'),
    });
    expect(filesOf('held')).toHaveLength(3);

    // Its process is gone.
    writeFileSync(held, JSON.stringify({ pid: 2 ** 30, host: hostname(), state: 'held' }));
    expect(await run({ join: path('held') })).toMatchObject({ code: 0, stderr: '' });
    expect(filesOf('held')).toEqual(filesOf('alone'));
  });

  it('goes on with the others where a run is refused, and ends with the sentence', async () => {
    await run({ out: path('refused'), plan: true });
    const joined = await run({ join: path('refused') }, async ({ name }) => {
      if (name === 'long') throw new RunFolderError('the run died 3 times');
      if (name === 'middle') throw new FolderInUseError('a process without a claim works there');
      return undefined;
    });
    expect(joined.code).toBe(2);
    expect(joined.stderr).toBe('error: the run died 3 times\n'.repeat(2));
    expect(parseLines(joined.stdout).at(-1)).toEqual({ event: 'left', done: 2, runs: 4, held: 1, refused: 1 });
    const whole = await run({ resume: path('refused') }, () => Promise.reject(new RunFolderError('it died again')));
    expect(whole).toMatchObject({ code: 2, stderr: 'error: it died again\n' });
  });

  it('hands its runs back when it is interrupted', async () => {
    await run({ out: path('interrupted'), plan: true });
    const io = captureIo('node experiments/made-up.ts');
    const paused = await run(
      { join: path('interrupted') },
      async ({ name }, { signal }) => {
        if (name === 'middle') io.signals.emit('SIGTERM');
        return signal.aborted ? { event: 'paused', step: 1, run: name } : undefined;
      },
      { io },
    );
    expect(paused).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/go on with: node experiments\/made-up\.ts --join .*interrupted\n$/),
    });
    expect(await run({ join: path('interrupted') })).toMatchObject({ code: 0, stderr: '' });
    expect(filesOf('interrupted')).toEqual(filesOf('alone'));
  });
});

/** Start of a process, as its lock has it. */
function startOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[19];
}
