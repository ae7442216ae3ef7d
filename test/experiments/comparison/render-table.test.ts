import { expect, it } from 'vitest';
import { renderCsv, renderMarkdown, renderText, type Table } from '../../../experiments/comparison/render-table.ts';

const TABLE: Table<'name' | 'difference' | 'verdict'> = {
  columns: [
    { key: 'name', title: 'name', kind: 'text' },
    { key: 'difference', title: 'difference', kind: 'interval', digits: 1 },
    { key: 'verdict', title: 'verdict', kind: 'number' },
  ],
  rows: [
    { name: 'a', difference: { mean: 1.23, low: -0.4, high: 2.86, count: 3 }, verdict: '-' },
    { name: 'b', difference: { mean: -2, low: null, high: null, count: 1 }, verdict: null },
    { name: 'c', difference: null, verdict: null },
  ],
};

it('an interval is shown with its signs and the number of values, and is four columns in CSV', () => {
  expect(renderMarkdown(TABLE).split('\n').slice(1, 5)).toEqual([
    '| --- | ---: | ---: |',
    '| a | +1.2 [-0.4, +2.9] n=3 | - |',
    '| b | -2.0 n=1 |  |',
    '| c |  |  |',
  ]);
  expect(renderText(TABLE)).toMatch(/^a {4} *\+1\.2 \[-0\.4, \+2\.9\] n=3 +-$/m);
  expect(renderCsv(TABLE)).toBe(
    'name,difference,difference_low,difference_high,difference_n,verdict\na,1.23,-0.4,2.86,3,-\nb,-2,,,1,\nc,,,,,\n',
  );
});
