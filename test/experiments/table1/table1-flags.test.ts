import { describe, expect, it } from 'vitest';
import { searchOptionsOf as collapseOptionsOf, planCollapse } from '../../../experiments/collapse/collapse-plan.ts';
import { retrainingOptionsOf } from '../../../experiments/many-runs/plan-options.ts';
import { cellOptionsOf, planSignal } from '../../../experiments/signal/signal-plan.ts';
import {
  extendPlan,
  listSearches,
  listTasks,
  planTable1,
  randomOptionsOf,
  readRecordedPlan,
  retrainingsOf,
  type SearchTask,
  searchOptionsOf,
  type Table1Plan,
} from '../../../experiments/table1/table1-plan.ts';
import { readTable1CommandLine } from '../../../experiments/table1.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { captureIo } from '../../support/run-in-process.ts';

/** The plan that a command line asks for. */
function planOf(...argv: string[]): Table1Plan {
  const command = readTable1CommandLine(argv, captureIo());
  if (command === null) throw new Error('help was asked for');
  return planTable1(command.preset, command.request);
}

const rowsOf = ({ variants }: Table1Plan): string[] =>
  variants.flatMap(({ name, lengths }) => lengths.map((epochs) => `${name} ${epochs}`));

const GENOTYPE = publishedGenotype('DARTS_V2');

