import { describe, expect, it } from 'vitest';
import {
  listTasks,
  planTable1,
  readRecordedPlan,
  retrainingOptionsOf,
  searchOptionsOf,
  type Table1Plan,
} from '../../../experiments/table1/table1-plan.ts';
import { readTable1CommandLine } from '../../../experiments/table1.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { captureIo } from '../../support/run-in-process.ts';

/** The plan that a command line asks for. */
function planOf(...argv: string[]): Table1Plan {
  const command = readTable1CommandLine(argv, captureIo());
  if (command === null) throw new Error('help was asked for');
  return planTable1(command.preset, command.request);
}

const cellsOf = ({ cells }: Table1Plan): string[] =>
  cells.map(({ method, acceptance, epochs }) => [method, acceptance ?? '-', epochs].join(' '));

describe('the command line of table 1', () => {
  it('leaves all that is not given to the preset', () => {
    const laptop = planOf();
    expect(cellsOf(laptop)).toEqual([
      ...[3, 6, 12].map((epochs) => `fair-darts - ${epochs}`),
      ...[3, 6, 12].map((epochs) => `fair-darts+dscd window ${epochs}`),
      ...[3, 6, 12].map((epochs) => `fair-darts+dscd paired ${epochs}`),
      'random - 12', // its cells do not depend on the length
    ]);
    expect(laptop.seeds).toEqual([0, 1, 2]);
    expect(cellsOf(planOf('--preset', 'paper'))).toEqual([
      ...[50, 75, 250, 500].map((epochs) => `fair-darts - ${epochs}`),
      ...[1500, 2000, 3000].map((epochs) => `fair-darts+dscd window ${epochs}`),
      'random - 50',
    ]);
  });

  it('takes methods, lengths, seeds and rules, and how it is run', () => {
    const given = ['--methods', 'random,darts,darts+dscd', '--lengths', '2,9,4', '--seeds', '2', '--seed', '7'];
    const plan = planOf(...given, '--acceptance', 'paired', '--engine', 'cpu', '--threads', '1', '--workers', '3');
    expect(cellsOf(plan)).toEqual([
      'random - 9',
      ...[2, 9, 4].map((epochs) => `darts - ${epochs}`),
      ...[2, 9, 4].map((epochs) => `darts+dscd paired ${epochs}`),
    ]);
    const tasks = listTasks(plan);
    expect(tasks.map(({ seed }) => seed)).toEqual([...Array(7).fill(7), ...Array(7).fill(8)]);
    const run = { engine: 'cpu', threads: 1, workers: 3 };
    const last = searchOptionsOf(plan, tasks.at(-1) as (typeof tasks)[0]);
    expect(last).toMatchObject({ ...run, method: 'darts+dscd', epochs: 4, seed: 8, acceptance: 'paired' });
    const genotype = publishedGenotype('DARTS_V2');
    expect(retrainingOptionsOf(plan, genotype, 8, { workers: 1 })).toMatchObject({ ...run, workers: 1, seed: 8 });
  });

  it('gives the paper’s settings with the preset paper', () => {
    const plan = planOf('--preset', 'paper');
    const [first] = listTasks(plan) as [ReturnType<typeof listTasks>[0]];
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
    expect(retrainingOptionsOf(plan, publishedGenotype('DARTS_V2'), 0)).toMatchObject(retraining);
  });

  it.each([
    [['--methods', 'fair-darts,enas'], 'methods must be among'],
    [['--lengths', '3,0'], 'lengths must be integers from 1'],
    [['--lengths', '3,,6'], 'lengths must be integers from 1'],
    [['--lengths', '2.5'], 'lengths must be integers from 1'],
    [['--seeds', '0'], 'seeds must be an integer from 1'],
    [['--seed', '-1'], 'seed must be an integer from 0'],
    [['--acceptance', 'always'], 'acceptance must be among window, paired'],
    [['--acceptance', 'paired', '--methods', 'fair-darts'], 'acceptance: only for methods with DSCD'],
    [['--workers', '0'], 'workers must be an integer from 1'],
    [['--engine', 'tfjs', '--threads', '2'], 'threads: without effect because engine is tfjs'],
    [['--engine', 'torch'], 'Allowed choices are auto, cpu, tfjs'],
    [['--preset', 'quick'], 'Allowed choices are paper, laptop, smoke'],
    [['--out', ''], 'out must name a folder'],
    [['--resume', 'x', '--lengths', '3'], 'lengths: fixed when the run began'],
    [['--resume', 'x', '--preset', 'laptop', '--seed', '3'], 'preset, seed: fixed when the run began'],
    [['runs/x'], 'unexpected argument "runs/x"'],
    [['--epochs', '3'], "unknown option '--epochs'"],
  ])('refuses %j', (argv, said) => {
    expect(() => planOf(...argv)).toThrow(OptionsError);
    expect(() => planOf(...argv)).toThrow(said);
  });

  it('takes what changes no result when a table is resumed', () => {
    const command = readTable1CommandLine(['--resume', 'x', '--workers', '3', '--threads', '1', '--json'], captureIo());
    expect(command).toMatchObject({ resume: 'x', json: true, request: { workers: 3, threads: 1 } });
  });
});

describe('a recorded plan', () => {
  it('is the plan, and is checked', () => {
    const plan = planOf('--preset', 'smoke');
    expect(readRecordedPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    const damages: [object, string][] = [
      [{ ...plan, cells: [] }, 'cells'],
      [{ ...plan, search: { batch: 1 } }, 'batch'],
      [{ ...plan, seeds: ['0'] }, 'seeds'],
    ];
    for (const [damaged, said] of damages) {
      expect(() => readRecordedPlan(damaged)).toThrow(/^the recorded options are damaged: /);
      expect(() => readRecordedPlan(damaged)).toThrow(said);
    }
  });
});
