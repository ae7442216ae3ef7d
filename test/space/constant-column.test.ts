import fc from 'fast-check';
import { expect, it } from 'vitest';
import { appendColumn, dropLastColumn } from '../../src/space/constant-column.ts';

it('a constant column stands last in every row, and is left out of gradients', () => {
  const mixing = Float64Array.of(1, 2, 3, 4, 5, 6);
  expect([...appendColumn(mixing, 2, 0.5)]).toEqual([1, 2, 0.5, 3, 4, 0.5, 5, 6, 0.5]);
  expect([...appendColumn(mixing, 1, 0)]).toEqual([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
});

it('dropLastColumn undoes appendColumn, and is its transpose: <append(m), g> = <m, drop(g)> + value * sum of the column', () => {
  const sizes = fc.record({ rows: fc.integer({ min: 1, max: 5 }), columns: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(sizes, fc.double({ min: -2, max: 2, noNaN: true }), ({ rows, columns }, value) => {
      const mixing = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
      const wide = appendColumn(mixing, columns, value);
      expect(dropLastColumn(wide, columns)).toEqual(mixing);
      const gradient = wide.map((_, i) => Math.cos(i));
      const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, entry, i) => sum + entry * b[i]!, 0);
      const ofColumn = gradient.filter((_, i) => i % (columns + 1) === columns).reduce((sum, entry) => sum + entry, 0);
      expect(dot(wide, gradient)).toBeCloseTo(dot(mixing, dropLastColumn(gradient, columns)) + value * ofColumn, 12);
    }),
  );
});
