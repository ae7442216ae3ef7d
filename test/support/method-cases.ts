import { readdirSync } from 'node:fs';

/** Names of the golden cases of methods, each a folder of `test/golden/methods`. */
export const METHOD_CASES: readonly string[] = readdirSync('test/golden/methods', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();
