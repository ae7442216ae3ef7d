import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSyntheticComparison } from '../../experiments/synthetic.ts';
import { METHOD_NAMES } from '../../src/optimize/minimize/create-optimizer.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { parseLines, readResults, startSynthetic, temporaryFolder } from './run-comparison.ts';

const SMALL = '--functions sphere,rosenbrock --dimension 3 --steps 120 --seeds 3'.split(' ');
const METHODS = ['--methods', METHOD_NAMES.join(',')];

/** 12 settings of Adam, with and without DSCD, 4 of coordinate descent, 4 others; on two functions. */
const SETTINGS = 2 * (12 + 12 + 4 + 4);

const spread = { median: expect.any(Number), min: expect.any(Number), max: expect.any(Number) };

describe('node experiments/synthetic.ts', () => {
  it('leaves the same results for any number of workers, and figures of them', async () => {
    const [one, two] = [join(temporaryFolder(), 'new', 'one'), temporaryFolder()];
    const endings = [
      await runInProcess(runSyntheticComparison, [...SMALL, ...METHODS, '--out', one, '--workers', '1', '--json']),
      await runInProcess(runSyntheticComparison, [...SMALL, ...METHODS, '--out', two, '--workers', '2']),
    ];
    expect(endings.map(({ code }) => code)).toEqual([0, 0]);
    const results = readResults(one);
    expect(results).toHaveLength(3 * SETTINGS);
    expect(readResults(two)).toEqual(results);
    expect(readdirSync(one).sort()).toEqual(['config.json', 'figure3.html', 'figure3.svg', 'results.jsonl']);
    const svg = readFileSync(join(two, 'figure3.svg'), 'utf8');
    expect(svg === readFileSync(join(one, 'figure3.svg'), 'utf8')).toBe(true);
    expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(SETTINGS);
    expect(svg.match(/aria-roledescription="area mark"/g)).toHaveLength(SETTINGS);

    const [json, table] = endings.map(({ stdout }) => stdout) as [string, string];
    const lines = parseLines(json);
    expect(lines).toHaveLength(SETTINGS);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(
        'function dimension method learningRate schedule seeds evaluations gradients bestGap finalGap'.split(' '),
      );
      expect(line).toMatchObject({ dimension: 3, seeds: 3, bestGap: spread, finalGap: spread });
      expect(line.evaluations).toBeLessThanOrEqual(120);
    }
    expect(lines[0]).toMatchObject({ function: 'sphere', method: 'adam', learningRate: 0.001, schedule: 'constant' });
    expect(lines.at(-5)).toMatchObject({
      function: 'rosenbrock',
      method: 'basin-hopping',
      learningRate: null,
      schedule: null,
    });
    expect(table).toMatch(
      /\nDSCD improved \d+ of 24 settings of Adam in the median best gap, \d+ tied, \d+ got worse\.\n/,
    );
    expect(endings[0]?.stderr).toMatch(/^(\d+\/192 runs .* left\n)+$/); // no terminal: plain lines
  });

  it('keeps what was done at Ctrl-C, and leaves with exit code 130', async () => {
    const folder = temporaryFolder();
    const args = '--functions sphere --methods uniform --dimension 2 --seeds 40 --steps 300000 --workers 1'.split(' ');
    const { child, ended } = startSynthetic([...args, '--json', '--out', folder]);
    await once(child.stderr as NonNullable<typeof child.stderr>, 'data'); // a tenth is done
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    const done = readResults(folder);
    expect(done.length).toBeGreaterThanOrEqual(4);
    expect(done.length).toBeLessThan(40);
    expect(done.map(({ seed }) => seed)).toEqual(done.map((_, i) => i));
    expect(stderr).toContain(`interrupted after ${done.length} of 40 runs, which are in ${folder}`);
    expect(existsSync(join(folder, 'figure3.svg'))).toBe(false);
  });
});
