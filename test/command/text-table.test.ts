import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { textTable } from '../../src/command/text-table.ts';

const ROWS = [
  ['method', 'length', 'mean accuracy', 'runs'],
  ['darts', '50', '97.00', '4'],
  ['random', '250', '96.50', '12'],
];

describe('a table', () => {
  it('has text to the left and numbers to the right', () => {
    expect(textTable(ROWS, 1)).toBe(
      [
        'method  length  mean accuracy  runs',
        'darts       50          97.00     4',
        'random     250          96.50    12',
        '',
      ].join('\n'),
    );
  });

  it('breaks headings where it is too wide', () => {
    expect(textTable(ROWS, 1, { columns: 30 })).toBe(
      [
        'method  length      mean  runs',
        '                accuracy',
        'darts       50     97.00     4',
        'random     250     96.50    12',
        '',
      ].join('\n'),
    );
  });

  it('becomes several tables with the same rows where that is not enough', () => {
    expect(textTable(ROWS, 1, { columns: 24 })).toBe(
      [
        ...[
          'method  length      mean',
          '                accuracy',
          'darts       50     97.00',
          'random     250     96.50',
        ],
        ...['', 'method  runs', 'darts      4', 'random    12', ''],
      ].join('\n'),
    );
  });

  it('repeats the first column alone where those that name a row leave no room', () => {
    const [first = ''] = textTable(ROWS, 1, { columns: 18, names: 2 }).split('\n\n').slice(1);
    expect(first.split('\n')[0]?.trim()).toMatch(/^method +mean$/);
  });

  it('breaks long texts into lines of their column', () => {
    const rows = [
      ['cell', 'entered'],
      ['normal', 'sep_conv_3x3 0→2, skip_connect 1→2, max_pool_3x3 1→3'],
    ];
    const table = textTable(rows, 2, { columns: 40, names: 1 });
    expect(table.split('\n')).toEqual([
      'cell    entered',
      'normal  sep_conv_3x3 0→2, skip_connect',
      '        1→2, max_pool_3x3 1→3',
      '',
    ]);
  });

  it('aligns wide characters', () => {
    const lines = textTable(
      [
        ['猫', '1'],
        ['dog', '20'],
      ],
      1,
    )
      .trimEnd()
      .split('\n');
    expect(lines.map(stringWidth)).toEqual([7, 7]);
  });
});
