import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TraceLine } from '../../src/record/trace-line.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import { writeFakeSearch } from '../support/fake-run.ts';
import { PROGRAMS, type ProgramName } from '../support/programs.ts';
import { captureIo, runInProcess } from '../support/run-in-process.ts';
import { Screen } from '../support/screen.ts';
import { TerminalRun } from '../support/terminal-run.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';
import { decision, proposal, recovered, toText, transition } from '../support/trace-lines.ts';

const ROOT = join(import.meta.dirname, '../..');
const LESSLOCAL = join(ROOT, 'tools/lesslocal.ts');
const SEVERAL = join(ROOT, 'test/support/run-programs.ts');
const SMALL = ['--preset', 'smoke', '--data', 'data', '--threads', '1', '--no-report'];

/** Characters of a bar. */
const BAR = /[█░]/;

/** A folder with a few pictures, in which programs are started. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-terminal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeTinyCifar(join(folder, 'data'), { train: 96, test: 32 });
  return folder;
}

/** The trace of a search whose global step has a loss. */
function traceOf(loss: number): TraceLine[] {
  return [
    transition(1, 'starting', 'localStep'),
    decision(2),
    transition(3, 'localStep', 'globalStep'),
    decision(4, { step: 1, kind: 'global', loss, proposals: [proposal(), proposal({ edge: [1, 2] })] }),
    recovered(5, 1, 'the supernet was killed by SIGKILL while it evaluated two proposals for the normal cell'),
    transition(6, 'globalStep', 'done'),
  ];
}

/** A text without the breaks that a terminal's width makes: in a command they follow a backslash. */
const flow = (text: string): string => text.replaceAll(/(?: \\)?\s+/g, ' ').trim();

/** All that stands on a screen once the program has ended: nothing but whole lines that fit. */
async function shown(run: TerminalRun): Promise<{ readonly code: number; readonly text: string }> {
  const code = await run.ended;
  const { text, brokenRows, cursorShown } = run.screen;
  expect({ brokenRows, cursorShown }).toEqual({ brokenRows: [], cursorShown: true });
  expect(text).not.toMatch(BAR);
  return { code, text };
}

it('a screen knows what a terminal broke, and what was overwritten', () => {
  const screen = new Screen(6);
  screen.write('abcdefg\r\n猫猫猫猫\r\n12345\rx\x1b[2');
  screen.write('K\x1b[1Gy');
  expect(screen.rows).toEqual(['abcdef', 'g', '猫猫猫', '猫', 'y']);
  expect(screen.brokenRows).toEqual(['abcdef', '猫猫猫']);
  expect(screen.text).toBe('abcdefg\n猫猫猫猫\ny\n');
});

