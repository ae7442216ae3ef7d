import { describe, expect, it } from 'vitest';
import { renderCsv, renderMarkdown, renderText } from '../../../experiments/comparison/render-table.ts';
import { planTable1 } from '../../../experiments/table1/table1-plan.ts';
import { rowsOf, table1Of } from '../../../experiments/table1/table1-table.ts';
import { madeUpPlan, madeUpRun } from './made-up-runs.ts';

const FOUND_BY_DSCD = { method: 'fair-darts+dscd', acceptance: 'window' } as const;

/** One method whose seeds end in three ways, one whose seeds are all invalid, one that has not begun. */
const RUNS = [
  madeUpRun({ seed: 0, search: { train: 0.5, validation: 0.4, test: 0.42 } }, 0.6),
  madeUpRun({ seed: 1, search: { train: 0.6, validation: 0.4, test: 0.44 } }, 0.7),
  madeUpRun({ seed: 2, search: { train: 0.7, validation: 0.4, test: 0.46 } }, null),
  madeUpRun({ ...FOUND_BY_DSCD, seed: 0 }, null),
  madeUpRun({ ...FOUND_BY_DSCD, seed: 1 }, null),
];

describe('the rows of table 1', () => {
  it('have mean, spread and range over the seeds, and count the invalid ones', () => {
    const [mixed, invalid, none] = rowsOf(madeUpPlan(), RUNS);
    expect(mixed).toMatchObject({ method: 'fair-darts', acceptance: null, epochs: 6, seeds: 3, done: 3 });
    expect(mixed).toMatchObject({ valid: 2, invalid: 1, diverged: 0 });
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
    expect(invalid).toMatchObject({ ...FOUND_BY_DSCD, done: 2, valid: 0, invalid: 2, retrained: null });
    expect(none).toMatchObject({ acceptance: 'paired', seeds: 3, done: 0, valid: 0, invalid: 0, retrained: null });
    expect(none?.search).toEqual({ train: null, validation: null, test: null });
  });

  it('count what diverged, in the phase where it did', () => {
    const diverged = [
      madeUpRun({ seed: 0, outcome: 'diverged', search: null, genotype: null }, null),
      madeUpRun({ seed: 1, outcome: 'diverged' }, null),
      madeUpRun({ seed: 2 }, 0.5),
    ];
    const [row] = rowsOf(madeUpPlan(), diverged);
    expect(row).toMatchObject({ done: 3, valid: 2, invalid: 0, diverged: 2 });
    expect(row?.search.test?.count).toBe(2);
    expect(row?.retrained).toMatchObject({ mean: 50, sd: null, count: 1 });
  });
});

describe('table 1', () => {
  it('says the same as Markdown, as CSV and as text', () => {
    const table = table1Of(rowsOf(madeUpPlan(), RUNS));
    const markdown = renderMarkdown(table).trimEnd().split('\n');
    const csv = renderCsv(table).trimEnd().split('\n');
    const text = renderText(table).trimEnd().split('\n');
    expect([markdown.length - 1, text.length]).toEqual([csv.length, csv.length]);
    expect(markdown[2]).toBe(
      '| fair-darts | ours | 6 | 3 | 2 | 60.00 ± 10.00 | 40.00 ± 0.00 | 44.00 ± 2.00 | 65.00 ± 7.07 |',
    );
    expect(csv[0]).toMatch(/^method,source,epochs,seeds,valid,train,train_sd,.*,retrained,retrained_sd$/);
    expect(csv[1]).toBe('fair-darts,ours,6,3,2,60,10,40,0,44,2,65,7.071068');
    expect(text[1]).toMatch(/^fair-darts +ours +6 +3 +2 +60.00 ± 10.00 +40.00 ± 0.00 +44.00 ± 2.00 +65.00 ± 7.07$/);
    expect(csv).toContain('fair-darts+dscd,ours,6,2,0,50,0,40,0,45,0,Invalid arch.,');
    expect(markdown).toContain('| fair-darts+dscd, paired | ours | 6 | 0 | 0 |  |  |  |  |');
    expect(csv).toContain('"fair-darts+dscd, paired",ours,6,0,0,,,,,,,,');
  });

  it('has the paper’s rows after those of their method, and beside those of the same length', () => {
    const laptop = table1Of(rowsOf(madeUpPlan(), [])).rows.map(({ method, source, epochs }) => [
      method,
      source,
      epochs,
    ]);
    expect(laptop).toEqual([
      ['fair-darts', 'ours', 6],
      ...[50, 75, 250, 500].map((epochs) => ['FairDARTS', 'paper', epochs]),
      ['fair-darts+dscd', 'ours', 6],
      ['fair-darts+dscd, paired', 'ours', 6],
      ...[1500, 2000, 3000].map((epochs) => ['FairDARTS + DSCD', 'paper', epochs]),
    ]);
    const plan = planTable1('paper', { methods: ['fair-darts', 'fair-darts+dscd'], acceptance: ['window', 'paired'] });
    const paper = table1Of(rowsOf(plan, [])).rows;
    expect(paper.map(({ source, epochs }) => `${source} ${epochs}`)).toEqual([
      ...[50, 75, 250, 500].flatMap((epochs) => [`ours ${epochs}`, `paper ${epochs}`]),
      ...[1500, 2000, 3000].map((epochs) => `ours ${epochs}`),
      ...[1500, 2000, 3000].flatMap((epochs) => [`ours ${epochs}`, `paper ${epochs}`]),
    ]);
    expect(paper[5]).toMatchObject({ train: 96.95, validation: 81.55, test: 81.52, retrained: 'Invalid arch.' });
  });
});
