import { describe, expect, it } from 'vitest';
import { listColumns, tabulateCell } from '../../src/space/cell-table.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { findSpace } from '../../src/space/spaces.ts';

describe('the columns of a cell’s table', () => {
  it('are those of its edges, if all have the same', () => {
    const backwards = DARTS_PRIMITIVES.toReversed();
    expect(listColumns([backwards, backwards])).toEqual(backwards);
  });

  it('are all that any edge has, if they differ, and last what is no primitive', () => {
    const { normal } = findSpace('s1', 4);
    const all = ['max_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'dil_conv_3x3', 'dil_conv_5x5'];
    expect(listColumns(normal)).toEqual(all);
    expect(listColumns(normal.map((row) => [...row, 'edge weight']))).toEqual([...all, 'edge weight']);
  });
});

it('a cell’s table has each number at its edge and operation', () => {
  const names = [
    ['skip_connect', 'dil_conv_3x3'],
    ['max_pool_3x3', 'skip_connect'],
  ];
  expect(tabulateCell(names, [1, 2, 3, 4])).toEqual({
    columns: ['max_pool_3x3', 'skip_connect', 'dil_conv_3x3'],
    rows: [
      [null, 1, 2],
      [3, 4, null],
    ],
  });
});
