/**
 * Softmax of each row of a matrix.
 *
 * @param matrix `[rows, columns]`, row-major
 * @returns positive numbers, laid out like the matrix; each row sums to 1
 */
export function softmaxRows(matrix: ArrayLike<number>, columns: number): Float64Array {
  const result = Float64Array.from(matrix);
  for (let start = 0; start < result.length; start += columns) {
    const row = result.subarray(start, start + columns);
    // With the largest entry subtracted, the exponentials lie in (0, 1] and one of them is 1.
    const largest = Math.max(...row);
    let sum = 0;
    for (const [i, entry] of row.entries()) sum += row[i] = Math.exp(entry - largest);
    for (const i of row.keys()) row[i]! /= sum;
  }
  return result;
}
