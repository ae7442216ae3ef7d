import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../../..');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'example-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the README', () => {
  it.each([
    ['minimize', 'lesslocal', 'src/index.ts'],
    ['createStudy', 'lesslocal/optimize', 'src/optimize/index.ts'],
  ])('has an example of %s that prints what it says', (name, entry, source) => {
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    const example = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)]
      .map(([, text]) => text as string)
      .find((text) => text.includes(`import { ${name} } from '${entry}'`));
    expect(example).toBeDefined();
    const address = pathToFileURL(join(REPOSITORY, source)).href;
    const program = join(folder, 'example.mts');
    writeFileSync(program, example!.replace(`'${entry}'`, `'${address}'`));
    const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const [, promised] = /console\.log\(.*\); \/\/ (.*)$/m.exec(example!)!;
    expect(stdout.trim()).toBe(promised);
  });
});
