import { describe, expect, it } from 'vitest';
import { retrainingOptionsOf } from '../../../experiments/many-runs/plan-options.ts';
import {
  listSupernets,
  planSignal,
  readRecordedPlan,
  type SignalPlan,
  searchOptionsOf,
} from '../../../experiments/signal/signal-plan.ts';
import { SIGNAL_PRESET_NAMES } from '../../../experiments/signal/signal-presets.ts';
import { readSignalCommandLine, runSignal } from '../../../experiments/signal.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { captureIo, runInProcess } from '../../support/run-in-process.ts';

/** The plan that a command line asks for. */
function planOf(...argv: string[]): SignalPlan {
  const command = readSignalCommandLine(argv, captureIo());
  if (command === null) throw new Error('help was asked for');
  return planSignal(command.preset, command.request);
}

describe('the command line of the signal', () => {
  it('has sizes by default: 30 cells, and supernets as old as their search is long', () => {
    const plan = planOf();
    expect(plan).toMatchObject({ preset: 'laptop', cells: 30, firstSeed: 100, retrainingSeeds: [0] });
    expect(listSupernets(plan).map(({ variant, seed }) => `${variant} ${seed}`)).toEqual(
      ['fair-darts', 'short', 'short-cells'].flatMap((variant) => [`${variant} 0`, `${variant} 1`]),
    );
    for (const task of listSupernets(plan)) {
      expect(searchOptionsOf(plan, task)).toMatchObject({ epochs: 60, seed: task.seed });
    }
    expect(searchOptionsOf(plan, { variant: 'fair-darts', seed: 0 }).method).toBe('fair-darts');
    const cells = { method: 'fair-darts+dscd', acceptance: 'paired', weightsMixing: 'cells' };
    expect(searchOptionsOf(plan, { variant: 'short-cells', seed: 0 })).toMatchObject(cells);
  });

  it('takes cells, seeds, ages in any order, variants, and how it is run', () => {
    const given = ['--cells', '7', '--seed', '9', '--seeds', '3', '--retrainings', '2', '--ages', '8,2,8'];
    const plan = planOf(...given, '--variants', 'dscd', '--engine', 'cpu', '--threads', '1', '--workers', '3');
    expect(plan).toMatchObject({
      cells: 7,
      firstSeed: 9,
      retrainingSeeds: [0, 1],
      supernetSeeds: [0, 1, 2],
      ages: [2, 8],
    });
    const run = { engine: 'cpu', threads: 1, workers: 3 };
    expect(searchOptionsOf(plan, { variant: 'dscd', seed: 2 })).toMatchObject({ ...run, epochs: 8, seed: 2 });
    const genotype = publishedGenotype('DARTS_V2');
    expect(retrainingOptionsOf(plan, genotype, 1, { workers: 1 })).toMatchObject({ ...run, workers: 1, seed: 1 });
  });

  it.each([
    [['--ages', '5,0'], 'ages must be integers from 1'],
    [['--ages', '5,,9'], 'ages must be integers from 1'],
    [['--cells', '2'], 'cells must be an integer from 3'],
    [['--variants', 'darts'], 'variants must be among fair-darts, dscd, '],
    [['--preset', 'paper'], 'Allowed choices are laptop, quick, smoke'],
    [['--resume', 'x', '--cells', '5'], 'cells: fixed when the run began'],
    [['--resume', 'x', '--ages', '5'], 'ages: fixed when the run began'],
  ])('refuses %j', (argv, said) => {
    expect(() => planOf(...argv)).toThrow(OptionsError);
    expect(() => planOf(...argv)).toThrow(said);
  });

  it('says in the help which seeds are meant', async () => {
    const { code, stdout } = await runInProcess(runSignal, ['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--seed <number> +the first seed that random cells are drawn with/);
    expect(stdout).toMatch(/--seeds <number> +supernets of every variant/);
  });
});

describe('a recorded plan of the signal', () => {
  it('is the plan of every preset, and is checked', () => {
    for (const name of SIGNAL_PRESET_NAMES) {
      const plan = planSignal(name, {});
      expect(readRecordedPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    }
    const plan = planSignal('smoke', {});
    const damages: [object, string][] = [
      [{ ...plan, ages: [] }, 'ages'],
      [{ ...plan, variants: [{ name: 'mine', summary: '', search: { threshold: 2 } }] }, 'threshold'],
      [{ ...plan, retraining: { batch: 1 } }, 'batch'],
      [{ ...plan, miniBatches: 7 }, 'miniBatches must be at most 6, those of an epoch, got 7'],
    ];
    for (const [damaged, said] of damages) {
      expect(() => readRecordedPlan(damaged)).toThrow(/^the recorded options are damaged: /);
      expect(() => readRecordedPlan(damaged)).toThrow(said);
    }
  });
});
