import { configDefaults, defineConfig } from 'vitest/config';

/** Rooms whose tests leave nothing behind: no native state, no thread, no signal handler. */
const PLAIN_ROOMS = 'test/{data,export,math,network,optimize,options,protobuf,record,report,retrain,search,space}';

const SHARED = {
  // Suites start processes and threads of their own; forks keep the native state of one file out of another.
  pool: 'forks',
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const;

export default defineConfig({
  test: {
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
