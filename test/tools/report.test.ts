import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runReport } from '../../tools/report.ts';
import { testFolder, writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';
import { runInProcess } from '../support/run-in-process.ts';

const report = (...args: string[]) => runInProcess(runReport, args);

describe('tools/report.ts', () => {
  it('writes the report of a run into its folder', async () => {
    const run = writeFakeSearch(join(testFolder(), 'one'));
    const path = join(run, 'report.html');
    expect(await report(run)).toMatchObject({ code: 0, stdout: `${path}\n`, stderr: '' });
    expect(readFileSync(path, 'utf8')).toContain('<title>Search by fair-darts+dscd: one</title>');
  });

  it('compares several runs', async () => {
    const folder = testFolder();
    const runs = ['a', 'b'].map((name, seed) => writeFakeSearch(join(folder, name), { options: { seed } }));
    const path = join(folder, 'x.html');
    expect(await report(...runs, '--out', path)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(path, 'utf8')).toContain('<title>2 runs compared</title>');
    expect(await report(...runs, `${runs[0]}/`, '--out', path)).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8')).toContain('<title>2 runs compared</title>');
  });

  it('writes the animation of the proposals', async () => {
    const path = join(testFolder(), 'beta.html');
    expect(await report('--beta', '--out', path)).toMatchObject({ code: 0, stderr: '' });
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
      [[], /give the folders of runs, or --beta and no folder/],
      [['--beta'], /--out must name the file to write/],
      [[run, other, '--out', join(folder, 'x.html')], /must be of one kind, got search and retraining/],
      [[join(folder, 'none')], /none holds no run: there is no such folder/],
      [[run, '--out', join(folder, 'none', 'x.html')], /out must be a file in a folder that exists, got ".*x\.html"/],
      [[run, '--out', socket], /out must be a file, and .*socket is none/],
      [[run, '--nonsense'], /unknown option '--nonsense'/],
    ];
    for (const [args, sentence] of refusals) {
      const { code, stdout, stderr } = await report(...args);
      expect([code, stdout, stderr.split('\n').length], stderr).toEqual([2, '', 2]);
      expect(stderr).toMatch(sentence);
    }
    expect(statSync(socket).isSocket()).toBe(true);
    listening.close();
  });
});
