import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { softmaxRows } from '../../src/math/softmax-rows.ts';

const matrix = fc.integer({ min: 1, max: 5 }).chain((columns) => {
  const row = fc.array(fc.double({ min: -700, max: 700, noNaN: true }), { minLength: columns, maxLength: columns });
  return fc.record({ columns: fc.constant(columns), rows: fc.array(row, { maxLength: 4 }) });
});

describe('softmaxRows', () => {
  it('is the exponentials over their sum', () => {
    const [e, total] = [Math.exp(1), 1 + Math.exp(1)];
    const rows = softmaxRows([0, 1, 5, 5], 2);
    [1 / total, e / total, 0.5, 0.5].forEach((value, i) => void expect(rows[i]).toBeCloseTo(value, 15));
  });

  it('sums to 1 in each row and keeps its order, also where exponentials would overflow', () => {
    fc.assert(
      fc.property(matrix, ({ columns, rows }) => {
        const result = softmaxRows(rows.flat(), columns);
        for (const [i, row] of rows.entries()) {
          const own = result.subarray(i * columns, (i + 1) * columns);
          expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
          expect(own[row.indexOf(Math.max(...row))]).toBe(Math.max(...own));
        }
      }),
    );
  });

  it('does not change the matrix', () => {
    const given = Float64Array.of(1, 2);
    softmaxRows(given, 2);
    expect(given).toEqual(Float64Array.of(1, 2));
  });
});
