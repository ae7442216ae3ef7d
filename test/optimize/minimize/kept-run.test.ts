import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { METHOD_NAMES } from '../../../src/optimize/minimize/create-optimizer.ts';
import { minimize, type ObjectiveError } from '../../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../../src/optimize/minimize/minimize-options.ts';
import { UniformSampling } from '../../../src/optimize/rivals/uniform-sampling.ts';
import { STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';

let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-run-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Names of two files that do not exist yet. */
function newFiles(): { readonly saveTo: string; readonly tableTo: string } {
  files++;
  return { saveTo: join(folder, `run-${files}.json`), tableTo: join(folder, `table-${files}.jsonl`) };
}

const OBJECTIVE = { value: STYBLINSKI_TANG.value, gradient: STYBLINSKI_TANG.gradient };
const EVALUATIONS = 40;

/** An objective that never answers from the given evaluation on, as if its process had died there. */
function dying(at: number) {
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const value = (x: Float64Array): number | Promise<number> => {
    if (calls++ < at) return OBJECTIVE.value(x);
    resolve();
    return new Promise(() => undefined);
  };
  return { objective: { ...OBJECTIVE, value }, died: promise };
}

const read = (path: string): string => readFileSync(path, 'utf8');

describe('a run in files', () => {
  it.each(METHOD_NAMES)('of %s goes on to the same end, to the byte, wherever it died', async (method) => {
    const options = { method, coordinates: 3, evaluations: EVALUATIONS, dscd: { window: 25 } } as const;
    const kept = newFiles();
    const undisturbed = await minimize(OBJECTIVE, { ...options, ...kept });
    expect(undisturbed).toEqual(await minimize(OBJECTIVE, options));
    for (const [at, saveEvery] of [
      [0, 1],
      [7, 1],
      [18, 5],
      [23, 1000],
      [EVALUATIONS - 1, 1],
    ] as const) {
      const names = newFiles();
      const { objective, died } = dying(at);
      // Some methods leave the last evaluations of a budget unused, and end.
      await Promise.race([died, minimize(objective, { ...options, ...names, saveEvery })]);
      expect(JSON.parse(read(names.saveTo)).state.evaluations).toBeLessThanOrEqual(at);
      const resumed = await minimize(OBJECTIVE, { ...options, ...names, resume: true });
      expect(resumed).toEqual(undisturbed);
      expect(read(names.saveTo)).toBe(read(kept.saveTo));
      expect(read(names.tableTo)).toBe(read(kept.tableTo));
    }
  });

  it('is written every so many evaluations, after the step', async () => {
    const { saveTo } = newFiles();
    const written: number[] = [];
    await minimize(OBJECTIVE, {
      coordinates: 2,
      evaluations: 30,
      method: 'dscd',
      dscd: { proposals: 3 },
      saveTo,
      saveEvery: 5,
      onProgress: () => void written.push(JSON.parse(read(saveTo)).state.evaluations),
    });
    // Steps of 3 evaluations: the write is due after 6.
    expect(written).toEqual([0, 6, 6, 12, 12, 18, 18, 24, 24]);
    expect(JSON.parse(read(saveTo)).state).toMatchObject({ evaluations: 28 });
  });

  it('survives a SIGKILL at any moment', async () => {
    const { saveTo, tableTo } = newFiles();
    const options: MinimizeOptions = {
      coordinates: 3,
      evaluations: 4000,
      method: 'dscd',
      saveTo,
      tableTo,
      saveEvery: 1,
    };
    const module = (path: string): string =>
      pathToFileURL(join(import.meta.dirname, '../../../src/optimize', path)).href;
    const program = `
      const { minimize } = await import('${module('minimize/minimize.ts')}');
      const { STYBLINSKI_TANG } = await import('${module('test-functions/test-functions.ts')}');
      let steps = 0;
      const onProgress = () => { if (++steps === 20) process.stdout.write('on the way'); };
      await minimize(STYBLINSKI_TANG.value, { ...${JSON.stringify(options)}, resume: true, onProgress });`;
    for (let attempt = 0; attempt < 2; attempt++) {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(JSON.parse(read(saveTo)).state.evaluations).toBeGreaterThanOrEqual(20 * (attempt + 1) - 1);
    }
    const resumed = await minimize(STYBLINSKI_TANG.value, { ...options, saveEvery: 4000, resume: true });
    const others = newFiles();
    expect(resumed).toEqual(await minimize(STYBLINSKI_TANG.value, { ...options, ...others, saveEvery: 4000 }));
    expect(read(tableTo)).toBe(read(others.tableTo));
  });

  it('has its newest state after an abort, and after a failure of the objective', async () => {
    const options = { coordinates: 2, evaluations: EVALUATIONS, method: 'dscd', saveEvery: 1000 } as const;
    const undisturbed = await minimize(OBJECTIVE, options);
    const controller = new AbortController();
    const aborted = newFiles();
    const { state } = await minimize(OBJECTIVE, {
      ...options,
      ...aborted,
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step === 11) controller.abort();
      },
    });
    expect(JSON.parse(read(aborted.saveTo)).state).toEqual(state);
    const failed = newFiles();
    let calls = 0;
    const value = (x: Float64Array): number => {
      if (++calls === 12) throw new Error('broken');
      return OBJECTIVE.value(x);
    };
    const error = await minimize({ ...OBJECTIVE, value }, { ...options, ...failed }).catch((e: unknown) => e);
    expect(JSON.parse(read(failed.saveTo)).state).toEqual((error as ObjectiveError).state);
    for (const names of [aborted, failed]) {
      expect(JSON.parse(read(names.saveTo)).state.evaluations).toBe(11);
      expect(await minimize(OBJECTIVE, { ...options, ...names, resume: true })).toEqual(undisturbed);
      expect(read(names.tableTo).split('\n')).toHaveLength(EVALUATIONS + 1);
    }
  });

  it('that has ended is returned without an evaluation, and goes on with a larger budget', async () => {
    const names = newFiles();
    const options = { coordinates: 2, method: 'uniform', ...names } as const;
    const done = await minimize(OBJECTIVE, { ...options, evaluations: 20 });
    const again = await minimize(() => expect.unreachable(), { ...options, evaluations: 20, resume: true });
    expect(again).toEqual(done);
    const more = await minimize(OBJECTIVE, { ...options, evaluations: 30, resume: true });
    expect(more.evaluations).toBe(30);
    expect(read(names.tableTo).split('\n')).toHaveLength(31);
  });

  it('takes a table beside a state of your own', async () => {
    const { tableTo } = newFiles();
    const options = { coordinates: 2, method: 'uniform', tableTo } as const;
    const { state } = await minimize(OBJECTIVE, { ...options, evaluations: 20 });
    writeFileSync(tableTo, `${read(tableTo)}half a li`);
    await minimize(OBJECTIVE, { ...options, evaluations: 25, resume: state });
    const numbers = read(tableTo)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).number);
    expect(numbers).toEqual(Array.from({ length: 25 }, (_, i) => i));
  });

  it('keeps an optimizer of your own', async () => {
    const names = newFiles();
    const create = (seed: number) => new UniformSampling({ start: [1, 2] }, Random.fromSeed(seed));
    const undisturbed = await minimize(OBJECTIVE, { method: create(0), evaluations: 20 });
    const { objective, died } = dying(9);
    void minimize(objective, { method: create(0), evaluations: 20, ...names, saveEvery: 1 });
    await died;
    const resumed = await minimize(OBJECTIVE, { method: create(1), evaluations: 20, ...names, resume: true });
    expect(resumed).toEqual(undisturbed);
  });

  it.each<[Partial<MinimizeOptions>, string]>([
    [{ seed: 2 }, 'seed must be 1, as in the run that FILE holds, got 2'],
    [{ method: 'uniform' }, 'method must be dscd, as in the run that FILE holds, got uniform'],
    [{ bounds: [-1, Infinity] }, 'bounds must be [-5,5], as in the run that FILE holds, got [-1,Infinity]'],
    [{ coordinates: 3 }, 'coordinates must be 2, as in the run that FILE holds, got 3'],
    [{ schedule: 'cosine' }, 'schedule must be constant, as in the run that FILE holds, got cosine'],
    [{ start: [1, 2] }, 'start must be none, as in the run that FILE holds, got [1,2]'],
    [{ dscd: { window: 50 } }, 'the saved window must be 50, got 1000'],
    [{ evaluations: 9 }, 'evaluations must be at least the 20 of the saved run, got 9'],
    [{ resume: undefined as never }, 'FILE exists already: go on with it by resume: true, or choose another name'],
  ])('of other options is refused: %o', async (more, message) => {
    const names = newFiles();
    const options = { coordinates: 2, evaluations: 20, method: 'dscd', seed: 1, ...names } as const;
    await minimize(OBJECTIVE, options);
    const before = read(names.saveTo);
    const refused = minimize(OBJECTIVE, { ...options, resume: true, ...more });
    await expect(refused).rejects.toThrow(new RangeError(message.replace('FILE', names.saveTo)));
    expect(read(names.saveTo)).toBe(before);
  });

  it('is refused if a file is none of minimize, lacks rows or cannot be written', async () => {
    const names = newFiles();
    const options = { coordinates: 2, evaluations: 20, method: 'dscd', ...names } as const;
    const refused = (more: Partial<MinimizeOptions> = {}) =>
      minimize(OBJECTIVE, { ...options, ...more }).catch(({ message }: Error) => message);
    for (const text of ['{', 'null', '[]', '{}', '{"minimize":{},"state":3}']) {
      writeFileSync(names.saveTo, text);
      expect(await refused({ resume: true })).toBe(`${names.saveTo} must hold a run that minimize saved`);
    }
    rmSync(names.saveTo);
    writeFileSync(names.tableTo, 'mine');
    const existing = `${names.tableTo} exists already: go on with it by resume: true, or choose another name`;
    expect(await refused({ resume: true })).toBe(existing);
    expect(read(names.tableTo)).toBe('mine');
    rmSync(names.tableTo);
    await minimize(OBJECTIVE, options);
    writeFileSync(names.tableTo, '{}\n');
    expect(await refused({ resume: true })).toBe(
      `${names.tableTo} must hold the 20 evaluations of the saved run, got fewer`,
    );
    expect(await refused({ saveTo: join(folder, 'missing/run.json'), tableTo: undefined as never })).toMatch(/ENOENT/);
    expect(await refused({ ...newFiles(), saveEvery: 0 })).toBe('saveEvery must be a positive integer, got 0');
    const none = minimize(OBJECTIVE, { coordinates: 2, evaluations: 20, resume: true });
    await expect(none).rejects.toThrow(new RangeError('resume: true needs the file saveTo, got none'));
    // Options that are refused leave no file.
    const unused = newFiles();
    await refused({ ...unused, learningRate: -1 });
    expect([existsSync(unused.saveTo), existsSync(unused.tableTo)]).toEqual([false, false]);
  });
});
