import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

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
    include: ['test/**/*.test.ts'],
    // Suites start processes and threads of their own; forks keep the native state of one file out of another.
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
