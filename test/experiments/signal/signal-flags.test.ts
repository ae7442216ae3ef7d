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
    expect(listSupernets(plan).map(({ method, seed }) => `${method} ${seed}`)).toEqual(
      ['fair-darts', 'fair-darts+dscd', 'random'].flatMap((method) => [`${method} 0`, `${method} 1`]),
    );
    for (const task of listSupernets(plan)) {
      expect(searchOptionsOf(plan, task)).toMatchObject({ method: task.method, epochs: 60, seed: task.seed });
    }
    expect(searchOptionsOf(plan, { method: 'fair-darts+dscd', seed: 0 }).acceptance).toBe('paired');
  });

  it('takes cells, seeds, ages in any order, methods, and how it is run', () => {
    const given = ['--cells', '7', '--seed', '9', '--seeds', '3', '--retrainings', '2', '--ages', '8,2,8'];
    const plan = planOf(...given, '--methods', 'random', '--engine', 'cpu', '--threads', '1', '--workers', '3');
    expect(plan).toMatchObject({
      cells: 7,
      firstSeed: 9,
      retrainingSeeds: [0, 1],
      supernetSeeds: [0, 1, 2],
      ages: [2, 8],
    });
    const run = { engine: 'cpu', threads: 1, workers: 3 };
    expect(searchOptionsOf(plan, { method: 'random', seed: 2 })).toMatchObject({ ...run, epochs: 8, seed: 2 });
    const genotype = publishedGenotype('DARTS_V2');
    expect(retrainingOptionsOf(plan, genotype, 1, { workers: 1 })).toMatchObject({ ...run, workers: 1, seed: 1 });
  });

  it.each([
    [['--ages', '5,0'], 'ages must be integers from 1'],
    [['--ages', '5,,9'], 'ages must be integers from 1'],
    [['--cells', '2'], 'cells must be an integer from 3'],
    [['--methods', 'darts'], 'methods must be among fair-darts, fair-darts+dscd, random'],
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
    expect(stdout).toMatch(/--seeds <number> +supernets of every method/);
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
      [{ ...plan, methods: ['darts'] }, 'methods'],
      [{ ...plan, retraining: { batch: 1 } }, 'batch'],
      [{ ...plan, miniBatches: 7 }, 'miniBatches must be at most 6, those of an epoch, got 7'],
    ];
    for (const [damaged, said] of damages) {
      expect(() => readRecordedPlan(damaged)).toThrow(/^the recorded options are damaged: /);
      expect(() => readRecordedPlan(damaged)).toThrow(said);
    }
  });
});
