import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MixingWeights } from '../../src/engine/engine.ts';
import { clampToUnit, clipToSimplex } from '../../src/search/perturbation.ts';
import {
  createSearchObjective,
  type SearchObjective,
  zeroOneGradient,
  zeroOneLoss,
} from '../../src/search/search-objective.ts';
import { alphaSize } from '../../src/space/alpha.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { relax } from '../../src/space/relaxation.ts';
import { GoldenCase } from '../../tools/golden/golden-case.ts';

const SETTINGS = [
  { shape: { nodes: 1, primitives: FAIR_DARTS_PRIMITIVES }, relaxation: 'sigmoid', zeroOneWeight: 10 },
  { shape: { nodes: 2, primitives: FAIR_DARTS_PRIMITIVES }, relaxation: 'sigmoid', zeroOneWeight: 0 },
  { shape: { nodes: 2, primitives: DARTS_PRIMITIVES }, relaxation: 'softmax', zeroOneWeight: 0 },
] as const;

/** Alpha of the space, from a pool of values. */
const alphas = (size: number) =>
  fc
    .array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: size, maxLength: size })
    .map((values) => Float64Array.from(values));

/** A loss of the mixing weights that stands for the cross-entropy: no two coordinates alike, and not linear. */
function loss(mixing: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < mixing.length; i++) sum += Math.sin(1 + i * (mixing[i] as number));
  return sum / mixing.length;
}

function lossGradient(mixing: MixingWeights): MixingWeights {
  const flat = [...mixing.normal, ...mixing.reduce];
  const gradient = flat.map((m, i) => (i * Math.cos(1 + i * m)) / flat.length);
  const size = mixing.normal.length;
  return { normal: Float32Array.from(gradient.slice(0, size)), reduce: Float32Array.from(gradient.slice(size)) };
}

