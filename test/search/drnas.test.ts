import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MixingWeights } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { deriveCells } from '../../src/search/derive.ts';
import { drnas as method } from '../../src/search/drnas.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { createAlphaOptimizer, setUpSearch } from '../../src/search/setup.ts';
import { keepLargest } from '../../src/search/stages.ts';
import { alphaColumns, alphaSize } from '../../src/space/alpha.ts';
import { cellEdges } from '../../src/space/cell.ts';
import { markPruned } from '../../src/space/dirichlet-relaxation.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { flat, METHOD_UNITS, relativeError } from '../support/method-units.ts';

const drnas = (input: SearchOptionsInput = {}) => resolveSearchOptions({ method: 'drnas', ...input }, 'smoke');

describe('the divergence from the uniform distribution', () => {
  const options = drnas({ alphaPrior: 'kl' });
  const setup = setUpSearch(options);
  const [plain, objective] = [setUpSearch(drnas()).objective, setup.objective].map(createSearchObjective);
  const noLoss = (mixing: MixingWeights): MixingWeights => ({
    normal: new Float32Array(mixing.normal.length),
    reduce: new Float32Array(mixing.reduce.length),
  });

  it.each(METHOD_UNITS.dirichlet.map((golden, i) => [i, golden] as const))(
    'is a term of the loss, the sum of all rows, with its gradient: golden sample %d',
    (_, golden) => {
      const columns = golden.alpha[0]!.length;
      // Rows are edges: one node has two edges, of each kind of cell.
      const rows = Array.from({ length: 4 }, (_, i) => i % golden.alpha.length);
      const shape = { nodes: 1, primitives: DARTS_PRIMITIVES.slice(0, columns) };
      const [relaxation, zeroOneWeight] = ['dirichlet', 0] as const;
      const weighted = createSearchObjective({ shape, relaxation, zeroOneWeight, divergenceWeight: 1e-3 });
      const alpha = flat(rows.map((row) => golden.alpha[row]!));
      const expected = rows.reduce((sum, row) => sum + golden.klToUniform[row]!, 0);
      expect(weighted.regularization(alpha)).toBeCloseTo(1e-3 * expected, 14);
      const draw = weighted.draw(alpha, Random.fromSeed(0));
      const gradient = weighted.gradient(alpha, noLoss(weighted.mixing(alpha)), 1, draw);
      // PyTorch's trigamma function, which made these values, is off by up to 4e-10.
      const golden64 = flat(rows.map((row) => golden.klAlphaGradient[row]!)).map((entry) => 1e-3 * entry);
      expect(relativeError(gradient, golden64)).toBeLessThan(1e-9);
    },
  );

  it('changes nothing at alpha 0', () => {
    const alpha = createAlphaOptimizer(options, setup).position.fill(0);
    expect(objective!.regularization(alpha)).toBeCloseTo(0, 13);
    const draw = objective!.draw(alpha, Random.fromSeed(1));
    const mixing = objective!.mixing(alpha, 0, draw);
    expect(mixing).toEqual(plain!.mixing(alpha, 0, draw));
    const slopes = { normal: mixing.normal.map(Math.sin), reduce: mixing.reduce.map(Math.cos) };
    expect(objective!.gradient(alpha, slopes, 0, draw)).toEqual(plain!.gradient(alpha, slopes, 0, draw));
  });

  it('has the weight of alpha’s decay, which it replaces', () => {
    expect(setup.objective.divergenceWeight).toBe(1e-3);
    const moved = (input: SearchOptionsInput): boolean => {
      const given = drnas({ alphaDecay: 0.5, ...input });
      const optimizer = createAlphaOptimizer(given, setUpSearch(given));
      const before = optimizer.position.slice();
      const gradient = new Float64Array(before.length);
      optimizer.tell(optimizer.ask('local', 0), { base: { loss: 1 }, gradient, proposals: [] });
      return optimizer.position.some((entry, i) => entry !== before[i]);
    };
    expect([moved({}), moved({ alphaPrior: 'kl' })]).toEqual([true, false]);
    expect(setUpSearch(drnas()).objective).not.toHaveProperty('divergenceWeight');
  });
});

