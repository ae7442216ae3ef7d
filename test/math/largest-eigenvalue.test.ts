import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { largestEigenvalue } from '../../src/math/largest-eigenvalue.ts';
import { Random } from '../../src/math/random.ts';

const GOLDEN = new URL('../golden/methods/curvature-a/', import.meta.url);

const product = (matrix: Matrix) => async (vector: Float64Array) =>
  Float64Array.from(matrix.mmul(Matrix.columnVector([...vector])).to1DArray());

/** A symmetric matrix with the given eigenvalues, and random eigenvectors. */
function withSpectrum(spectrum: readonly number[], random: Random): Matrix {
  const size = spectrum.length;
  let matrix = Matrix.diag([...spectrum]);
  // Each reflection H = 1 - 2 u u^T is orthogonal; as many as rows reach every orthogonal matrix.
  for (let i = 0; i < size; i++) {
    const normals = Matrix.columnVector(Array.from({ length: size }, () => random.normal()));
    const u = normals.div(normals.norm());
    const reflection = Matrix.eye(size).sub(u.mmul(u.transpose()).mul(2));
    matrix = reflection.mmul(matrix).mmul(reflection);
  }
  return matrix;
}

describe('largestEigenvalue', () => {
  const eigenvalue = fc.double({ min: -10, max: 10, noNaN: true });
  const spectra = fc.array(eigenvalue, { minLength: 1, maxLength: 12 });

  it('is the algebraically largest, whatever the spectrum', async () => {
    await fc.assert(
      fc.asyncProperty(spectra, fc.nat(), async (spectrum, seed) => {
        const random = Random.fromSeed(seed, 'matrix');
        const options = { products: spectrum.length, tolerance: 0 };
        const result = await largestEigenvalue(
          product(withSpectrum(spectrum, random)),
          spectrum.length,
          random,
          options,
        );
        // Rounding of entries of up to 10, through as many products as there are rows.
        expect(Math.abs(result.eigenvalue - Math.max(...spectrum))).toBeLessThan(1e-11);
        expect(result.products).toBeLessThanOrEqual(spectrum.length);
      }),
      { numRuns: 50 },
    );
  });

  it('is not that of largest magnitude where the matrix is indefinite or negative', async () => {
    for (const spectrum of [
      [-100, -3, -1, 0, 0.5, 1],
      [-7, -5, -4, -2],
    ]) {
      const matrix = withSpectrum(spectrum, Random.fromSeed(0));
      const { eigenvalue } = await largestEigenvalue(product(matrix), spectrum.length, Random.fromSeed(1), {
        tolerance: 0,
      });
      expect(eigenvalue).toBeCloseTo(Math.max(...spectrum), 11);
    }
  });

  it('is within its residual of an eigenvalue, and rises to the largest with the products', async () => {
    const random = Random.fromSeed(2);
    const spectrum = Array.from({ length: 60 }, () => random.normal());
    const matrix = withSpectrum(spectrum, random);
    let before = -Infinity;
    for (const products of [1, 2, 4, 8, 16, 32]) {
      const result = await largestEigenvalue(product(matrix), 60, Random.fromSeed(3), { products, tolerance: 0 });
      expect(result.products).toBe(products);
      expect(result.eigenvalue).toBeGreaterThan(before);
      expect(result.eigenvalue).toBeLessThan(Math.max(...spectrum) + 1e-12);
      const distance = Math.min(...spectrum.map((other) => Math.abs(other - result.eigenvalue)));
      expect(distance).toBeLessThanOrEqual(result.residual + 1e-12);
      before = result.eigenvalue;
    }
  });

  it('stops once the start’s span is exhausted, and at the tolerance', async () => {
    const identity = await largestEigenvalue(product(Matrix.eye(9).mul(4)), 9, Random.fromSeed(0));
    expect(identity.products).toBe(1);
    expect(identity.eigenvalue).toBeCloseTo(4, 14);
    const zero = await largestEigenvalue(product(Matrix.zeros(9, 9)), 9, Random.fromSeed(0));
    expect(zero).toEqual({ eigenvalue: 0, residual: 0, products: 1 });
    const matrix = withSpectrum([5, 1, 0.5, 0.25, 0.125, 0, 0, 0, 0, 0, -0.5, -1], Random.fromSeed(0));
    const loose = await largestEigenvalue(product(matrix), 12, Random.fromSeed(1), { tolerance: 0.01 });
    const strict = await largestEigenvalue(product(matrix), 12, Random.fromSeed(1), { tolerance: 1e-6 });
    expect(loose.residual).toBeLessThanOrEqual(0.05);
    expect(loose.products).toBeLessThan(strict.products);
  });

  it('is the same for the same seed, and refuses products that are not finite', async () => {
    const matrix = withSpectrum([3, 2, 1, -1, -2], Random.fromSeed(0));
    const estimate = () => largestEigenvalue(product(matrix), 5, Random.fromSeed(7), { products: 2 });
    expect(await estimate()).toEqual(await estimate());
    const broken = async (vector: Float64Array) => vector.map(() => Number.NaN);
    await expect(largestEigenvalue(broken, 3, Random.fromSeed(0))).rejects.toThrow(
      'a product with the matrix must be finite, got NaN in it',
    );
  });

  describe('of the golden Hessian in alpha', () => {
    const manifest = JSON.parse(readFileSync(new URL('manifest.json', GOLDEN), 'utf8')) as {
      readonly tensors: { readonly hessian: { readonly byteOffset: number } };
      readonly scalars: { readonly largestEigenvalue: number; readonly smallestEigenvalue: number };
    };
    const { buffer, byteOffset } = Uint8Array.from(readFileSync(new URL('tensors.bin', GOLDEN)));
    const entries = new Float32Array(buffer, byteOffset + manifest.tensors.hessian.byteOffset, 84 * 84);
    const hessian = Matrix.from1DArray(84, 84, [...entries]);
    // Rounding to float32 moved the stored matrix's own eigenvalue by less than 1e-8.
    const own = Math.max(...new EigenvalueDecomposition(hessian, { assumeSymmetric: true }).realEigenvalues);

    it('is within 5e-5 after 10 products, and 1e-9 after 15, from every start', async () => {
      expect(Math.abs(own - manifest.scalars.largestEigenvalue)).toBeLessThan(1e-8);
      for (let seed = 0; seed < 20; seed++) {
        const estimate = async (products: number) =>
          (await largestEigenvalue(product(hessian), 84, Random.fromSeed(seed), { products, tolerance: 0 })).eigenvalue;
        expect(Math.abs((await estimate(10)) - own)).toBeLessThan(5e-5);
        expect(Math.abs((await estimate(15)) - own)).toBeLessThan(1e-9);
      }
    });

    it('is the smallest one’s negative for the negative matrix', async () => {
      const options = { products: 30, tolerance: 0 };
      const { eigenvalue } = await largestEigenvalue(product(Matrix.mul(hessian, -1)), 84, Random.fromSeed(0), options);
      expect(eigenvalue).toBeCloseTo(-manifest.scalars.smallestEigenvalue, 8);
    });
  });
});
