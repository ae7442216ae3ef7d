import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startSearch } from '../../actors/index.ts';
import { loadDataset } from '../../src/data/load-dataset.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { writeTinyCifar } from '../../test/support/tiny-cifar.ts';
import { childrenOf } from '../storm/run-life.ts';
import { report, round } from './report.ts';

export interface MemoryFlags {
  readonly iterations: number;
}

const EPOCHS = 10;
const BATCH = 8;
const MEBI = 2 ** 20;

/**
 * Runs a smoke search of so many iterations, and prints after each of ten epochs how much memory the coordinator (after a
 * collection of garbage: its heap, and all that is resident) and the supernet (resident) take, in MiB. Linux only.
 */
export async function benchMemory({ iterations }: MemoryFlags): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-bench-'));
  try {
    const perEpoch = Math.ceil(iterations / EPOCHS);
    // Half of the pictures train w, the other half moves alpha.
    const trainSize = 2 * BATCH * perEpoch;
    writeTinyCifar(join(folder, 'data'), { train: trainSize, test: 32 });
    const data = await loadDataset({ data: join(folder, 'data') });
    const sizes = { trainSize, epochs: EPOCHS, batch: BATCH, threads: 1, workers: 2 };
    const options = resolveSearchOptions({ method: 'fair-darts+dscd', ...sizes }, 'smoke', data);
    await startSearch(options, join(folder, 'run'), {
      data,
      onEvent: (event) => {
        if (event.event !== 'epoch') return;
        collect();
        const { rss, heapUsed } = process.memoryUsage();
        const supernet = childrenOf(process.pid).map(residentOf);
        report({
          measurement: 'memory',
          iteration: event.step,
          heap: round(heapUsed / MEBI),
          coordinator: round(rss / MEBI),
          supernet: round(Math.max(...supernet) / MEBI),
        });
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Resident bytes of a process. */
function residentOf(pid: number): number {
  const [, kibi = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return 1024 * Number(kibi);
}
