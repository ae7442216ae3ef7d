import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder, writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';

const TOOL = join(import.meta.dirname, '../../tools/report.ts');

function report(...args: string[]) {
  return spawnSync(process.execPath, [TOOL, ...args], { encoding: 'utf8' });
}

describe('tools/report.ts', () => {
  it('writes the report of a run into its folder', () => {
    const run = writeFakeSearch(join(testFolder(), 'one'));
    const path = join(run, 'report.html');
    expect(report(run)).toMatchObject({ status: 0, stdout: `${path}\n`, stderr: '' });
    expect(readFileSync(path, 'utf8')).toContain('<title>Search by fair-darts+dscd: one</title>');
  });

  it('compares several runs', () => {
    const folder = testFolder();
    const runs = ['a', 'b'].map((name, seed) => writeFakeSearch(join(folder, name), { options: { seed } }));
    const path = join(folder, 'x.html');
    expect(report(...runs, '--out', path)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(path, 'utf8')).toContain('<title>2 runs compared</title>');
  });

  it('writes the animation of the proposals', () => {
    const path = join(testFolder(), 'beta.html');
    expect(report('--beta', '--out', path)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(path, 'utf8')).toContain('<h2>How proposals are drawn</h2>');
  });

  it('refuses what it cannot do in one sentence, with exit code 2', async () => {
    const folder = testFolder();
    const run = writeFakeSearch(join(folder, 'a'));
    const other = writeFakeRetraining(join(folder, 'b'));
    const socket = join(folder, 'socket');
    const listening = createServer().listen(socket);
    await once(listening, 'listening');
    const refusals: [string[], RegExp][] = [
      [[], /give the folders of runs, or --beta without any/],
      [['--beta'], /--out must name the file to write/],
      [[run, other, '--out', join(folder, 'x.html')], /must be of one kind, got search and retraining/],
      [[join(folder, 'none')], /none holds no run: there is no such folder/],
      [[run, '--out', join(folder, 'none', 'x.html')], /out must be a file in a folder that exists, got ".*x\.html"/],
      [[run, '--out', socket], /out must be a file, and .*socket is none/],
      [[run, '--nonsense'], /unknown option '--nonsense'/],
    ];
    for (const [args, sentence] of refusals) {
      const { status, stdout, stderr } = report(...args);
      expect([status, stdout, stderr.split('\n').length], stderr).toEqual([2, '', 2]);
      expect(stderr).toMatch(sentence);
    }
    expect(statSync(socket).isSocket()).toBe(true);
    listening.close();
  });
});
