import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/**
 * Runs a script in a process of its own, since the backend belongs to the process. In it the optional package is
 * missing, whether or not it is installed here.
 *
 * @returns what the script passed to `report`, one a call
 */
function run(script: string): unknown[] {
  const source = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier !== '@tensorflow/tfjs-node-gpu') return next(specifier, context);
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
