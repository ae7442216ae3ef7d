import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testFolder, writeFakeSearch } from '../support/fake-run.ts';
import { toText, transition } from '../support/trace-lines.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Starts a program whose standard output nobody reads. */
async function unread(file: string, args: readonly string[]): Promise<{ code: unknown; stderr: string }> {
  const child = spawn(process.execPath, [join(ROOT, file), ...args]);
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, stderr };
}

it.each<[string, (folder: string) => string[]]>([
  ['tools/trace.ts', (folder) => [folder]],
  ['tools/trace.ts', (folder) => [folder, '--follow']],
  ['tools/compare.ts', (folder) => [folder, folder]],
  ['tools/report.ts', (folder) => ['--beta', '--out', join(folder, 'beta.html')]],
  ['tools/bench.ts', () => ['optimize', '--steps', '10', '--reps', '1']],
  ['tools/golden.ts', () => ['test/golden/case-a', '--engine', 'cpu']],
  ['experiments/table2.ts', (folder) => ['--out', join(folder, 'table2')]],
  ['experiments/cifar10.ts', () => ['--help']],
])('%s ends without a word and with exit code 141 if nobody reads its output', async (file, argsOf) => {
  const folder = writeFakeSearch(join(testFolder(), 'run'));
  writeFileSync(join(folder, 'trace.jsonl'), toText([transition(0, 'starting', 'done')]));
  expect(await unread(file, argsOf(folder))).toEqual({ code: 141, stderr: '' });
});
