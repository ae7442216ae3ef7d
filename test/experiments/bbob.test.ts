import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BbobResult } from '../../experiments/bbob/bbob-run.ts';
import { runBbobComparison } from '../../experiments/bbob.ts';
import { METHOD_NAMES } from '../../src/optimize/minimize/create-optimizer.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { parseLines, temporaryFolder } from './run-comparison.ts';

const readResults = (folder: string) => parseLines(readFileSync(join(folder, 'results.jsonl'), 'utf8'));

const SMALL = '--dimensions 2,3 --functions 1,5 --methods dscd,uniform --budget 20 --seeds 2 --workers 1'.split(' ');

describe('node experiments/bbob.ts', () => {
  it('prints who is best where, leaves a figure, and goes on with what was interrupted, also with more seeds', async () => {
    const out = join(temporaryFolder(), 'new');
    const { code, stdout } = await runInProcess(runBbobComparison, [...SMALL, '--out', out]);
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['bbob.html', 'bbob.svg', 'config.json', 'results.jsonl', 'runs.jsonl']);
    expect(readResults(out)).toHaveLength(16);
    expect(stdout).toMatch(/^dimension +function +best +dscd, gap +uniform, gap\n2 +f1 sphere +\S+ /);
    expect(stdout.match(/ mean rank /g)).toHaveLength(2);
    const svg = readFileSync(join(out, 'bbob.svg'), 'utf8');
    expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(4);
    const [whole, part] = [out, temporaryFolder()];
    const lines = readFileSync(join(whole, 'runs.jsonl'), 'utf8').split('\n');
    writeFileSync(join(part, 'runs.jsonl'), `${lines.slice(0, 5).join('\n')}\n${lines[5]!.slice(0, 30)}`);
    const resumed = await runInProcess(runBbobComparison, [...SMALL, '--resume', part]);
    expect(resumed.stderr).toMatch(/^\d+\/11 runs/);
    expect(resumed.stdout).toBe(stdout.replace(whole, part));
    expect(readResults(part)).toEqual(readResults(whole));
    const more = await runInProcess(runBbobComparison, [...SMALL, '--seeds', '3', '--json', '--resume', part]);
    expect(more.stderr).toMatch(/^\d+\/8 runs/);
    expect(readResults(part)).toHaveLength(24);
    expect(parseLines(more.stdout)).toHaveLength(8);
    const again = await runInProcess(runBbobComparison, [...SMALL, '--out', out]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('already holds results') });
  });

  it('counts the evaluations of a gradient, and never more than the budget', async () => {
    const out = temporaryFolder();
    const flags = ['--dimensions', '3', '--functions', '8', '--budget', '30', '--seeds', '1', '--workers', '1'];
    const methods = ['--methods', METHOD_NAMES.join(',')];
    await runInProcess(runBbobComparison, [...flags, ...methods, '--out', out]);
    const results = readResults(out) as unknown as BbobResult[];
    expect(results.map(({ method }) => method)).toEqual(METHOD_NAMES);
    for (const { evaluations, budget, hits, bestGap } of results) {
      expect(budget).toBe(90);
      expect(evaluations).toBeLessThanOrEqual(90);
      expect(evaluations).toBeGreaterThan(60);
      expect(bestGap).toBeGreaterThanOrEqual(0);
      const counts = hits.filter((hit) => hit !== null);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      expect(counts.every((hit) => hit <= 90)).toBe(true);
    }
  });

  it('refuses a folder without runs, and flags that break their rules', async () => {
    const empty = temporaryFolder();
    for (const [args, message] of [
      [['--resume', empty], `${empty} holds no runs to go on with: runs.jsonl is missing`],
      [['--dimensions', '1'], 'dimensions must be integers from 2 to 40 with commas between them, got "1"'],
      [['--functions', '25'], 'functions must be integers from 1 to 24 with commas between them, got "25"'],
    ] as const) {
      const { code, stderr } = await runInProcess(runBbobComparison, args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: `error: ${message}\n` });
    }
  });
});
