import { describe, expect, it } from 'vitest';
import type { CellRun } from '../../../experiments/signal/cell-run.ts';
import type { SignalPlan } from '../../../experiments/signal/signal-plan.ts';
import { planSignal } from '../../../experiments/signal/signal-plan.ts';
import { type SignalRow, signalRows, trainedCells } from '../../../experiments/signal/signal-rows.ts';
import type { SupernetRun } from '../../../experiments/signal/supernet-run.ts';

const PLAN = planSignal('smoke', { cells: 5, variants: ['fair-darts'], ages: [1, 2] });

const cellRun = (index: number, accuracy: number | null, parameters = 10, seed = 0): CellRun => ({
  ...{ kind: 'cell', index, cellSeed: 100 + index, seed, cell: `cell ${index}`, folder: `cell-${index}` },
  retrained: accuracy === null ? null : { accuracy, parameters, macs: 1 },
  reason: accuracy === null ? 'the loss is NaN' : null,
});

const supernet = (seed: number, ...ages: (readonly (number | null)[])[]): SupernetRun => ({
  ...{ kind: 'supernet', variant: 'fair-darts', seed, folder: `supernet-${seed}`, reason: null },
  ages: ages.map((losses, i) => ({
    age: i + 1,
    losses: { relaxed: [...losses], kept: losses.toReversed(), discrete: [1, 1, 1, 1, 1] },
  })),
});

const ACCURACIES = [0.1, 0.2, 0.3, 0.4, 0.5];
const CELLS = trainedCells(
  PLAN,
  ACCURACIES.map((accuracy, i) => cellRun(i, accuracy, [50, 40, 30, 10, 20][i])),
);

const rowsOf = (supernets: readonly SupernetRun[], plan: SignalPlan = PLAN): SignalRow[] =>
  signalRows(plan, CELLS, supernets);

describe('the trained cells', () => {
  it('have the mean accuracy of their retrainings, and wait for all of them', () => {
    const plan = { ...PLAN, retrainingSeeds: [0, 1] };
    const runs = [cellRun(1, 0.5), cellRun(0, 0.25, 10, 1), cellRun(0, 0.75), cellRun(2, 0.1), cellRun(2, null, 10, 1)];
    expect(trainedCells(plan, runs)).toEqual([
      { index: 0, cellSeed: 100, cell: 'cell 0', parameters: 10, macs: 1, accuracies: [0.75, 0.25], accuracy: 0.5 },
    ]);
  });
});

describe('the rows', () => {
  it('have rho 1 where a lower loss means a higher accuracy, -1 where it is the reverse, and null for a constant', () => {
    const rows = rowsOf([supernet(0, [5, 4, 3, 2, 1])]);
    expect(rows.map(({ predictor, age, view, rho }) => [predictor, age, view, rho])).toEqual([
      ['parameters', null, null, expect.closeTo(-0.9, 12)],
      ['fair-darts', 1, 'relaxed', 1],
      ['fair-darts', 1, 'kept', -1],
      ['fair-darts', 1, 'discrete', null],
    ]);
    expect(rows[1]).toMatchObject({ supernets: 1, cells: 5, interval: { low: 1, high: 1 } });
    expect(rows[3]?.interval).toBeNull();
  });

  it('take the mean over supernets, each age apart, and hold the size fixed', () => {
    const rows = rowsOf([supernet(0, [5, 4, 3, 2, 1], [5, 4, 3, 1, 2]), supernet(1, [1, 2, 3, 4, 5])]);
    const relaxed = rows.filter(({ view }) => view === 'relaxed');
    expect(relaxed.map(({ age, supernets, rho }) => [age, supernets, rho])).toEqual([
      [1, 2, 0],
      [2, 1, expect.closeTo(0.9, 12)],
    ]);
    expect(relaxed[0]?.interval).toEqual({ low: 0, high: 0 });
    // The losses of age 2 order the cells as their size does: nothing is left beside it.
    expect(relaxed[1]?.besideSize).toBeNull();
    expect(rows.find(({ predictor }) => predictor === 'parameters')?.besideSize).toBeNull();
  });

  it('count a loss that is not finite as the worst', () => {
    const [, row] = rowsOf([supernet(0, [null, 4, 3, 2, 1])]);
    expect(row?.rho).toBe(1);
  });

  it('have an interval around rho that does not depend on what else is there', () => {
    const noisy = supernet(0, [5, 3, 4, 1, 2], [4, 5, 2, 3, 1]);
    const row = rowsOf([noisy]).find(({ age, view }) => age === 2 && view === 'relaxed');
    expect(row?.interval?.low).toBeLessThan(row?.rho as number);
    expect(row?.interval?.high).toBeGreaterThan(row?.rho as number);
    const alone = rowsOf([noisy], { ...PLAN, ages: [2] });
    expect(alone.find(({ view }) => view === 'relaxed')).toEqual(row);
  });

  it('tell how well a second retraining agrees, if there is one', () => {
    const plan = { ...PLAN, retrainingSeeds: [0, 1] };
    const runs = ACCURACIES.flatMap((accuracy, i) => [
      cellRun(i, accuracy, 10 + i),
      cellRun(i, [0.1, 0.3, 0.2, 0.4, 0.5][i] as number, 10 + i, 1),
    ]);
    const rows = signalRows(plan, trainedCells(plan, runs), []);
    expect(rows.map(({ predictor, rho }) => [predictor, rho])).toEqual([
      // The mean accuracies of the second and third cell are equal: ranks 1, 2.5, 2.5, 4, 5.
      ['parameters', expect.closeTo(Math.sqrt(0.95), 12)],
      ['another retraining', expect.closeTo(0.9, 12)],
    ]);
  });

  it('are none without a cell', () => {
    expect(signalRows(PLAN, [], [supernet(0, [5, 4, 3, 2, 1])])).toEqual([]);
  });
});
