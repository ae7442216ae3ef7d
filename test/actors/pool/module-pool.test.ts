import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModulePool, openModulePool, poolObjective } from '../../../actors/pool/module-pool.ts';
import { minimize, ObjectiveError } from '../../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../../src/optimize/minimize/minimize-options.ts';
import * as sameObjective from './module-pool/objective.ts';

const FUNCTIONS = fileURLToPath(new URL('./module-pool/functions.ts', import.meta.url));
const OBJECTIVE = new URL('./module-pool/objective.ts', import.meta.url);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'module-pool-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file that counts calls from none. */
function counter(): string {
  const path = join(folder, `calls-${Math.trunc(performance.now() * 1000)}`);
  writeFileSync(path, '0');
  return path;
}

async function withPool<A, R>(
  exportName: string,
  use: (pool: ModulePool<A, R>) => Promise<void>,
  workers = 1,
): Promise<void> {
  const pool = openModulePool<A, R>(FUNCTIONS, { workers, exportName });
  try {
    await use(pool);
  } finally {
    await pool.close();
  }
}

describe('a module whose top-level await never ends', () => {
  const file = (): string => {
    const path = join(folder, 'never.mjs');
    writeFileSync(path, 'await new Promise(() => setInterval(() => {}, 1e6)); export const value = () => 1;');
    return path;
  };

  it('can be closed while it is called', async () => {
    const pool = openModulePool(file(), { workers: 1 });
    const call = pool.call(1);
    await Promise.all([expect(call).rejects.toThrow(/was closed$/), pool.close()]);
  });

  it('can be closed by a signal while an objective is opened from it, or before', async () => {
    const controller = new AbortController();
    const opening = poolObjective(file(), { workers: 1, signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(opening).rejects.toThrow(/was closed$/);
    await expect(poolObjective(file(), { workers: 1, signal: AbortSignal.abort() })).rejects.toThrow(/was closed$/);
  });
});

describe('a module’s pool', () => {
  it('calls the default export, on as many threads as the machine has', async () => {
    const pool = openModulePool<number, number>(pathToFileURL(FUNCTIONS));
    expect(await Promise.all([1, 2, 3].map((x) => pool.call(x)))).toEqual([2, 4, 6]);
    await pool.close();
    await expect(pool.call(1)).rejects.toThrow(/^the pool of file:.*functions\.ts was closed$/);
  });

  it('calls a named one, and waits for promises', async () => {
    await withPool<Float64Array, number>('sum', async (pool) => {
      expect(await pool.call(Float64Array.of(1, 2, 3.5))).toBe(6.5);
    });
  });

  it('makes calls side by side', async () => {
    const meeting = new Int32Array(new SharedArrayBuffer(4));
    await withPool<Int32Array, number>(
      'meet',
      async (pool) => {
        const [one, other] = await Promise.all([pool.call(meeting), pool.call(meeting)]);
        expect(one).not.toBe(other);
      },
      2,
    );
  });

  it('makes a call again whose thread died', async () => {
    await withPool<object, number>('die', async (pool) => {
      expect(await pool.call({ calls: counter(), times: 2 })).toBe(3);
      expect(await pool.call({ calls: counter(), times: 0 })).toBe(1);
    });
  });

  it('gives up a call that three threads died of, and works on', async () => {
    await withPool<object, number>('die', async (pool) => {
      await expect(pool.call({ calls: counter(), times: 3 })).rejects.toThrow(
        /^3 threads died of the same call of file:.*functions\.ts: worker exited with code: 3$/,
      );
      expect(await pool.call({ calls: counter(), times: 0 })).toBe(1);
    });
  });

  it('passes an exception on, and does not try again', async () => {
    const calls = counter();
    await withPool<string, never>('fail', async (pool) => {
      await expect(pool.call(calls)).rejects.toThrow('no such place');
      await expect(pool.call(calls)).rejects.toMatchObject({ stack: expect.stringContaining('functions.ts') });
    });
    await withPool<object, number>('die', async (pool) => {
      expect(await pool.call({ calls, times: 0 })).toBe(3); // two before
    });
    await withPool<null, never>('failWithText', async (pool) => {
      await expect(pool.call(null)).rejects.toThrow('just text');
    });
  });

  it('says what cannot be sent between threads', async () => {
    await withPool<unknown, unknown>('default', async (pool) => {
      await expect(pool.call(() => undefined)).rejects.toThrow(
        /the argument of a call must be plain data: .*could not be cloned/,
      );
    });
    await withPool<null, unknown>('giveFunction', async (pool) => {
      await expect(pool.call(null)).rejects.toThrow(/the result of a call must be plain data: .*could not be cloned/);
    });
  });

  it.each(['nothing', 'constant'])('lists the functions if %s is none', async (exportName) => {
    await withPool<null, never>(exportName, async (pool) => {
      await expect(pool.call(null)).rejects.toThrow(
        new RegExp(`^file:.*functions.ts must export a function ${exportName}, got only \\[default, .*sum\\]$`),
      );
    });
  });

  it.each([
    ['./functions.ts', 'the file of a module must be an absolute path or a file: URL, got ./functions.ts'],
    ['/no/such/file.ts', 'the file of a module must exist, got /no/such/file.ts'],
    ['file:///no/such/file.ts', 'the file of a module must exist, got file:///no/such/file.ts'],
    [new URL('data:text/javascript,1'), 'the file of a module must be an absolute path or a file: URL, got data:'],
  ])('refuses the file %s', async (file, message) => {
    expect(() => openModulePool(file)).toThrow(RangeError);
    expect(() => openModulePool(file)).toThrow(message);
    await expect(poolObjective(file)).rejects.toThrow(message);
  });

  it.each([0, 1.5])('refuses %d workers', (workers) => {
    const message = `workers must be a positive integer, got ${workers}`;
    expect(() => openModulePool(FUNCTIONS, { workers })).toThrow(new RangeError(message));
  });
});

describe('an objective on threads', () => {
  const runs: [string, MinimizeOptions][] = [
    ['adam+dscd, four proposals', { coordinates: 4, evaluations: 150, dscd: { proposals: 4, window: 30 } }],
    [
      'joint steps with a margin',
      { coordinates: 4, evaluations: 100, mode: 'joint', dscd: { proposals: 2, margin: 0.1 } },
    ],
  ];

  it('gives the same run as at once, to the bit, however many are under way', async () => {
    const objective = await poolObjective(OBJECTIVE, { workers: 2 });
    try {
      for (const [, options] of runs) {
        const expected = await minimize(sameObjective, options);
        for (const concurrency of [1, 4]) {
          expect(await minimize(objective, { ...options, concurrency })).toEqual(expected);
        }
      }
      // The steps are another objective each, so the steps evaluated ahead must be seen as they will be.
      const dscd = { coordinates: 4, evaluations: 150, method: 'dscd' } as const;
      const { discarded, state, ...expected } = await minimize(sameObjective, dscd);
      expect(await minimize(objective, { ...dscd, speculative: 3 })).toMatchObject(expected);
      expect(discarded).toBe(0);
    } finally {
      await objective.close();
    }
  });

  it('has no gradient if the module has none, and its exceptions end the run', async () => {
    const objective = await poolObjective(new URL('./module-pool/value-only.ts', import.meta.url), { workers: 1 });
    try {
      expect(Object.keys(objective)).toEqual(['value', 'close']);
      const start = Float64Array.of(5);
      expect(await minimize(objective, { start: Float64Array.of(1), evaluations: 1 })).toMatchObject({ bestLoss: 1 });
      const failing = minimize(objective, { start, evaluations: 1 });
      const error: unknown = await failing.catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(ObjectiveError);
      expect(error).toMatchObject({ position: start, message: 'the objective failed in step 0: too far out' });
    } finally {
      await objective.close();
    }
  });

  it('needs a module that can be imported and has a value', async () => {
    await expect(poolObjective(FUNCTIONS, { workers: 1 })).rejects.toThrow(/must export a function value, got only/);
    const broken = new URL('./module-pool/broken.ts', import.meta.url);
    await expect(poolObjective(broken, { workers: 1 })).rejects.toThrow('cannot be set up');
  });
});