describe('a search whose edges were pruned', () => {
  const { shape, objective: settings } = setUpSearch(drnas({ nodes: 3 }));
  const [size, columns] = [alphaSize(shape), alphaColumns(shape)];
  const cases = fc.record({
    alpha: fc
      .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size })
      .map((values) => Float64Array.from(values)),
    count: fc.integer({ min: 2, max: columns }),
    seed: fc.nat(),
  });
  const rowsOf = (values: ArrayLike<number>) =>
    Array.from({ length: values.length / columns }, (_, row) =>
      Array.from({ length: columns }, (_, column) => values[row * columns + column] as number),
    );

  it('keeps the largest alphas of each row, of equal ones the first', () => {
    fc.assert(
      fc.property(cases, ({ alpha, count }) => {
        const kept = rowsOf(keepLargest(alpha, columns, count));
        for (const [row, entries] of rowsOf(alpha).entries()) {
          const stays = (column: number) => kept[row]![column] === 1;
          expect(entries.filter((_, column) => stays(column))).toHaveLength(count);
          const least = Math.min(...entries.filter((_, column) => stays(column)));
          expect(entries.every((entry, column) => stays(column) || entry <= least)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
    expect([...keepLargest(Float64Array.of(1, 2, 1, 0, 0, 0), 3, 2)]).toEqual([1, 1, 0, 1, 1, 0]);
  });

  it('mixes what is left: drawn or settled, rows sum to 1 without what was pruned, which is not computed', () => {
    fc.assert(
      fc.property(cases, ({ alpha, count, seed }) => {
        const kept = keepLargest(alpha, columns, count);
        const objective = createSearchObjective({ ...settings, kept, partialChannels: 1 });
        const draw = objective.draw(alpha, Random.fromSeed(seed));
        for (const mixing of [objective.mixing(alpha, 0, draw), objective.mixing(alpha)]) {
          expect(mixing.skipsZeros).toBe(true);
          const both = [...mixing.normal, ...mixing.reduce];
          expect(both.every((entry, i) => kept[i] === 1 || entry === 0)).toBe(true);
          for (const row of rowsOf(both)) expect(row.reduce((sum, entry) => sum + entry, 0)).toBeCloseTo(1, 6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('draws as before, by alpha and the generator, and if all stays mixes as before', () => {
    const alpha = Float64Array.from({ length: size }, (_, i) => Math.sin(i));
    const [whole, pruned] = [undefined, keepLargest(alpha, columns, 4)].map((kept) =>
      createSearchObjective({ ...settings, ...(kept && { kept }) }),
    );
    const draw = whole!.draw(alpha, Random.fromSeed(3))!;
    expect(pruned!.draw(alpha, Random.fromSeed(3))).toEqual(draw);
    const all = createSearchObjective({ ...settings, kept: new Uint8Array(size).fill(1) });
    for (const kind of ['normal', 'reduce'] as const) {
      const [expected, mixing] = [whole!, all].map((objective) => objective.mixing(alpha, 0, draw)[kind]);
      expect(relativeError(mixing!, expected!)).toBeLessThan(1e-6);
    }
  });

  it('has no gradient of the loss in what was pruned', () => {
    fc.assert(
      fc.property(cases, ({ alpha, count, seed }) => {
        const kept = keepLargest(alpha, columns, count);
        const objective = createSearchObjective({ ...settings, kept });
        const draw = objective.draw(alpha, Random.fromSeed(seed));
        const { normal, reduce } = objective.mixing(alpha, 0, draw);
        const slopes = { normal: normal.map((_, i) => Math.sin(i)), reduce: reduce.map((_, i) => Math.cos(i)) };
        const gradient = objective.gradient(alpha, slopes, 0, draw);
        expect(gradient.every((entry, i) => kept[i] === 1 || Math.abs(entry) === 0)).toBe(true);
        expect(gradient.some((entry) => entry !== 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('derives cells of what is left alone, whatever becomes of the alphas of the rest', () => {
    const edges = cellEdges(shape.nodes);
    fc.assert(
      fc.property(cases, ({ alpha, count }) => {
        const kept = keepLargest(alpha, columns, count);
        const drifted = alpha.map((entry, i) => (kept[i] === 1 ? entry : 9));
        const { genotype } = deriveCells(method, null, shape, markPruned(drifted, kept));
        expect(genotype).toEqual(deriveCells(method, null, shape, markPruned(alpha, kept)).genotype);
        for (const [kind, start] of [
          ['normal', 0],
          ['reduce', size / 2],
        ] as const) {
          for (const { primitive, from, to } of genotype[kind]) {
            const row = edges.findIndex((edge) => edge.from === from && edge.to === to);
            const column = (shape.primitives as readonly string[]).indexOf(primitive);
            expect(kept[start + row * columns + column]).toBe(1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
