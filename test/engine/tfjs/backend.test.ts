import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TENSORFLOW_ADDON, TENSORFLOW_PACKAGE } from '../../../src/engine/tfjs/import-tensorflow.ts';

/** A folder of an installed TensorFlow whose library is the plain JavaScript backend. */
function installFake(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-tensorflow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const addon = join(folder, TENSORFLOW_ADDON);
  mkdirSync(dirname(addon), { recursive: true });
  writeFileSync(addon, '');
  const index = `
    const tf = require('@tensorflow/tfjs');
    const { Tensor } = require('@tensorflow/tfjs-core');
    const { constructor: Cpu } = tf.findBackend('cpu');
    for (const kernel of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
    const facts = { binding: { TF_Version: '9.9.9' }, isUsingGpuDevice: Tensor === tf.Tensor };
    tf.registerBackend('tensorflow', () => Object.assign(new Cpu(), facts));
    globalThis.givenTensor = Tensor;
  `;
  writeFileSync(join(folder, 'node_modules', TENSORFLOW_PACKAGE, 'index.js'), index);
  return folder;
}

/**
 * Runs a script in a process of its own, since the backend belongs to the process. In it the optional package is
 * missing, whether or not it is installed here.
 *
 * @param environment further environment variables
 * @returns what the script passed to `report`, one a call
 */
function run(script: string, environment: NodeJS.ProcessEnv = {}): unknown[] {
  const source = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier !== '@tensorflow/tfjs-node-gpu' || process.env.LESSLOCAL_TENSORFLOW) return next(specifier, context);
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      },
    });
    const report = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
    const messageOf = (promise) => promise.then(() => null, (error) => [error.name, error.message, error.cause?.code ?? null]);
    const { startBackend, heapBytes } = await import('./src/engine/tfjs/backend.ts');
    ${script}
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    env: { ...process.env, LESSLOCAL_TENSORFLOW: '', XDG_CACHE_HOME: join(tmpdir(), 'no-cache'), ...environment },
  });
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('startBackend', () => {
  it('takes wasm for `auto` where tfjs-node-gpu does not load, and says what was tried', () => {
    const [description, heap] = run(`
      report((await startBackend('auto')).description);
      report(heapBytes());
    `);
    expect(description).toEqual({
      engine: 'tfjs',
      backend: 'wasm',
      reason: 'the best that works (backend tensorflow: @tensorflow/tfjs-node-gpu is not installed or does not load)',
      usesGpu: false,
      threads: 1,
    });
    expect(heap).toBeGreaterThan(0);
  });

  it('refuses a second, other backend in the same process, and gives the first one again', () => {
    const [first, refused, again, auto] = run(`
      const { description } = await startBackend('wasm');
      report(description);
      report(await messageOf(startBackend('cpu')));
      report((await startBackend('wasm')).description);
      report((await startBackend('auto')).description);
    `);
    expect(first).toEqual({ engine: 'tfjs', backend: 'wasm', reason: 'asked for', usesGpu: false, threads: 1 });
    expect(refused).toEqual([
      'BackendError',
      'this process runs TensorFlow.js on wasm, it cannot run on cpu too',
      null,
    ]);
    expect([again, auto]).toEqual([first, first]);
  });

  it('says that the optional package is missing where `tensorflow` is asked for, and can start another then', () => {
    const [refused, next, heap] = run(`
      report(await messageOf(startBackend('tensorflow')));
      report((await startBackend('cpu')).description.backend);
      report(heapBytes());
    `);
    expect(refused).toEqual([
      'BackendError',
      'backend tensorflow: @tensorflow/tfjs-node-gpu is not installed or does not load',
      'ERR_MODULE_NOT_FOUND',
    ]);
    expect(next).toBe('cpu');
    expect(heap).toBe(null);
  });

  it('runs on an installed TensorFlow, told to compute alike in every run, by this program’s TensorFlow.js', () => {
    const script = `
      report((await startBackend('tensorflow')).description);
      report(globalThis.givenTensor === (await import('@tensorflow/tfjs')).Tensor);
    `;
    const [description, isOurs] = run(script, { LESSLOCAL_TENSORFLOW: installFake(), TF_CPP_MIN_LOG_LEVEL: '0' });
    expect(description).toEqual({
      ...{ engine: 'tfjs', backend: 'tensorflow', reason: 'asked for', usesGpu: true, threads: 1 },
      build: 'TensorFlow 9.9.9',
      environment: {
        NVIDIA_TF32_OVERRIDE: '0',
        TF_DETERMINISTIC_OPS: '1',
        TF_FORCE_GPU_ALLOW_GROWTH: 'true',
        // The user's.
        TF_CPP_MIN_LOG_LEVEL: '0',
      },
    });
    expect(isOurs).toBe(true);
  });

  it('refuses a folder without an installed TensorFlow, one that does not load, and backends that it does not know', () => {
    const script = `
      report(await messageOf(startBackend('tensorflow')));
      report(await messageOf(startBackend('webgpu')));
    `;
    const [missing, unknown] = run(script, { LESSLOCAL_TENSORFLOW: '/nowhere' });
    expect(missing).toEqual([
      'BackendError',
      'backend tensorflow: LESSLOCAL_TENSORFLOW must name a folder with @tensorflow/tfjs-node-gpu, got /nowhere',
      null,
    ]);
    expect(unknown).toEqual(['BackendError', 'backend must be among tensorflow, wasm, cpu, got "webgpu"', null]);
    const folder = installFake();
    writeFileSync(join(folder, 'node_modules', TENSORFLOW_PACKAGE, 'index.js'), 'throw new Error("no library")');
    expect(run(script, { LESSLOCAL_TENSORFLOW: folder })[0]).toEqual([
      'BackendError',
      `backend tensorflow: @tensorflow/tfjs-node-gpu in ${folder} does not load`,
      null,
    ]);
  });

  it('leaves the process’s handlers of uncaught errors as they were', () => {
    const [before, after] = run(`
      const listeners = () => ['uncaughtException', 'unhandledRejection'].map((event) => {
        return process.listeners(event).map(({ name }) => name);
      });
      process.on('uncaughtException', function mine() {});
      report(listeners());
      await startBackend('wasm');
      report(listeners());
    `);
    expect(after).toEqual(before);
    expect(before).toEqual([['mine'], []]);
  });

  it('leaves an uncaught error to end the process with its own exit code', () => {
    const start = `import('./src/engine/tfjs/backend.ts').then(({ startBackend }) => startBackend('wasm'))`;
    const script = `${start}.then(() => setImmediate(() => { throw new Error('mine'); }))`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(stderr).toContain('Error: mine');
    expect(status).toBe(1);
  });
});
