import { describe, expect, it } from 'vitest';
import {
  type CollapsePlan,
  listCollapseTasks,
  planCollapse,
  readRecordedCollapsePlan,
  retrainingOf,
  searchOptionsOf,
} from '../../../experiments/collapse/collapse-plan.ts';
import { COLLAPSE_VARIANT_NAMES } from '../../../experiments/collapse/collapse-presets.ts';
import { readCollapseCommandLine } from '../../../experiments/collapse.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { captureIo } from '../../support/run-in-process.ts';

/** The plan that a command line asks for. */
function planOf(...argv: string[]): CollapsePlan {
  const command = readCollapseCommandLine(argv, captureIo());
  if (command === null) throw new Error('help was asked for');
  return planCollapse(command.preset, command.request);
}

const searchOf = (plan: CollapsePlan, variant: string) => searchOptionsOf(plan, { variant, seed: 0 });

describe('the command line of collapse', () => {
  it('leaves all that is not given to the preset', () => {
    const laptop = planOf();
    const controls = ['slow', 'half', 'stay', 'never'];
    expect(laptop.variants.map(({ name }) => name)).toEqual(expect.arrayContaining(controls));
    expect(laptop.variants.map(({ name }) => name)).not.toContain('short');
    expect(laptop).toMatchObject({ seeds: [0, 1, 2], retrain: false });
    const quick = planOf('--preset', 'quick');
    expect(quick).toMatchObject({ epochs: 60, seeds: [0, 1], variants: [{ name: 'fair-darts' }, { name: 'dscd' }] });
    expect(listCollapseTasks(quick)).toEqual([
      { variant: 'fair-darts', seed: 0 },
      { variant: 'dscd', seed: 0 },
      { variant: 'fair-darts', seed: 1 },
      { variant: 'dscd', seed: 1 },
    ]);
  });

  it('takes variants, epochs, seeds, and how it is run', () => {
    const run = ['--engine', 'cpu', '--threads', '1', '--workers', '3', '--parallel', '4'];
    const plan = planOf('--variants', 'stay,half', '--epochs', '7', '--seeds', '2', '--seed', '5', '--retrain', ...run);
    expect(plan).toMatchObject({ epochs: 7, seeds: [5, 6], retrain: true });
    const options = { epochs: 7, engine: 'cpu', threads: 1, workers: 3 };
    expect(searchOf(plan, 'stay')).toMatchObject(options);
    expect(retrainingOf(plan, publishedGenotype('DARTS_V2'), 5)).toMatchObject({ threads: 1, seed: 5 });
  });

  it('searches and retrains at the sizes of the presets quick, by the paper’s rule and without noise', () => {
    const plan = planOf('--preset', 'quick');
    const quick = resolveSearchOptions({ method: 'fair-darts', epochs: 60, noiseBatches: 0 }, 'quick');
    const rule = { acceptance: 'window', onReject: 'return', proposals: 1, zeroOneRise: 0 };
    expect(searchOf(plan, 'fair-darts')).toEqual({ ...quick, ...rule });
    const genotype = publishedGenotype('DARTS_V2');
    expect(retrainingOf(plan, genotype, 0)).toEqual(resolveRetrainingOptions({ genotype }, 'quick'));
  });

  it('changes one thing in every variant', () => {
    const plan = planOf('--variants', COLLAPSE_VARIANT_NAMES.join(','));
    const adam = searchOf(plan, 'fair-darts');
    const dscd = searchOf(plan, 'dscd');
    expect(dscd).toEqual({ ...adam, method: 'fair-darts+dscd' });
    const paired = { acceptance: 'paired', onReject: 'stay' };
    expect(searchOf(plan, 'paired')).toEqual({ ...dscd, ...paired });
    expect(searchOf(plan, 'paired-4')).toEqual({ ...dscd, ...paired, proposals: 4 });
    expect(searchOf(plan, 'joint-4')).toEqual({ ...dscd, ...paired, proposals: 4, mode: 'joint' });
    expect(searchOf(plan, 'slow')).toEqual({ ...adam, alphaLearningRate: 0.003 });
    expect(searchOf(plan, 'half')).toEqual({ ...adam, alphaEvery: 2 });
    expect(searchOf(plan, 'stay')).toEqual({ ...dscd, onReject: 'stay' });
    expect(searchOf(plan, 'never')).toEqual({ ...dscd, acceptance: 'never' });
  });

  it.each([
    [['--variants', 'dscd,enas'], 'variants must be among'],
    [['--epochs', '0'], 'epochs must be an integer from 1'],
    [['--parallel', '0'], 'parallel must be an integer from 1'],
    [['--preset', 'paper'], 'Allowed choices are laptop, quick, smoke'],
    [['--engine', 'tfjs', '--threads', '2'], 'threads: without effect because engine is tfjs'],
    [['--resume', 'x', '--epochs', '3'], 'epochs: fixed when the run began'],
  ])('refuses %j', (argv, said) => {
    expect(() => planOf(...argv)).toThrow(OptionsError);
    expect(() => planOf(...argv)).toThrow(said);
  });

  it('takes what changes no result when it is resumed, and the wish to retrain', () => {
    const argv = ['--resume', 'x', '--parallel', '3', '--workers', '1', '--threads', '1', '--retrain'];
    const request = { parallel: 3, workers: 1, threads: 1, retrain: true };
    expect(readCollapseCommandLine(argv, captureIo())).toMatchObject({ resume: 'x', request });
  });
});

describe('a recorded plan', () => {
  it('is the plan, and is checked', () => {
    const plan = planOf('--preset', 'smoke');
    expect(readRecordedCollapsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    const damages: [object, string][] = [
      [{ ...plan, variants: [] }, 'variants'],
      [{ ...plan, search: { batch: 1 } }, 'batch'],
      [{ ...plan, retrain: 'yes' }, 'retrain'],
    ];
    for (const [damaged, said] of damages) {
      expect(() => readRecordedCollapsePlan(damaged)).toThrow(/^the recorded options are damaged: /);
      expect(() => readRecordedCollapsePlan(damaged)).toThrow(said);
    }
  });
});
