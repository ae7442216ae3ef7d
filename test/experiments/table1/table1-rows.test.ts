import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeTraining } from '../../../experiments/many-runs/describe-sizes.ts';
import { retrainingOptionsOf } from '../../../experiments/many-runs/plan-options.ts';
import { extendPlan } from '../../../experiments/table1/table1-plan.ts';
import { lineOf, retrainingSpreadOf, rowsOf } from '../../../experiments/table1/table1-rows.ts';
import { writeGenotype } from '../../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { madeUpCell, madeUpPlan, madeUpRun } from './made-up-runs.ts';

const DARTS_V2 = publishedGenotype('DARTS_V2');
const NORMAL = { valid: true, degenerate: false, operations: 8, usedNodes: 4 };

/** A cell that uses one of four nodes. */
const DEGENERATE = { reduce: NORMAL, normal: { valid: true, degenerate: true, operations: 1, usedNodes: 1 } };

/** One variant whose seeds end in three ways, one whose seeds are all invalid, one that has not begun. */
const RUNS = [
  madeUpRun({ seed: 0, search: { train: 0.5, validation: 0.4, test: 0.42 } }, 0.6),
  madeUpRun({ seed: 1, search: { train: 0.6, validation: 0.4, test: 0.44 }, cells: DEGENERATE }, 0.7),
  madeUpRun({ seed: 2, search: { train: 0.7, validation: 0.4, test: 0.46 } }),
  madeUpRun({ variant: 'dscd', seed: 0 }),
  madeUpRun({ variant: 'dscd', seed: 1 }),
];

