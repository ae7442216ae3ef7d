import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minimize } from '../../src/optimize/minimize/minimize.ts';
import { runStudy } from '../../tools/study.ts';
import { captureIo, runInProcess } from '../support/run-in-process.ts';

let folder: string;
let table: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'study-'));
  table = join(folder, 'run.jsonl');
  const bowl = (x: Float64Array): number => 9 * (x[1]! - 1) ** 2 + (x[0]! - 1) ** 2;
  await minimize(bowl, { method: 'dscd', coordinates: 3, evaluations: 300, tableTo: table });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Specifications of the figures of a page. */
function figuresOf(page: string): { description: string; data: { values?: object[] }[] }[] {
  const [, specs = ''] = /<script type="application\/json" id="specs">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(specs);
}

describe('lesslocal study', () => {
  it('tells the best evaluation, and which coordinates mattered', async () => {
    const { code, stdout, stderr } = await runInProcess(runStudy, [table]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^300 evaluations of 3 coordinates: 299 proposal, 1 final\n\d+ proposals accepted\nbest loss /,
    );
    const order = [...stdout.matchAll(/^(\d) +[-\d.e]+ +([\d.]+) %$/gm)].map(([, name, share]) => [
      name,
      Number(share),
    ]);
    expect(order.map(([name]) => name)).toEqual(['1', '0', '2']);
    expect(order[0]![1]).toBeGreaterThan(90);
  });

  it('prints its summary as JSON, of the same numbers as the table has', async () => {
    const { stdout } = await runInProcess(runStudy, [table, '--json']);
    const rows = readFileSync(table, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const best = rows.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(JSON.parse(stdout)).toMatchObject({
      evaluations: 300,
      coordinates: 3,
      best: best.loss,
      number: best.number,
      position: best.position,
      kinds: { proposal: 299, final: 1 },
      notFinite: 0,
    });
  });

  it('draws a page: the gap, the importance, and the history of coordinates', async () => {
    const out = join(folder, 'run.html');
    const { code, stdout } = await runInProcess(runStudy, [
      table,
      '--out',
      out,
      '--minimum',
      '0',
      '--coordinates',
      '2,0',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain(`${out}\n`);
    const page = readFileSync(out, 'utf8');
    const names = ['Gap to the minimum', 'Which coordinates mattered', 'Coordinate 2', 'Coordinate 0'];
    expect([...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, name]) => name)).toEqual(names);
    const figures = figuresOf(page);
    expect(figures.map(({ description }) => description)).toEqual(names);
    const without = join(folder, 'other.html');
    await runInProcess(runStudy, [table, '--out', without]);
    const headings = [...readFileSync(without, 'utf8').matchAll(/<h2>(.*?)<\/h2>/g)].map(([, name]) => name);
    expect(headings).toEqual([
      'Best loss',
      'Which coordinates mattered',
      'Coordinate 1',
      'Coordinate 0',
      'Coordinate 2',
    ]);
  });

  it('draws every row of a short table, and evenly some of a long one, with the last', async () => {
    const long = join(folder, 'long.jsonl');
    const lines = Array.from({ length: 5001 }, (_, number) => ({
      ...{ number, step: number, kind: 'sample', position: [number % 7], accepted: null },
      ...{ loss: number === 3 ? null : -number, best: -number },
    }));
    writeFileSync(long, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const out = join(folder, 'long.html');
    const { stdout } = await runInProcess(runStudy, [long, '--out', out]);
    expect(stdout).toContain('losses not finite: 1\n');
    expect(readFileSync(out, 'utf8')).toContain('"evaluation":5001');
    const [best] = figuresOf(readFileSync(out, 'utf8'));
    const drawn = best!.data.flatMap(({ values = [] }) => values);
    expect(drawn.length).toBeGreaterThan(1000);
    expect(drawn.length).toBeLessThanOrEqual(2000);
  });

  it('passes over damaged lines, and says so', async () => {
    const damaged = join(folder, 'damaged.jsonl');
    const [first, second] = readFileSync(table, 'utf8').split('\n');
    writeFileSync(damaged, `${first}\n{"number": 3}\n${second}\nhalf a li`);
    const { code, stdout, stderr } = await runInProcess(runStudy, [damaged]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'warning: 1 line of damaged.jsonl cannot be read\n' });
    expect(stdout).toMatch(/^2 evaluations .*too few evaluations to tell which coordinates mattered\n$/s);
  });

  it.each([
    [['MISSING'], 'MISSING holds no evaluations: missing.jsonl is missing'],
    [['TABLE', '--coordinates', '3'], 'coordinates must be below 3, got 3'],
    [['TABLE', '--minimum', 'x'], 'minimum must be a finite number, got "x"'],
    [
      ['TABLE', '--out', '/nowhere/at/all.html'],
      '--out must be a file in a folder that exists, got /nowhere/at/all.html (ENOENT)',
    ],
  ])('refuses %o', async (args, message) => {
    const fill = (text: string): string =>
      text.replace('MISSING', join(folder, 'missing.jsonl')).replace('TABLE', table);
    const { code, stderr } = await runInProcess(runStudy, args.map(fill));
    expect({ code, stderr }).toEqual({ code: 2, stderr: `error: ${fill(message)}\n` });
  });

  it('has examples that fail only because there is no such table', async () => {
    const { stdout } = await runInProcess(runStudy, ['--help'], captureIo('lesslocal study'));
    const examples = [...stdout.matchAll(/^ {2}lesslocal study (.*)$/gm)].map(([, args = '']) => args.split(' '));
    expect(examples).toHaveLength(2);
    for (const example of examples) {
      const { code, stderr } = await runInProcess(runStudy, example);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: 'error: run.jsonl holds no evaluations: run.jsonl is missing\n',
      });
    }
  });
});
