import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Rooms whose tests leave nothing behind: no native state, no thread, no signal handler. */
const PLAIN_ROOMS = 'test/{data,export,math,network,optimize,options,protobuf,record,report,retrain,search,space}';

const SHARED = {
  // Suites start processes and threads of their own; forks keep the native state of one file out of another.
  pool: 'forks',
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const;

/*
 * Tests of the engine for GPUs run on SwiftShader, a GPU in software that comes with Chromium, if its folder is there.
 * The system finds it by these variables only if they are set when a process starts. `SWIFTSHADER=` takes the GPU of the machine.
 */
const { SWIFTSHADER: folder = '/usr/lib/chromium' } = process.env;
if (existsSync(`${folder}/vk_swiftshader_icd.json`)) {
  process.env.VK_ICD_FILENAMES = `${folder}/vk_swiftshader_icd.json`;
  process.env.LD_LIBRARY_PATH = folder;
}

export default defineConfig({
  test: {
    // Many tests wait for processes: one worker on two cores would leave a core idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // One process serves many files: starting one, and loading the sources again, takes longer than most of these tests.
      { test: { ...SHARED, name: 'plain', include: [`${PLAIN_ROOMS}/**/*.test.ts`], isolate: false } },
      {
        test: {
          ...SHARED,
          name: 'isolated',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, `${PLAIN_ROOMS}/**`],
        },
      },
    ],
  },
});
