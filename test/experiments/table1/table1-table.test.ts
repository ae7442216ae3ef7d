import { describe, expect, it } from 'vitest';
import { renderCsv, renderMarkdown, renderText } from '../../../experiments/comparison/render-table.ts';
import { planTable1 } from '../../../experiments/table1/table1-plan.ts';
import { table1File, textOfTable1 } from '../../../experiments/table1/table1-report.ts';
import { rowsOf } from '../../../experiments/table1/table1-rows.ts';
import { table1Of } from '../../../experiments/table1/table1-table.ts';
import { madeUpCell, madeUpPlan, madeUpRun } from './made-up-runs.ts';

const parameters = 1e5;

/** Cells that differ from random ones in a known way, invalid ones, and a variant that has not begun. */
const RUNS = [
  madeUpRun({ seed: 0, parameters, search: { train: 0.5, validation: 0.4, test: 0.42 } }, 0.6),
  madeUpRun({ seed: 1, parameters, search: { train: 0.6, validation: 0.4, test: 0.44 } }, 0.7),
  madeUpRun({ seed: 2, parameters, search: { train: 0.7, validation: 0.4, test: 0.46 } }),
  madeUpRun({ variant: 'dscd', seed: 0 }),
  madeUpRun({ variant: 'dscd', seed: 1 }),
  ...[1e4, 1e5, 1e6].map((size, i) => madeUpCell(i, size, 0.5)),
];

describe('table 1', () => {
  it('says the same as Markdown, as CSV and as text', () => {
    const { search, retraining, whole } = table1Of(rowsOf(madeUpPlan(), RUNS));
    const csv = renderCsv(whole).trimEnd().split('\n');
    for (const half of [search, retraining]) {
      const markdown = renderMarkdown(half).trimEnd().split('\n');
      const text = renderText(half).trimEnd().split('\n');
      expect([markdown.length - 1, text.length]).toEqual([csv.length, csv.length]);
      for (const line of text) expect(line.length).toBeLessThan(140);
    }
    const [, , found] = renderMarkdown(search).split('\n');
    expect(found).toBe(
      '| fair-darts | ours | 6 | 3 | 2 | 0 | 1 | 8.0 | 4.0 | 60.00 ± 10.00 | 40.00 ± 0.00 | 44.00 ± 2.00 |',
    );
    // Of 60 and 70, 15 above the random cells: t at one degree times the standard error 5.
    const [, , trained] = renderMarkdown(retraining).split('\n');
    expect(trained).toBe(
      '| fair-darts | ours | 6 | 2 | 0.100 ± 0.000 | 65.00 ± 7.07 | +15.0 [-48.5, +78.5] n=2 | - | 0 |  |  |',
    );
    expect(csv[0]).toMatch(/^variant,source,epochs,runs,valid,degenerate,invalid,operations,usedNodes,train,train_sd,/);
    expect(csv[0]).toMatch(/,toRandom,toRandom_low,toRandom_high,toRandom_n,randomVerdict,outside,toBaseline,/);
    expect(csv[1]).toMatch(/^fair-darts,ours,6,3,2,0,1,8,4,60,10,40,0,44,2,2,100000,0,65,7\.071068,15,-48\.53\d+,78/);
    expect(renderText(retraining)).toMatch(/^dscd +ours +6 +0 +Invalid arch\.$/m);
    expect(renderText(search)).toMatch(/^paired-4 +ours +6 +0 +0 +0 +0$/m);
    expect(renderMarkdown(search)).toContain('| random | ours |  | 3 | 3 | 0 | 0 | 8.0 | 4.0 |  |  |  |');
  });

  it('says what its figures are', () => {
    const text = textOfTable1(table1File(madeUpPlan(), RUNS));
    expect(text).toContain('over seeds 0, 1, 2;');
    expect(text).toContain('through 3 random cells;');
    expect(text).toContain('retrained with 5 cells of 12 channels, 16x16, 8 epochs of 25600 pictures, if the cells');
    expect(text).toContain('8 of 12 runs are done.');
    expect(text).toContain('dscd: Adam and DSCD by the paper’s rule');
    expect(text).not.toContain('Trained again');
    const again = table1File({ ...madeUpPlan(), retrainings: 2 }, [madeUpRun({ seed: 0 }, 0.5, 0.52)]);
    expect(textOfTable1(again)).toContain('2 times each');
    expect(textOfTable1(again)).toContain('too few random cells');
    expect(textOfTable1(again)).toContain('differs by 1.41 points (standard deviation, of 1 cells)');
  });

  it('has the paper’s rows after those of their method, and beside those of the same length', () => {
    const laptop = table1Of(rowsOf(madeUpPlan(), [])).whole.rows;
    expect(laptop.map(({ variant, source, epochs }) => [variant, source, epochs])).toEqual([
      ['fair-darts', 'ours', 6],
      ...[50, 75, 250, 500].map((epochs) => ['FairDARTS', 'paper', epochs]),
      ['dscd', 'ours', 6],
      ['paired-4', 'ours', 6],
      ...[1500, 2000, 3000].map((epochs) => ['FairDARTS + DSCD', 'paper', epochs]),
      ['random', 'ours', null],
    ]);
    const plan = planTable1('paper', { variants: ['fair-darts', 'dscd'], random: 0 });
    const paper = table1Of(rowsOf(plan, [])).whole.rows;
    expect(paper.map(({ source, epochs }) => `${source} ${epochs}`)).toEqual([
      ...[50, 75, 250, 500].flatMap((epochs) => [`ours ${epochs}`, `paper ${epochs}`]),
      ...[1500, 2000, 3000].flatMap((epochs) => [`ours ${epochs}`, `paper ${epochs}`]),
    ]);
    expect(paper[5]).toMatchObject({ train: 96.95, validation: 81.55, test: 81.52, retrained: 'Invalid arch.' });
  });
});
