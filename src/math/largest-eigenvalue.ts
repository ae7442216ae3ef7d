import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Random } from './random.ts';

/** Largest number of products with the matrix, unless another is given. */
export const MOST_PRODUCTS = 20;

export interface LargestEigenvalueOptions {
  /** Largest number of products with the matrix. @default 20 */
  readonly products?: number;
  /** Residual, as a share of the largest magnitude of an eigenvalue, that is small enough to stop at. @default 1e-9 */
  readonly tolerance?: number;
}

export interface EigenvalueEstimate {
  /** A lower bound of the algebraically largest eigenvalue, to rounding. */
  readonly eigenvalue: number;
  /** Length of H v - eigenvalue v, with v the eigenvector that goes with it: some eigenvalue is at most this far off. */
  readonly residual: number;
  /** Number of products that were taken. */
  readonly products: number;
}

/**
 * Estimates the algebraically largest eigenvalue of a symmetric matrix H from products H v: Lanczos's method from a random
 * start, with full reorthogonalization (Golub and Van Loan, "Matrix Computations", 4th ed., section 10.3). Eigenvalues below
 * 0 of larger magnitude do not disturb it, unlike power iteration.
 *
 * @param multiply gives H v for a vector of length 1
 * @param size number of rows of H
 * @param random draws the start
 * @throws RangeError if a product is not finite
 */
export async function largestEigenvalue(
  multiply: (vector: Float64Array) => Promise<Float64Array>,
  size: number,
  random: Random,
  { products = MOST_PRODUCTS, tolerance = 1e-9 }: LargestEigenvalueOptions = {},
): Promise<EigenvalueEstimate> {
  const start = Float64Array.from({ length: size }, () => random.normal());
  const basis = [scale(start, 1 / norm(start))];
  const [diagonal, offDiagonal]: [number[], number[]] = [[], []];
  for (;;) {
    const vector = basis.at(-1) as Float64Array;
    const rest = Float64Array.from(await multiply(vector));
    const entry = dot(rest, vector);
    if (!Number.isFinite(entry)) throw new RangeError(`a product with the matrix must be finite, got ${entry} in it`);
    diagonal.push(entry);
    // Once leaves rounding where H v lies almost in the span of the basis; twice is enough.
    for (let pass = 0; pass < 2; pass++) for (const known of basis) subtract(rest, known, dot(rest, known));
    const length = norm(rest);
    const { eigenvalue, last, magnitude } = largestOfTridiagonal(diagonal, offDiagonal);
    const residual = length * Math.abs(last);
    const found = residual <= tolerance * magnitude || length <= Number.EPSILON * size * magnitude;
    if (found || diagonal.length >= Math.min(products, size)) {
      return { eigenvalue, residual, products: diagonal.length };
    }
    offDiagonal.push(length);
    basis.push(scale(rest, 1 / length));
  }
}

/** Largest eigenvalue of a tridiagonal matrix, the last entry of its eigenvector, and the largest magnitude of any. */
function largestOfTridiagonal(diagonal: readonly number[], offDiagonal: readonly number[]) {
  const size = diagonal.length;
  const matrix = Matrix.zeros(size, size);
  for (const [i, entry] of diagonal.entries()) matrix.set(i, i, entry);
  for (const [i, entry] of offDiagonal.entries()) matrix.set(i, i + 1, entry).set(i + 1, i, entry);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const eigenvalue = Math.max(...realEigenvalues);
  const last = eigenvectorMatrix.get(size - 1, realEigenvalues.indexOf(eigenvalue));
  return { eigenvalue, last, magnitude: Math.max(...realEigenvalues.map(Math.abs)) };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, entry, i) => sum + entry * b[i]!, 0);
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function scale(vector: Float64Array, factor: number): Float64Array {
  return vector.map((entry) => factor * entry);
}

function subtract(vector: Float64Array, other: Float64Array, factor: number): void {
  for (const i of vector.keys()) vector[i]! -= factor * other[i]!;
}
