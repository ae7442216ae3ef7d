import { existsSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OPERATIONS } from '../../src/engine/cpu/plan/operations.ts';
import { findKernels } from '../../src/engine/cpu/run/kernel-files.ts';
import { fingerprint, finished, SearchBench } from '../support/search-run.ts';

const native = findKernels('native');

/**
 * Loaded into every thread: the first that runs a schedule while the file `order` is there removes it, and sends the
 * stem's kernel to pictures far outside the memory. What follows is a fault of the native code itself.
 */
function corruptor(addon: string, order: string): string {
  return `
    import { existsSync, rmSync } from 'node:fs';
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    const addon = require(${JSON.stringify(addon)});
    const PHASE_WORDS = 5, OPERATION_WORDS = 2;
    const run = (memory, schedule, ...rest) => {
      const words = new Int32Array(memory.buffer, memory.byteOffset + schedule, PHASE_WORDS + OPERATION_WORDS + 1);
      if (words[PHASE_WORDS] === ${OPERATIONS.stem.code} && existsSync(${JSON.stringify(order)})) {
        rmSync(${JSON.stringify(order)}, { force: true });
        words[PHASE_WORDS + OPERATION_WORDS] = 2 ** 31 - 1;
      }
      addon.run(memory, schedule, ...rest);
    };
    require.cache[${JSON.stringify(addon)}].exports = { ...addon, run };`;
}

if (native === null || process.platform === 'win32') {
  it('there is no native code here that could crash', () => {
    expect(native === null || process.platform === 'win32').toBe(true);
  });
} else {
  it.each(['1', '2'])(
    'a memory fault in native code on %s threads ends the supernet only; the run comes to the same end',
    async (threads) => {
      const bench = new SearchBench();
      const args = ['--kernels', 'native', '--threads', threads, '--proposals', '4', '--epochs', '6'];
      const undisturbed = await finished(bench.startHere('undisturbed', args));
      const order = bench.path('order');
      const hook = bench.path('corruptor.mjs');
      writeFileSync(hook, corruptor(native, order));
      const run = bench.start('crashed', args, { env: { NODE_OPTIONS: `--import=${hook}` } });
      await run.until((event) => event.event === 'step' && event.step === 9);
      writeFileSync(order, '');
      expect((await finished(run)).alphaDigest).toBe(undisturbed.alphaDigest);
      expect(existsSync(order), 'a schedule was corrupted').toBe(false);
      const recoveries = run.events.filter(({ event }) => event === 'recovered');
      expect(recoveries).toEqual([expect.objectContaining({ cause: expect.stringMatching(/SIGSEGV|SIGBUS/) })]);
      expect(fingerprint(bench, 'crashed')).toBe(fingerprint(bench, 'undisturbed'));
    },
  );
}
