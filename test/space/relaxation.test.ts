import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relax, relaxBackward } from '../../src/space/relaxation.ts';

const RELAXATIONS = ['softmax', 'sigmoid'] as const;

/** `[rows, columns]`, entries within `bound`. */
function matrix(columns: number, bound: number): fc.Arbitrary<Float64Array> {
  const entry = fc.double({ min: -bound, max: bound, noNaN: true });
  return fc
    .integer({ min: 1, max: 4 })
    .chain((rows) => fc.array(entry, { minLength: rows * columns, maxLength: rows * columns }))
    .map((entries) => Float64Array.from(entries));
}

const rowSums = (mixing: Float64Array, columns: number): number[] =>
  Array.from({ length: mixing.length / columns }, (_, row) =>
    mixing.subarray(row * columns, (row + 1) * columns).reduce((sum, m) => sum + m, 0),
  );

describe('softmax', () => {
  it('is uniform over a row of equal alphas', () => {
    expect([...relax('softmax', new Float64Array([7, 7, 7, 7, -3, -3, -3, -3]), 4)]).toEqual(Array(8).fill(0.25));
  });

  it('has rows that sum to 1, in the order of alpha, and does not see a shift of a row', () => {
    fc.assert(
      fc.property(matrix(5, 1000), fc.integer({ min: -1000, max: 1000 }), (alpha, shift) => {
        const mixing = relax('softmax', alpha, 5);
        for (const sum of rowSums(mixing, 5)) expect(sum).toBeCloseTo(1, 12);
        for (let i = 1; i < 5; i++) if (alpha[i]! > alpha[0]!) expect(mixing[i]!).toBeGreaterThanOrEqual(mixing[0]!);
        // Shifting rounds alpha by up to 1e-13.
        const shifted = relax(
          'softmax',
          alpha.map((a) => a + shift),
          5,
        );
        for (const [i, m] of shifted.entries()) expect(m).toBeCloseTo(mixing[i]!, 11);
      }),
    );
  });

  it('lets one huge alpha take the whole row, and a hugely negative one nothing', () => {
    expect([...relax('softmax', new Float64Array([1e308, 0, -1e308]), 3)]).toEqual([1, 0, 0]);
    expect([...relax('softmax', new Float64Array([-1e308, -1e308]), 2)]).toEqual([0.5, 0.5]);
  });

  it('keeps rows apart', () => {
    const before = relax('softmax', new Float64Array([1, 2, 3, 4]), 2);
    const after = relax('softmax', new Float64Array([1, 2, 300, 4]), 2);
    expect([...after.subarray(0, 2)]).toEqual([...before.subarray(0, 2)]);
  });
});

describe('sigmoid', () => {
  it('is 1/2 at 0 and symmetric about it', () => {
    expect([...relax('sigmoid', new Float64Array(3), 3)]).toEqual([0.5, 0.5, 0.5]);
    fc.assert(
      fc.property(matrix(1, 1000), (alpha) => {
        const plus = relax('sigmoid', alpha, 1);
        const minus = relax(
          'sigmoid',
          alpha.map((a) => -a),
          1,
        );
        for (const [i, m] of plus.entries()) expect(m + minus[i]!).toBeCloseTo(1, 14);
      }),
    );
  });

  it('tends to 0 and 1 at huge alphas, and stays accurate in the lower tail', () => {
    expect([...relax('sigmoid', new Float64Array([1e308, -1e308, 800, -800]), 2)]).toEqual([1, 0, 1, 0]);
    const [tail] = relax('sigmoid', new Float64Array([-700]), 1);
    expect(tail! / Math.exp(-700)).toBeCloseTo(1, 12);
  });
});

describe.each(RELAXATIONS)('gradient of %s', (relaxation) => {
  it('agrees with central differences', () => {
    const columns = 4;
    fc.assert(
      fc.property(
        matrix(columns, 4),
        fc.infiniteStream(fc.double({ min: -2, max: 2, noNaN: true })),
        (alpha, stream) => {
          const gradient = Float64Array.from(alpha, () => stream.next().value);
          const loss = (a: Float64Array): number =>
            relax(relaxation, a, columns).reduce((sum, m, i) => sum + m * gradient[i]!, 0);
          const analytic = relaxBackward(relaxation, relax(relaxation, alpha, columns), gradient, columns);
          const h = 1e-5;
          for (let i = 0; i < alpha.length; i++) {
            const moved = (by: number): Float64Array => alpha.with(i, alpha[i]! + by);
            // Truncation of order h^2 = 1e-10, rounding of order 1e-16 / h = 1e-11.
            expect(analytic[i]!).toBeCloseTo((loss(moved(h)) - loss(moved(-h))) / (2 * h), 8);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('vanishes, without NaN, at saturated alphas', () => {
    const mixing = relax(relaxation, new Float64Array([1e4, -1e4, -1e4]), 3);
    expect([...relaxBackward(relaxation, mixing, new Float64Array([3, -2, 5]), 3)].map(Math.abs)).toEqual([0, 0, 0]);
  });

  it('refuses matrices that do not fit', () => {
    expect(() => relax(relaxation, new Float64Array(7), 3)).toThrow('alpha must consist of rows of 3 entries, got 7');
    expect(() => relax(relaxation, new Float64Array(7), 0)).toThrow('columns must be a positive integer, got 0');
    expect(() => relaxBackward(relaxation, new Float64Array(6), new Float64Array(5), 3)).toThrow(
      'gradient must have 6 entries like the mixing weights, got 5',
    );
  });
});

it('gives a softmax gradient that sums to 0 over each row: shifting a row changes nothing', () => {
  const mixing = relax('softmax', new Float64Array([1, 2, 3, -1, 0, 1]), 3);
  const result = relaxBackward('softmax', mixing, new Float64Array([1, -2, 0.5, 3, 3, 3]), 3);
  for (const sum of rowSums(result, 3)) expect(sum).toBeCloseTo(0, 15);
  expect(result[0]).not.toBe(0);
});
