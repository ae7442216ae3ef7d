import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { alphaCurvature, type CurvatureGradient } from '../../src/search/alpha-curvature.ts';
import { MethodRun } from '../support/method-run.ts';

describe('the curvature in alpha by PyTorch', () => {
  it('is the largest eigenvalue of the Hessian within 1e-3, with kinks held', async () => {
    const run = await MethodRun.start('curvature-a', 'cpu');
    const alpha = run.golden.alpha();
    const kinds: string[] = [];
    const gradient: CurvatureGradient = async (point, kinks) => {
      kinds.push(kinks);
      const { gradient } = await run.engine.gradients(run.batches.search, run.mixing(point), { kinks });
      return run.alphaGradient(point, gradient);
    };
    const before = await run.engine.save();
    const options = { products: 15, tolerance: 0 };
    const { eigenvalue, products } = await alphaCurvature(gradient, alpha, Random.fromSeed(1, 'start'), options);
    const expected = run.golden.manifest.scalars!.largestEigenvalue!;
    expect(Math.abs(eigenvalue / expected - 1)).toBeLessThan(1e-3);
    expect(products).toBe(15);
    expect(kinds).toEqual(['keep', ...Array(30).fill('hold')]);
    expect(await run.engine.save()).toEqual(before);
  });
});

it('is exact of a quadratic loss, whatever the radius', async () => {
  const slopes = Float64Array.of(-7, 3, 1);
  const kinds = new Set<string>();
  const gradient: CurvatureGradient = async (alpha, kinks) => {
    kinds.add(kinks);
    return alpha.map((entry, i) => slopes[i]! * (entry - 1));
  };
  for (const kinks of ['held', 'plain'] as const) {
    const found = await alphaCurvature(gradient, new Float64Array(3), Random.fromSeed(1, 'start'), { kinks });
    expect(found.eigenvalue).toBeCloseTo(3, 8);
  }
  expect([...kinds].toSorted()).toEqual(['free', 'hold', 'keep']);
});
