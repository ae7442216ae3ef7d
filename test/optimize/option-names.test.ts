import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { Adam } from '../../src/optimize/adam.ts';
import { AlternatingOptimizer } from '../../src/optimize/dscd/alternating-optimizer.ts';
import { createOptimizer, METHOD_NAMES } from '../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../src/optimize/minimize/minimize-options.ts';
import { checkOptionNames } from '../../src/optimize/option-names.ts';
import { CoordinateDescent } from '../../src/optimize/rivals/coordinate-descent.ts';
import { Lbfgs } from '../../src/optimize/rivals/lbfgs.ts';
import { UniformSampling } from '../../src/optimize/rivals/uniform-sampling.ts';

describe('checkOptionNames', () => {
  const names = { window: 1, margin: 1, proposals: 1 };

  it('takes every name that exists, in any number', () => {
    expect(() => checkOptionNames('dscd', {}, names)).not.toThrow();
    expect(() => checkOptionNames('dscd', { margin: undefined, window: 3 }, names)).not.toThrow();
  });

  it.each([
    ['windows', 'window'],
    ['Margin', 'margin'],
    ['proposal', 'proposals'],
    ['propsals', 'proposals'],
    ['marign', 'margin'],
    ['toString', 'margin'],
  ])('refuses %s and names the nearest, %s', (given, nearest) => {
    expect(() => checkOptionNames('dscd', { [given]: 1 }, names)).toThrow(
      new RangeError(`dscd has no option ${given}; the nearest is ${nearest}`),
    );
  });
});

describe('a misspelt option', () => {
  const start = [1, 2];
  const objective = { value: (x: Float64Array) => x[0]!, gradient: () => [1, 0] };

  it.each([
    [{ learningrate: 1 }, 'minimize has no option learningrate; the nearest is learningRate'],
    [{ evalutions: 1 }, 'minimize has no option evalutions; the nearest is evaluations'],
    [{ bound: [0, 1] }, 'minimize has no option bound; the nearest is bounds'],
    [{ dscd: { windows: 50 } }, 'dscd has no option windows; the nearest is window'],
    [{ alternation: { minStep: 5 } }, 'alternation has no option minStep; the nearest is minSteps'],
    [{ method: 'cma-es', cmaEs: { sigmas: 5 } }, 'cmaEs has no option sigmas; the nearest is sigma'],
    [
      { method: 'basin-hopping', basinHopping: { stepsize: 5 } },
      'basinHopping has no option stepsize; the nearest is stepSize',
    ],
    [
      { method: 'basin-hopping', basinHopping: { local: { iteration: 5 } } },
      'L-BFGS has no option iteration; the nearest is iterations',
    ],
  ])('of minimize is refused: %j', async (options, message) => {
    const all = { start, evaluations: 10, ...options } as MinimizeOptions;
    await expect(minimize(objective, all)).rejects.toThrow(new RangeError(message));
  });

  it('of every class is refused', () => {
    const random = Random.fromSeed(0);
    const more = { starts: 1 };
    for (const create of [
      () => new AlternatingOptimizer({ start, dscd: {}, ...more }, random),
      () => new CoordinateDescent({ start, ...more }, random),
      () => new UniformSampling({ start, ...more }, random),
      () => new Lbfgs({ start, ...more }),
      ...METHOD_NAMES.map((method) => () => createOptimizer(method, { start, ...more })),
    ]) {
      expect(create).toThrow(/^\S.* has no option starts; the nearest is start$/);
    }
    const adam = { learningRate: 1, beta: 0.5 };
    expect(() => new Adam(2, adam)).toThrow(new RangeError('adam has no option beta; the nearest is beta1'));
  });
});