describe.each(SETTINGS)('objective: $relaxation, $shape.nodes nodes, zero-one weight $zeroOneWeight', (settings) => {
  const objective = createSearchObjective(settings);
  const { shape, relaxation, zeroOneWeight } = settings;
  const [size, columns] = [alphaSize(shape), shape.primitives.length];

  it('mixing is the relaxation in float32, the normal cell first', () => {
    fc.assert(
      fc.property(alphas(size), (alpha) => {
        const { normal, reduce } = objective.mixing(alpha);
        const flat = Float32Array.from(relax(relaxation, alpha, columns));
        expect(normal).toEqual(flat.slice(0, size / 2));
        expect(reduce).toEqual(flat.slice(size / 2));
      }),
      { numRuns: 20 },
    );
  });

  it('regularization is the weighted zero-one loss of the relaxed alpha', () => {
    fc.assert(
      fc.property(alphas(size), (alpha) => {
        const expected = zeroOneWeight === 0 ? 0 : zeroOneWeight * zeroOneLoss(relax(relaxation, alpha, columns));
        expect(objective.regularization(alpha)).toBe(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('gradient is the slope of the whole loss in alpha', () => {
    fc.assert(
      fc.property(alphas(size), fc.nat(size - 1), (alpha, coordinate) => {
        const before = alpha.slice();
        const gradient = objective.gradient(alpha, lossGradient(objective.mixing(alpha)));
        expect(alpha).toEqual(before);
        const at = (step: number): number => {
          const there = alpha.map((value, i) => (i === coordinate ? value + step : value));
          return loss(relax(relaxation, there, columns)) + objective.regularization(there);
        };
        const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
        // The gradient in the mixing weights comes in float32, up to about 1 in size.
        expect(Math.abs((gradient[coordinate] as number) - slope)).toBeLessThan(2e-5);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses an alpha of another space', () => {
    const wrong = new Float64Array(size + columns);
    expect(() => objective.mixing(wrong)).toThrow(new RegExp(`${size}.*${size + columns}`));
  });
});

describe('a weight of the zero-one loss that rises', () => {
  const { shape, relaxation } = SETTINGS[0];
  const create = (zeroOneWeight: number, zeroOneRise?: number) => {
    return createSearchObjective({
      shape,
      relaxation,
      zeroOneWeight,
      ...(zeroOneRise === undefined ? {} : { zeroOneRise }),
    });
  };
  const alpha = Float64Array.from({ length: alphaSize(shape) }, (_, i) => Math.sin(i));
  const mixingGradient = lossGradient(create(0).mixing(alpha));
  const all = (objective: SearchObjective, progress?: number) => [
    objective.regularization(alpha, progress),
    objective.gradient(alpha, mixingGradient, progress),
  ];

  it.each([
    [0, 0],
    [0.25, 5],
    [0.5, 10],
    [0.9, 10],
  ])('at progress %d is %d if it rises to 10 over half of the search', (progress, weight) => {
    expect(all(create(10, 0.5), progress)).toEqual(all(create(weight)));
  });

  it('is whole from the start without a rise, and whole where no progress is given', () => {
    for (const progress of [0, 0.3, 1]) expect(all(create(10, 0), progress)).toEqual(all(create(10)));
    expect(all(create(10, 1))).toEqual(all(create(10)));
  });
});

describe('objective', () => {
  it('gives DARTS no gradient along a row’s constant, since a softmax does not see it', () => {
    const { shape, relaxation, zeroOneWeight } = SETTINGS[2];
    const objective = createSearchObjective({ shape, relaxation, zeroOneWeight });
    const alpha = Float64Array.from({ length: alphaSize(shape) }, (_, i) => Math.sin(i));
    const gradient = objective.gradient(alpha, lossGradient(objective.mixing(alpha)));
    for (let start = 0; start < alpha.length; start += 8) {
      const sum = gradient.subarray(start, start + 8).reduce((total, g) => total + g, 0);
      expect(Math.abs(sum)).toBeLessThan(1e-12);
    }
  });
});

describe('the auxiliary skip', () => {
  const shape = { nodes: 2, primitives: DARTS_PRIMITIVES };
  const [darts, minus] = [false, true].map((auxiliarySkip) => {
    return createSearchObjective({ shape, relaxation: 'softmax', auxiliarySkip, zeroOneWeight: 0 });
  }) as [SearchObjective, SearchObjective];
  const alpha = Float64Array.from({ length: alphaSize(shape) }, (_, i) => Math.sin(i));
  const columns = DARTS_PRIMITIVES.length;
  const isAlphas = (_: unknown, i: number): boolean => i % (columns + 1) < columns;
  const own = ({ normal, reduce }: MixingWeights): MixingWeights => {
    return { normal: normal.filter(isAlphas), reduce: reduce.filter(isAlphas) };
  };
  const noise = alpha.map((entry) => 0.3 * entry);
  const cells = alpha.map((entry) => Number(entry > 0));

  it.each([
    [0, 1],
    [0.25, 0.75],
    [1, 0],
  ])('is a last column that at progress %d is %d, whatever else steps on w see', (progress, beta) => {
    const pairs = [
      [minus.mixing(alpha, progress), darts.mixing(alpha)],
      [minus.perturbed(alpha, noise, progress), darts.perturbed(alpha, noise)],
      [minus.complete(cells, progress), darts.complete(cells)],
    ] as const;
    for (const [mixing, expected] of pairs) {
      expect(own(mixing)).toEqual(expected);
      for (const kind of ['normal', 'reduce'] as const) {
        const column = mixing[kind].filter((_, i) => !isAlphas(_, i));
        expect([...column]).toEqual(Array.from({ length: 5 }, () => beta));
      }
    }
  });

  it('takes no part in the gradient in alpha', () => {
    const gradient = lossGradient(minus.mixing(alpha, 0.5));
    expect(minus.gradient(alpha, gradient, 0.5)).toEqual(darts.gradient(alpha, own(gradient)));
  });
});

describe('a perturbation', () => {
  it.each(SETTINGS)('of size 0 changes no bit: $relaxation, $shape.nodes nodes', (settings) => {
    const objective = createSearchObjective(settings);
    const alpha = Float64Array.from({ length: alphaSize(settings.shape) }, (_, i) => Math.sin(i));
    expect(objective.perturbed(alpha, new Float64Array(alpha.length))).toEqual(objective.mixing(alpha));
  });

  it('is clipped to rows that sum to 1 for a softmax, and entry by entry for a sigmoid', () => {
    for (const settings of SETTINGS) {
      const { shape, relaxation } = settings;
      const alpha = Float64Array.from({ length: alphaSize(shape) }, (_, i) => Math.sin(i));
      const noise = alpha.map((_, i) => 0.9 * Math.cos(3 * i));
      const columns = shape.primitives.length;
      const sums = relax(relaxation, alpha, columns).map((entry, i) => entry + noise[i]!);
      const expected = relaxation === 'softmax' ? clipToSimplex(sums, columns) : clampToUnit(sums, columns);
      const { normal, reduce } = createSearchObjective(settings).perturbed(alpha, noise);
      expect([...normal, ...reduce]).toEqual([...Float32Array.from(expected)]);
    }
  });
});

describe('an attack', () => {
  const uphill = {
    lossAt: async (mixing: MixingWeights) => loss([...mixing.normal, ...mixing.reduce]),
    gradientAt: async (mixing: MixingWeights) => lossGradient(mixing),
  };

  it.each(SETTINGS)('of size 0 changes no bit: $relaxation, $shape.nodes nodes', async (settings) => {
    const objective = createSearchObjective(settings);
    const alpha = Float64Array.from({ length: alphaSize(settings.shape) }, (_, i) => Math.sin(i));
    const attack = { noise: new Float64Array(alpha.length), epsilon: 0, ...uphill };
    expect(await objective.attacked(alpha, attack)).toEqual(objective.mixing(alpha));
  });

  it.each(SETTINGS)('ends no lower than it began: $relaxation, $shape.nodes nodes', async (settings) => {
    const objective = createSearchObjective(settings);
    const alpha = Float64Array.from({ length: alphaSize(settings.shape) }, (_, i) => Math.sin(i));
    const noise = alpha.map((_, i) => 0.1 * Math.cos(3 * i));
    const found = await objective.attacked(alpha, { noise, epsilon: 0.1, ...uphill });
    const before = objective.mixing(alpha);
    expect(await uphill.lossAt(found)).toBeGreaterThan(await uphill.lossAt(before));
    if (settings.relaxation !== 'sigmoid') return;
    // Entries of a sigmoid are clamped alone, so that none leaves the box.
    const changes = found.normal.map((entry, i) => Math.abs(entry - before.normal[i]!));
    expect(Math.max(...changes)).toBeLessThanOrEqual(0.1 + 1e-6);
  });

  it('leaves the auxiliary skip its weight, and goes by the gradient in the other columns', async () => {
    const shape = { nodes: 2, primitives: DARTS_PRIMITIVES };
    const minus = createSearchObjective({ shape, relaxation: 'softmax', auxiliarySkip: true, zeroOneWeight: 0 });
    const alpha = new Float64Array(alphaSize(shape));
    const isAuxiliary = (i: number): boolean => i % 9 === 8;
    // Uphill is less of the last operation, and much more of the auxiliary skip.
    const slope = (matrix: Float32Array) => matrix.map((_, i) => (isAuxiliary(i) ? 100 : i % 9 === 7 ? -1 : 0));
    const attack = {
      noise: new Float64Array(alpha.length),
      epsilon: 0.1,
      lossAt: async ({ normal }: MixingWeights) => {
        return slope(normal).reduce((sum, each, i) => sum + each * normal[i]!, 0);
      },
      gradientAt: async ({ normal, reduce }: MixingWeights) => ({ normal: slope(normal), reduce: slope(reduce) }),
    };
    const { normal } = await minus.attacked(alpha, attack, 0.25);
    for (const [i, entry] of normal.entries()) {
      if (isAuxiliary(i)) expect(entry).toBe(0.75);
      else if (i % 9 === 7) expect(entry).toBeLessThan(1 / 8);
      else expect(entry).toBeGreaterThan(1 / 8);
    }
  });
});

/** Mixing weights of some operations. */
const mixings = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 })
  .map((values) => Float64Array.from(values));

describe('zeroOneLoss', () => {
  it('is 0 where nothing is decided, and -1/4 where everything is', () => {
    expect(Math.abs(zeroOneLoss([0.5, 0.5, 0.5]))).toBe(0);
    expect(zeroOneLoss([0, 1, 1, 0])).toBe(-0.25);
  });

  it('lies between them, and is the same for m and 1 - m', () => {
    fc.assert(
      fc.property(mixings, (m) => {
        const loss = zeroOneLoss(m);
        expect(loss).toBeLessThanOrEqual(0);
        expect(loss).toBeGreaterThanOrEqual(-0.25);
        expect(zeroOneLoss(m.map((value) => 1 - value))).toBeCloseTo(loss, 14);
      }),
    );
  });

  it.each(['case-a', 'case-b'])('is PyTorch’s of %s', (name) => {
    const golden = new GoldenCase(`test/golden/${name}`);
    const { ops = [] } = golden.manifest.config;
    // Both were computed in float64 from the same float32 alphas.
    expect(zeroOneLoss(relax('sigmoid', golden.alpha(), ops.length))).toBeCloseTo(
      golden.manifest.scalars?.zeroOne as number,
      14,
    );
  });
});

describe('zeroOneGradient', () => {
  it('is the slope of the loss, which is a parabola: central differences are exact', () => {
    fc.assert(
      fc.property(mixings, fc.nat(), (m, at) => {
        const i = at % m.length;
        const [up, down] = [0.25, -0.25].map((step) =>
          zeroOneLoss(m.map((value, j) => (j === i ? value + step : value))),
        );
        expect(zeroOneGradient(m)[i]).toBeCloseTo(((up as number) - (down as number)) / 0.5, 13);
      }),
    );
  });

  it('pushes away from 1/2', () => {
    // Descent goes against the gradient.
    expect([...zeroOneGradient([0.25, 0.5, 0.75])].map((g) => Math.sign(-g) + 0)).toEqual([-1, 0, 1]);
  });
});
