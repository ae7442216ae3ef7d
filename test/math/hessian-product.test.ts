import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { hessianProduct } from '../../src/math/hessian-product.ts';
import { largestEigenvalue } from '../../src/math/largest-eigenvalue.ts';
import { Random } from '../../src/math/random.ts';

describe('hessianProduct', () => {
  it('is exact for a quadratic, whose largest curvature Lanczos’s method finds', async () => {
    // Eigenvalues 1, 3 and -7.
    const matrix = new Matrix([
      [2, 1, 0],
      [1, 2, 0],
      [0, 0, -7],
    ]);
    const times = (vector: Float64Array) =>
      Float64Array.from(matrix.mmul(Matrix.columnVector([...vector])).to1DArray());
    const gradient = async (point: Float64Array) => times(point).map((entry, i) => entry + i); // g(a) = H a + b
    const multiply = (vector: Float64Array) => hessianProduct(gradient, Float64Array.of(1, -2, 0.5), vector, 0.5);
    const vector = Float64Array.of(0.6, 0, -0.8);
    const product = await multiply(vector);
    for (const [i, entry] of times(vector).entries()) expect(product[i]).toBeCloseTo(entry, 13);
    const { eigenvalue } = await largestEigenvalue(multiply, 3, Random.fromSeed(0), { tolerance: 0 });
    expect(eigenvalue).toBeCloseTo(3, 11);
  });

  it('is off by terms of order r^2 for a smooth function', async () => {
    const gradient = async (point: Float64Array) => point.map((x) => x ** 3); // of sum x^4 / 4, with H = 3 x^2
    const off = async (radius: number) =>
      (await hessianProduct(gradient, Float64Array.of(2), Float64Array.of(1), radius))[0]! - 12;
    expect(await off(0.1)).toBeCloseTo(0.01, 12);
    expect(await off(0.01)).toBeCloseTo(0.0001, 11);
  });

  it('copes with a gradient that is given in one buffer again and again', async () => {
    const buffer = new Float64Array(1);
    const gradient = async (point: Float64Array) => {
      buffer[0] = 5 * point[0]!;
      return buffer;
    };
    expect([...(await hessianProduct(gradient, Float64Array.of(1), Float64Array.of(1), 0.5))]).toEqual([5]);
  });
});
