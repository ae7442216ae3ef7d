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
  it('has an example of minimize that prints what it says', () => {
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    const example = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)]
      .map(([, text]) => text as string)
      .find((text) => text.includes("import { minimize } from 'lesslocal'"));
    expect(example).toBeDefined();
    const entry = pathToFileURL(join(REPOSITORY, 'src/index.ts')).href;
    const program = join(folder, 'example.mts');
    writeFileSync(program, example!.replace("'lesslocal'", `'${entry}'`));
    const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const [, promised] = /console\.log\(.*\); \/\/ (.*)$/m.exec(example!)!;
    expect(stdout.trim()).toBe(promised);
  });
});
