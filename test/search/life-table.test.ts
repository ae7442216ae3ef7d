import { describe, expect, it } from 'vitest';
import { fairDarts } from '../../src/search/fair-darts.ts';
import { lifeOfCells } from '../../src/search/life-of-cells.ts';
import { LIFE_COLUMNS, lifeTable } from '../../src/search/life-table.ts';

describe('lifeTable', () => {
  it('has a row for the start, for each change and for the end, and names each operation once', () => {
    const shape = { nodes: 2, primitives: ['skip_connect', 'sep_conv_3x3'] as const };
    const [low, high] = [0, 2]; // sigmoid 0.5 and 0.88
    const alpha = (epoch: number, ...kept: number[]) => {
      const normal = Array.from({ length: 10 }, (_, i) => (kept.includes(i) ? high : low));
      return { epoch, normal, reduce: Array(10).fill(low) as number[] };
    };
    // Places 0 and 2 are skip_connect 0→2 and 1→2, place 5 is sep_conv_3x3 0→3.
    const alphas = [alpha(0), alpha(1), alpha(2, 0, 2, 5), alpha(3, 0, 2, 5), alpha(4, 5), alpha(5, 5)];
    const table = lifeTable(lifeOfCells({ method: fairDarts, threshold: 0.85, shape }, alphas), 2);
    expect(table).toEqual([
      ['normal', 'start', '0 of 2', '0.500', '0', '', ''],
      ['normal', '2', '2 of 2', '0.614', '3', 'skip_connect 0→2 1→2, sep_conv_3x3 0→3', ''],
      ['normal', '4', '1 of 2', '0.538', '1', '', 'skip_connect 0→2 1→2'],
      ['normal', '5', '1 of 2', '0.538', '1', '', ''],
      ['reduce', 'start', '0 of 2', '0.500', '0', '', ''],
      ['reduce', '5', '0 of 2', '0.500', '0', '', ''],
    ]);
    for (const row of table) expect(row).toHaveLength(LIFE_COLUMNS.length);
  });
});
