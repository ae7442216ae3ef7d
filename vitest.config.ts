import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Suites start processes and threads of their own; forks keep the native state of one file out of another.
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
