import { describe, expect, it } from 'vitest';
import { planCollapse } from '../../../experiments/collapse/collapse-plan.ts';
import { collapseRows, collapseTable } from '../../../experiments/collapse/collapse-table.ts';
import { renderCsv, renderMarkdown } from '../../../experiments/comparison/render-table.ts';
import { madeUpRun } from './made-up-runs.ts';

const PLAN = planCollapse('smoke', { epochs: 2, variants: ['fair-darts', 'dscd', 'never'], retrain: true });

const RETRAINED = { accuracy: 0.7, parameters: 2e6, macs: 1, trainings: [] };
const RUNS = [
  madeUpRun('fair-darts', 0, [0.5, 0.3, 0.1], { outcome: 'invalid', reason: 'normal cell: dead' }),
  madeUpRun('fair-darts', 1, [0.5, 0.4, 0.2], { outcome: 'invalid', reason: 'normal cell: dead' }),
  madeUpRun('dscd', 0, [0.5, 0.6, 0.9], { outcome: 'retrained', retrained: RETRAINED }),
  madeUpRun('dscd', 1, [0.5, 0.6], { outcome: 'diverged', reason: 'NaN', search: null, genotype: null }),
];

describe('the table of collapse', () => {
  it('has means over seeds at some epochs, at the end and of the whole search', () => {
    const [dead, living, none] = collapseRows(PLAN, RUNS);
    expect(dead).toMatchObject({ variant: 'fair-darts', seeds: 2, done: 2, valid: 0, invalid: 2, diverged: 0 });
    expect(dead?.normal.map(({ epoch, before }) => [epoch, before?.min, before?.max])).toEqual([
      [1, 0.3, 0.4],
      [2, 0.1, 0.2],
    ]);
    expect(dead).toMatchObject({ normalAfter: { mean: 0 }, reduceBefore: { mean: 0.9 }, operations: { mean: 0 } });
    expect(dead).toMatchObject({ path: { mean: 4 }, accepted: { mean: 2 }, returned: { mean: 4 }, retrained: null });
    // The run that diverged is counted, and left out of the means.
    expect(living).toMatchObject({ done: 2, valid: 1, diverged: 1, usedNodes: { mean: 4, count: 1 } });
    expect(living).toMatchObject({ retrained: { mean: 0.7, count: 1 }, parameters: { mean: 2e6 } });
    expect(none).toMatchObject({ variant: 'never', done: 0, valid: 0, path: null, validation: null });
  });

  it('says the same as Markdown and as CSV, and of retrainings only if there were some', () => {
    const table = collapseTable(PLAN, collapseRows(PLAN, RUNS));
    const [head, , dead, living] = renderMarkdown(table).split('\n');
    expect(head).toMatch(/^\| variant \| seeds \| valid \| normal, epoch 1 \| epoch 2 \| discretized \| /);
    expect(dead).toContain('| fair-darts | 2 | 0 | 0.350 ± 0.071 | 0.150 ± 0.071 | 0.000 ± 0.000 | 0.900 ± 0.000 |');
    expect(living).toMatch(/ \| 50\.00 \| 70\.00 \| 2\.000 \|$/);
    expect(renderCsv(table)).toMatch(/^variant,seeds,valid,normal_1,normal_1_sd,.*,parameters,parameters_sd$/m);
    const without = { ...PLAN, retrain: false };
    expect(renderCsv(collapseTable(without, collapseRows(without, RUNS)))).not.toContain('retrained');
  });

  it('shows the weights of epochs 1, 10, 30 and the last', () => {
    const shown = (epochs: number) => collapseRows({ ...PLAN, epochs }, [])[0]?.normal.map(({ epoch }) => epoch);
    expect([1, 10, 60].map(shown)).toEqual([[1], [1, 10], [1, 10, 30, 60]]);
  });
});
