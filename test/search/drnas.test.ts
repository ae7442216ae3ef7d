import { describe, expect, it } from 'vitest';
import type { MixingWeights } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { createAlphaOptimizer, setUpSearch } from '../../src/search/setup.ts';
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
