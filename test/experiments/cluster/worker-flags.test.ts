import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { readWorkerFlags, runWorker } from '../../../experiments/worker.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { captureIo, runInProcess } from '../../support/run-in-process.ts';

const read = (...argv: string[]) => readWorkerFlags(argv, captureIo());

it('has a store, and the settings of the documentation', () => {
  expect(read('--store', tmpdir())).toEqual({
    store: realpathSync(tmpdir()),
    ...{ engine: 'auto', threads: 0, lock: 120, insecure: false, json: false },
  });
  for (const argv of [[], ['--store', ''], ['--store', '/nowhere'], ['--store', tmpdir(), '--lock', '0']]) {
    expect(() => read(...argv)).toThrow(OptionsError);
  }
  expect(() => read()).toThrow('store must be a folder, got ""');
});

it('needs to be told where Redis is', async () => {
  const { LESSLOCAL_REDIS } = process.env;
  onTestFinished(() => {
    if (LESSLOCAL_REDIS !== undefined) process.env.LESSLOCAL_REDIS = LESSLOCAL_REDIS;
  });
  delete process.env.LESSLOCAL_REDIS;
  expect(await runInProcess(runWorker, ['--store', tmpdir()])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: LESSLOCAL_REDIS must be the address of Redis: rediss:.*\n$/),
  });
});
