/**
 * Appends a column of one value to mixing weights: that of DARTS-'s auxiliary skip connection, beta (Chu et al. 2021,
 * "DARTS-: robustly stepping out of performance collapse without indicators", eq. 4), or that of bypassed channels, 1.
 *
 * @param mixing `[edges, columns]`, row-major
 * @returns `[edges, columns + 1]`
 */
export function appendColumn(mixing: Float64Array, columns: number, value: number): Float64Array {
  const wider = new Float64Array((mixing.length / columns) * (columns + 1)).fill(value);
  for (let row = 0; row * columns < mixing.length; row++) {
    wider.set(mixing.subarray(row * columns, (row + 1) * columns), row * (columns + 1));
  }
  return wider;
}

/**
 * The transpose of `appendColumn`: leaves out the last column of a gradient, because the column's value is constant.
 *
 * @param matrix `[edges, columns + 1]`, row-major
 * @returns `[edges, columns]`
 */
export function dropLastColumn(matrix: Float64Array, columns: number): Float64Array {
  return matrix.filter((_, i) => i % (columns + 1) < columns);
}
