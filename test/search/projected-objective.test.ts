import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { projectObjective } from '../../src/search/projected-objective.ts';
import { beginProjections } from '../../src/search/projection.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';

const SHAPE = { nodes: 1, primitives: ['skip_connect', 'sep_conv_3x3'] } as const;
const ALPHA = Float64Array.of(0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7, 0.8);
const NOISE = Float64Array.of(0.1, -0.1, 0.2, 0, -0.2, 0.1, 0, 0.3);
const plain = createSearchObjective({ shape: SHAPE, relaxation: 'softmax', zeroOneWeight: 0 });

/** The normal cell's first edge keeps its second operation, and its second edge is dropped. */
const PROJECTIONS = {
  normal: { operations: [1, 0], dropped: [false, true] },
  reduce: beginProjections(1).reduce,
};
const projected = projectObjective(plain, SHAPE, PROJECTIONS);

describe('the objective after decisions', () => {
  it('has decided rows one-hot, dropped ones 0, and the others as they are', () => {
    const { normal, reduce, skipsZeros } = projected.mixing(ALPHA);
    expect([...normal]).toEqual([0, 1, 0, 0]);
    expect(reduce).toEqual(plain.mixing(ALPHA).reduce);
    expect(skipsZeros).toBe(true);
  });

  it('leaves only the flag behind where nothing is decided', () => {
    const open = projectObjective(plain, SHAPE, beginProjections(1));
    expect(open.mixing(ALPHA)).toEqual({ ...plain.mixing(ALPHA), skipsZeros: true });
    const gradient = { normal: Float32Array.of(1, 2, 3, 4), reduce: Float32Array.of(5, 6, 7, 8) };
    expect(open.gradient(ALPHA, gradient)).toEqual(plain.gradient(ALPHA, gradient));
  });

  it('stands under perturbations and attacks too', async () => {
    const { normal, reduce } = projected.perturbed(ALPHA, NOISE);
    expect([...normal]).toEqual([0, 1, 0, 0]);
    expect(reduce).toEqual(plain.perturbed(ALPHA, NOISE).reduce);
    const seen: number[][] = [];
    const attacked = await projected.attacked(ALPHA, {
      noise: NOISE,
      epsilon: 0.3,
      async lossAt(mixing) {
        seen.push([...mixing.normal]);
        return 1;
      },
      async gradientAt(mixing) {
        seen.push([...mixing.normal]);
        return { normal: new Float32Array(4), reduce: new Float32Array(4).fill(1) };
      },
    });
    expect([...attacked.normal]).toEqual([0, 1, 0, 0]);
    expect(seen.length).toBeGreaterThan(1);
    for (const cell of seen) expect(cell).toEqual([0, 1, 0, 0]);
  });

  it('has no gradient in what is decided', () => {
    const gradient = { normal: Float32Array.of(1, 2, 3, 4), reduce: Float32Array.of(5, 6, 7, 9) };
    const slopes = projected.gradient(ALPHA, gradient);
    expect([...slopes.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect(slopes.subarray(4)).toEqual(plain.gradient(ALPHA, gradient).subarray(4));
    expect(slopes.subarray(4).some((slope) => slope !== 0)).toBe(true);
  });

  it('takes an auxiliary skip’s column for what it is: no operation of alpha', () => {
    const objective = createSearchObjective({
      ...{ shape: SHAPE, relaxation: 'softmax', zeroOneWeight: 0 },
      auxiliarySkip: true,
    });
    const { normal } = projectObjective(objective, SHAPE, PROJECTIONS).mixing(ALPHA, 1);
    expect([...normal]).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it('weighs random cells and the regularizer as before', () => {
    expect(projected.complete(ALPHA)).toEqual(plain.complete(ALPHA));
    expect(projected.regularization(ALPHA)).toBe(plain.regularization(ALPHA));
    expect(projected.draw(ALPHA, Random.fromSeed(0))).toBeNull();
  });
});