describe('the rows of table 1', () => {
  it('have mean, spread and range over the seeds, and count the degenerate and the invalid ones', () => {
    const [mixed, invalid, none, random] = rowsOf(madeUpPlan(), RUNS);
    expect(mixed).toMatchObject({ variant: 'fair-darts', method: 'fair-darts', epochs: 6, planned: 3, done: 3 });
    expect(mixed).toMatchObject({ valid: 2, degenerate: 1, invalid: 1, diverged: 0 });
    // Of 8, 1 and 0 operations, on 4, 1 and 0 nodes.
    expect(mixed).toMatchObject({ operations: 1, usedNodes: 1 });
    // Searches count whatever they found.
    expect(mixed?.search.train).toEqual({ mean: 60, sd: expect.closeTo(10, 9), min: 50, max: 70, count: 3 });
    expect(mixed?.search.validation).toMatchObject({ mean: 40, sd: 0 });
    expect(mixed?.retrained).toEqual({
      mean: expect.closeTo(65, 9),
      sd: expect.closeTo(Math.sqrt(50), 9), // of 60 and 70, by n - 1
      min: 60,
      max: 70,
      count: 2,
    });
    expect(invalid).toMatchObject({ variant: 'dscd', method: 'fair-darts+dscd', done: 2, valid: 0, invalid: 2 });
    expect(invalid).toMatchObject({ degenerate: 0, retrained: null, parameters: null, toBaseline: null });
    expect(none).toMatchObject({ variant: 'paired-4', planned: 3, done: 0, valid: 0, operations: null });
    expect(none?.search).toEqual({ train: null, validation: null, test: null });
    expect(random).toMatchObject({ variant: 'random', epochs: null, planned: 3, done: 0, retrained: null });
  });

  it('count what diverged, in the phase where it did', () => {
    const diverged = [
      madeUpRun({ seed: 0, outcome: 'diverged', search: null, genotype: null, cells: null }),
      madeUpRun({ seed: 1, outcome: 'diverged', cells: { normal: NORMAL, reduce: NORMAL } }),
      madeUpRun({ seed: 2 }, 0.5),
    ];
    const [row] = rowsOf(madeUpPlan(), diverged);
    expect(row).toMatchObject({ done: 3, valid: 2, invalid: 0, diverged: 2 });
    expect(row?.search.test?.count).toBe(2);
    expect(row?.retrained).toMatchObject({ mean: 50, sd: null, count: 1 });
  });

  it('compare every variant with random cells of its size and with fair-darts at its length', () => {
    const parameters = Math.exp(11);
    const runs = [
      ...[0.5, 0.5, 0.5].map((accuracy, seed) => madeUpRun({ seed, parameters }, accuracy)),
      ...[0.53, 0.54, 0.55].map((accuracy, seed) => madeUpRun({ variant: 'dscd', seed, parameters }, accuracy)),
      madeUpRun({ variant: 'paired-4', seed: 1, parameters: Math.exp(14) }, 0.6),
      ...[0.5, 0.52, 0.54].map((accuracy, i) => madeUpCell(i, Math.exp(10 + i), accuracy)),
    ];
    const [baseline, dscd, paired, random] = rowsOf(madeUpPlan(), runs);
    expect(baseline).toMatchObject({ toRandom: { mean: expect.closeTo(-2, 9), count: 3 }, toBaseline: null });
    const half = 4.30265 / Math.sqrt(3); // of three values with the standard deviation 1
    const around = (mean: number) => ({
      mean: expect.closeTo(mean, 9),
      low: expect.closeTo(mean - half, 4),
      high: expect.closeTo(mean + half, 4),
      count: 3,
    });
    expect(dscd?.toRandom).toEqual({ ...around(2), outside: 0 });
    expect(dscd?.toBaseline).toEqual({ ...around(4), paired: true });
    expect(paired?.toRandom).toMatchObject({ mean: expect.closeTo(2, 9), low: null, count: 1, outside: 1 });
    expect(paired?.toBaseline).toMatchObject({ mean: expect.closeTo(10, 9), low: null, count: 1, paired: false });
    expect(random).toMatchObject({ done: 3, valid: 3, operations: 8, toRandom: null, toBaseline: null });
    expect(random?.retrained).toMatchObject({ mean: expect.closeTo(52, 9), count: 3 });

    // At other lengths there is nothing to compare with, nor without enough random cells.
    const longer = rowsOf(madeUpPlan(), [...runs.slice(0, 3), ...runs.slice(-2)]);
    expect(longer[0]).toMatchObject({ toRandom: null, retrained: { count: 3 } });
    const plan = madeUpPlan();
    const lengths = plan.variants.map((variant, i) => ({ ...variant, lengths: [i === 0 ? 7 : 6] }));
    expect(rowsOf({ ...plan, variants: lengths }, runs.slice(3))[1]?.toBaseline).toBeNull();
  });

  it('take random cells of another experiment, beside those of the table', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lesslocal-references-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'references.json');
    const plan = madeUpPlan();
    const cell = writeGenotype(DARTS_V2, 'triples');
    const references = [0.5, 0.52, 0.54].map((accuracy, i) => ({ cell, parameters: Math.exp(10 + i), accuracy }));
    const training = describeTraining(retrainingOptionsOf(plan, DARTS_V2, 0));
    writeFileSync(path, JSON.stringify({ training, references }));

    const given = madeUpPlan({ references: path });
    expect(given).toMatchObject({ randomSeeds: [0, 1, 2], references: { file: path, cells: references } });
    const rows = rowsOf(given, [
      madeUpRun({ seed: 0, parameters: Math.exp(12) }, 0.57),
      madeUpCell(0, Math.exp(13), 0.56),
    ]);
    expect(rows[0]?.toRandom).toMatchObject({ mean: expect.closeTo(3, 9), outside: 0 });
    expect(rows.at(-1)).toMatchObject({ planned: 6, done: 4, valid: 4, degenerate: 0, usedNodes: 4 });
    expect(lineOf(given, [])).toMatchObject({ count: 3, slope: expect.closeTo(2, 9) });

    writeFileSync(path, JSON.stringify({ training: 'otherwise', references }));
    expect(() => extendPlan(plan, { references: path })).toThrow(
      `references must be trained as the table's cells, ${training}, got otherwise`,
    );
  });

  it('have the spread of retrainings alone', () => {
    const runs = [madeUpRun({ seed: 0 }, 0.5, 0.52), madeUpRun({ seed: 1 }, 0.6), madeUpRun({ seed: 2 })];
    expect(retrainingSpreadOf(runs)).toEqual({ sd: expect.closeTo(Math.SQRT2, 9), cells: 1 });
    expect(rowsOf(madeUpPlan(), runs)[0]?.retrained).toMatchObject({ min: expect.closeTo(51, 9), count: 2 });
    expect(retrainingSpreadOf(runs.slice(1))).toBeNull();
  });
});