describe('the command line of table 1', () => {
  it('leaves all that is not given to the preset', () => {
    const laptop = planOf();
    expect(rowsOf(laptop)).toEqual(
      ['fair-darts', 'dscd', 'paired-4'].flatMap((name) => [15, 60, 120].map((epochs) => `${name} ${epochs}`)),
    );
    expect(laptop).toMatchObject({ seeds: [0, 1, 2], retrainings: 1, references: null });
    expect(laptop.randomSeeds).toHaveLength(10);
    const quick = planOf('--preset', 'quick');
    expect(quick).toMatchObject({ seeds: [0, 1], variants: Array(3).fill({ lengths: [15, 60] }) });
    expect(rowsOf(planOf('--preset', 'paper'))).toEqual([
      ...[50, 75, 250, 500].map((epochs) => `fair-darts ${epochs}`),
      ...[1500, 2000, 3000].map((epochs) => `dscd ${epochs}`),
    ]);
  });

  it('takes variants, lengths, seeds, random cells and retrainings, and how it is run', () => {
    const given = [
      '--variants',
      'darts,darts-dscd',
      '--lengths',
      '2,9',
      '--seeds',
      '2',
      '--seed',
      '7',
      '--random',
      '2',
    ];
    const plan = planOf(...given, '--retrainings', '3', '--engine', 'cpu', '--threads', '1', '--workers', '3');
    expect(rowsOf(plan)).toEqual(['darts 2', 'darts 9', 'darts-dscd 2', 'darts-dscd 9']);
    const tasks = listTasks(plan);
    expect(tasks.map(({ seed }) => seed)).toEqual([...Array(4).fill(7), ...Array(4).fill(8), ...plan.randomSeeds]);
    expect(tasks.slice(-2)).toMatchObject(Array(2).fill({ variant: 'random', epochs: null }));
    const run = { engine: 'cpu', threads: 1, workers: 3 };
    const last = searchOptionsOf(plan, listSearches(plan).at(-1) as SearchTask);
    expect(last).toMatchObject({ ...run, method: 'darts+dscd', epochs: 9, seed: 8 });
    expect(retrainingsOf(plan, GENOTYPE, 8, { workers: 1 })).toMatchObject(
      [8, 9, 10].map((seed) => ({ ...run, workers: 1, seed })),
    );
  });

  it('searches what collapse watches, and retrains what signal compares with', () => {
    const table = planOf();
    const collapse = planCollapse('laptop', { epochs: 60, variants: ['fair-darts', 'dscd', 'paired-4', 'slow'] });
    for (const variant of ['fair-darts', 'dscd', 'paired-4']) {
      const search = searchOptionsOf(table, { variant, epochs: 60, seed: 1 });
      expect(search).toEqual(collapseOptionsOf(collapse, { variant, seed: 1 }));
    }
    const signal = planSignal('laptop', {});
    expect(retrainingOptionsOf(table, GENOTYPE, 0)).toEqual(retrainingOptionsOf(signal, GENOTYPE, 0));
    expect(randomOptionsOf(table)).toEqual(cellOptionsOf(signal));
    const slow = planOf('--preset', 'paper', '--variants', 'slow');
    const { alphaLearningRate } = searchOptionsOf(slow, { variant: 'slow', epochs: 50, seed: 0 });
    expect(alphaLearningRate).toBeCloseTo(3e-4, 12);
  });

  it('gives the paper’s settings with the preset paper', () => {
    const plan = planOf('--preset', 'paper');
    const [first] = listSearches(plan) as [SearchTask];
    const search = { channels: 16, layers: 8, batch: 128, image: 32, trainSize: 50_000, alphaLearningRate: 3e-3 };
    expect(searchOptionsOf(plan, first)).toMatchObject({ ...search, weightsLearningRate: 0.005, evaluationSize: 0 });
    const retraining = {
      channels: 36,
      layers: 20,
      batch: 96,
      image: 32,
      epochs: 600,
      auxiliaryWeight: 0.4,
      cutout: 16,
    };
    expect(retrainingOptionsOf(plan, GENOTYPE, 0)).toMatchObject(retraining);
  });

  it.each([
    [['--variants', 'fair-darts,enas'], 'variants must be among'],
    [['--random', '-1'], 'random must be an integer from 0'],
    [['--retrainings', '0'], 'retrainings must be an integer from 1'],
    [['--lengths', '3,0'], 'lengths must be integers from 1'],
    [['--lengths', '3,,6'], 'lengths must be integers from 1'],
    [['--lengths', '2.5'], 'lengths must be integers from 1'],
    [['--seeds', '0'], 'seeds must be an integer from 1'],
    [['--seed', '-1'], 'seed must be an integer from 0'],
    [['--workers', '0'], 'workers must be an integer from 1'],
    [['--engine', 'tfjs', '--threads', '2'], 'threads: without effect because engine is tfjs'],
    [['--engine', 'torch'], 'Allowed choices are auto, cpu, webgpu, tfjs'],
    [['--preset', 'long'], 'Allowed choices are paper, laptop, quick, smoke'],
    [['--out', ''], 'out must name a folder'],
    [['--resume', 'x', '--random', '3'], 'random: fixed when the run began'],
    [['--resume', 'x', '--lengths', '3'], 'lengths: fixed when the run began'],
    [['--resume', 'x', '--preset', 'laptop', '--seed', '3'], 'preset, seed: fixed when the run began'],
    [['runs/x'], 'unexpected argument "runs/x"'],
    [['--epochs', '3'], "unknown option '--epochs'"],
  ])('refuses %j', (argv, said) => {
    expect(() => planOf(...argv)).toThrow(OptionsError);
    expect(() => planOf(...argv)).toThrow(said);
  });

  it('takes what changes no result when a table is resumed, more retrainings, and references', () => {
    const argv = ['--resume', 'x', '--workers', '3', '--threads', '1', '--json', '--retrainings', '2'];
    const command = readTable1CommandLine([...argv, '--references', 'file'], captureIo());
    const request = { workers: 3, threads: 1, retrainings: 2, references: 'file' };
    expect(command).toMatchObject({ resume: 'x', json: true, request });
    const plan = planOf('--preset', 'smoke');
    expect(extendPlan(plan, {})).toEqual(plan);
    expect(extendPlan(plan, { retrainings: 2 })).toEqual({ ...plan, retrainings: 2 });
    const fewer = { retrainings: 1 };
    expect(() => extendPlan({ ...plan, retrainings: 2 }, fewer)).toThrow('retrainings must be at least 2');
    expect(() => extendPlan(plan, { references: 'nowhere.json' })).toThrow(RunFolderError);
  });
});

describe('a recorded plan', () => {
  it('is the plan, and is checked', () => {
    const plan = planOf('--preset', 'smoke');
    expect(readRecordedPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    const damages: [object, string][] = [
      [{ ...plan, variants: [] }, 'variants'],
      [{ ...plan, search: { batch: 1 } }, 'batch'],
      [{ ...plan, seeds: ['0'] }, 'seeds'],
    ];
    for (const [damaged, said] of damages) {
      expect(() => readRecordedPlan(damaged)).toThrow(/^the recorded options are damaged: /);
      expect(() => readRecordedPlan(damaged)).toThrow(said);
    }
    expect(() => readRecordedPlan({ preset: 'laptop', cells: [] })).toThrow(/^the table was begun by an older version/);
  });
});
