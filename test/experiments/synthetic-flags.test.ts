import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNoiseFlags, runNoiseComparison } from '../../experiments/noise.ts';
import { readSyntheticFlags, runSyntheticComparison } from '../../experiments/synthetic.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { captureIo, runInProcess } from '../support/run-in-process.ts';
import { temporaryFolder } from './run-comparison.ts';

describe('the flags of the synthetic experiment', () => {
  it('are by default those of the paper’s figure', () => {
    expect(readSyntheticFlags([], captureIo())).toMatchObject({
      functions: ['styblinski-tang', 'schwefel'],
      dimension: 50,
      steps: 20_000,
      seeds: 10,
      seed: 0,
      methods: ['adam', 'adam+dscd', 'uniform', 'cma-es', 'basin-hopping'],
      unscaled: false,
      json: false,
    });
  });

  it('are read', () => {
    const line = '--functions levy,sphere,levy --dimension 3 --steps 9 --seeds 2 --seed 7 --methods dscd --workers 5';
    const flags = readSyntheticFlags([...line.split(' '), '--out', 'a b', '--json', '--unscaled'], captureIo());
    expect(flags).toEqual({
      functions: ['levy', 'sphere'],
      dimension: 3,
      steps: 9,
      seeds: 2,
      seed: 7,
      methods: ['dscd'],
      workers: 5,
      out: 'a b',
      json: true,
      unscaled: true,
    });
  });

  it.each([
    ['--functions foo', /^functions must be among styblinski-tang, .*, got "foo"$/],
    ['--functions sphere,,levy', /got ""$/],
    ['--dimension 0', 'dimension must be an integer from 1 to 100000, got "0"'],
    ['--steps 1.5', /^steps must be an integer .*, got "1.5"$/],
    ['--steps', "option '--steps <number>' argument missing"],
    ['--seeds ten', /^seeds must be an integer .*, got "ten"$/],
    ['--seed -1', /^seed must be an integer from 0 .*, got "-1"$/],
    ['--methods adam,sgd', /^methods must be among adam, .*, got "sgd"$/],
    ['--workers 0', /^workers must be an integer from 1 .*, got "0"$/],
    ['--out=', 'out must name a folder, got an empty name'],
    ['--color red', "unknown option '--color'"],
    ['extra', 'unexpected argument "extra"'],
    ['--functions rosenbrock --dimension 1', 'rosenbrock must have a dimension of at least 2, got 1'],
    ['--dimension 1001', 'cma-es must have a dimension of at most 1000, got 1001: leave it out of --methods'],
  ])('refuse %s with one sentence', (line, said) => {
    const read = (): unknown => readSyntheticFlags(line.split(' '), captureIo());
    expect(read).toThrow(OptionsError);
    expect(read).toThrow(said);
  });
});

it('the flags of the noise experiment refuse unknown levels and rules', () => {
  expect(readNoiseFlags(['--levels', 'A,D', '--rules', 'adam'], captureIo())).toMatchObject({
    levels: ['A', 'D'],
    rules: ['adam'],
  });
  expect(() => readNoiseFlags(['--levels', 'E'], captureIo())).toThrow('levels must be among A, B, C, D, got "E"');
  expect(() => readNoiseFlags(['--rules', 'best'], captureIo())).toThrow(
    /^rules must be among adam, window-return, .*, got "best"$/,
  );
});

describe('the programs', () => {
  it('leave with exit code 2 and one sentence where a flag is bad', async () => {
    const endings = [
      await runInProcess(runSyntheticComparison, ['--dimension', '0']),
      await runInProcess(runNoiseComparison, ['--seeds', '0']),
    ];
    for (const { code, stdout, stderr } of endings) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: \w+ must be an integer from 1 to \d+, got "0"\n$/);
    }
  });

  it('overwrite no results', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'results.jsonl'), 'earlier\n');
    const { code, stderr } = await runInProcess(runSyntheticComparison, ['--out', folder]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: ${folder} already holds results: choose another folder with --out\n`,
    });
    const beneath = join(folder, 'results.jsonl', 'below');
    expect(await runInProcess(runNoiseComparison, ['--out', beneath])).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${beneath} cannot be a folder: a file is in the way\n`,
    });
  });
});