describe.each([60, 80, 120])('on a terminal of %d columns', (columns) => {
  it('a search and the retraining that follows show bars, and leave every line whole', async () => {
    const cwd = makeFolder();
    const args = ['search', ...SMALL, '--out', 'run', '--method', 'darts', '--retrain', '--retrain-epochs', '2'];
    const run = await TerminalRun.start([LESSLOCAL, ...args], { columns, cwd });
    const { code, text } = await shown(run);
    expect(code).toBe(0);
    expect(run.sent).toMatch(BAR);

    const lines = flow(text);
    const genotype = readFileSync(join(cwd, 'run', 'genotype.txt'), 'utf8').trim();
    expect(lines).toContain(genotype);
    const [search = '', retraining = ''] = text.split('record of the run: run\n');
    expect(writeGenotype(readGenotype(search.slice(search.indexOf('Genotype('))), 'pairs')).toBe(genotype);
    expect(readGenotype(retraining)).toEqual(readGenotype(genotype));
    const time = '[\\d.]+ m?s';
    const measured = '\\d\\.\\d{3} [\\d.]+ %';
    for (const epoch of ['1/2', '2/2']) {
      expect(lines).toMatch(new RegExp(`epoch ${epoch} ${time} train ${measured} test ${measured} [\\d,]+ pictures/s`));
    }
    for (const epoch of ['1/3', '2/3', '3/3']) {
      const mixing = 'mean mixing weight 0\\.125 / 0\\.125 6 local';
      expect(lines).toMatch(new RegExp(`epoch ${epoch} ${time} train ${measured} validation ${measured} ${mixing}`));
    }
    expect(lines).toMatch(/accuracy of the supernet: train [\d.]+ %, validation [\d.]+ %, test [\d.]+ % record/);
    expect(lines).toMatch(/test accuracy [\d.]+ % on 32 pictures, loss \d\.\d{3} .* record of the run: run\/retrain$/);
  });

  it('other programs show the words that a pipe gets', async () => {
    const cwd = makeFolder();
    const [fake, other] = [join(cwd, 'fake'), join(cwd, 'other')];
    for (const [run, loss] of [
      [fake, 2],
      [other, 3],
    ] as const) {
      writeFakeSearch(run, { epochs: 8 });
      writeFileSync(join(run, 'trace.jsonl'), toText(traceOf(loss)));
    }
    const calls = [
      [0, 'trace', fake],
      [0, 'trace', fake, '--follow'],
      [0, 'derive', fake],
      [0, 'derive', fake, '--epoch', 'all'],
      [1, 'compare', fake, other],
      [0, 'count', 'DARTS_V2', '--auxiliary'],
      [0, 'table2', '--out', join(cwd, 'table2')],
      [0, 'search', '--help'],
      [0, 'count', '--help'],
      [2, 'search', '--epochs', '3', '--preset', 'enormous'],
      [2, 'derive', fake, '--epoch', '99'],
    ] as const satisfies [code: number, ProgramName, ...string[]][];
    const run = await TerminalRun.start([SEVERAL, JSON.stringify(calls.map(([_, ...call]) => call))], { columns, cwd });
    await run.ended;
    const parts = run.screen.text.split(/== .*\n/);
    const ends = run.screen.text.match(/^== .*$/gm) ?? [];
    for (const [i, [expected, name, ...argv]] of calls.entries()) {
      const { code, stdout, stderr } = await runInProcess(PROGRAMS[name], argv, captureIo(`lesslocal ${name}`));
      expect(ends[i]).toBe(`== ${name} ended with ${code}`);
      expect(code).toBe(expected);
      const [there, piped] = [parts[i] ?? '', stdout + stderr].map((text) => flow(text).split(' '));
      // The parts of a table stand in another order.
      expect([name, ...argv, ...new Set(there?.toSorted())]).toEqual([name, ...argv, ...new Set(piped?.toSorted())]);
    }
    // Only the terminal breaks a path that is longer than its lines, so that it can be copied.
    for (const row of run.screen.brokenRows) expect(row).toContain(cwd.slice(0, 10));
  });
});

describe('on a narrow terminal', () => {
  it('an interrupted search says how to go on in a command that can be copied', async () => {
    const cwd = makeFolder();
    const args = ['search', ...SMALL, '--out', 'the-folder-of-a-run', '--epochs', '500'];
    const run = await TerminalRun.start([LESSLOCAL, ...args], { columns: 60, cwd });
    await run.until(({ text }) => text.includes('epoch 2/500'));
    run.interrupt();
    const { code, text } = await shown(run);
    expect(code).toBe(130);
    expect(flow(text)).toMatch(
      /interrupted after \d+ iterations; go on with: lesslocal search --resume the-folder-of-a-run$/,
    );
  });

  it('a second Ctrl-C leaves neither a bar nor a hidden cursor', async () => {
    const cwd = makeFolder();
    const run = await TerminalRun.start([LESSLOCAL, 'search', ...SMALL, '--out', 'run', '--epochs', '500'], {
      columns: 60,
      cwd,
    });
    await run.until(({ text }) => text.includes('epoch 2/500'));
    run.interrupt();
    run.interrupt();
    const { code, text } = await shown(run);
    expect(code).toBe(130);
    expect(flow(text)).toMatch(/go on with: lesslocal search --resume run$/);
  });

  it('a comparison shows its runs as a bar', async () => {
    const cwd = makeFolder();
    const args = ['--functions', 'ackley', '--methods', 'adam', '--steps', '20', '--seeds', '1', '--out', 'results'];
    const run = await TerminalRun.start([join(ROOT, 'experiments/synthetic.ts'), ...args], { columns: 60, cwd });
    const { code, text } = await shown(run);
    expect([code, run.sent]).toEqual([0, expect.stringMatching(BAR)]);
    expect(text).toMatch(/^results: results$/m);
  });

  it('that moves no cursor a search has no bars, and says in whole lines that its cells cannot be retrained', async () => {
    const cwd = makeFolder();
    const args = ['search', ...SMALL, '--out', 'run', '--epochs', '1', '--retrain'];
    const run = await TerminalRun.start([LESSLOCAL, ...args], { columns: 60, cwd, env: { TERM: 'dumb' } });
    const { code, text } = await shown(run);
    expect(code).toBe(2);
    expect(flow(text)).toMatch(/error: Invalid arch\.: no activation passes the .* cell, nothing is retrained$/);
    expect(run.sent).not.toContain('\x1b');
  });
});
