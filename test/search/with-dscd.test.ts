import { describe, expect, it } from 'vitest';
import { OptionsError } from '../../src/options/parse-options.ts';
import { drnas } from '../../src/search/drnas.ts';
import { gdas, snas } from '../../src/search/gdas.ts';
import type { SearchMethodName } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { withDscd } from '../../src/search/with-dscd.ts';

describe('DSCD with a method that draws its mixing weights', () => {
  it.each([gdas, snas, drnas])('is refused in a sentence: $name', (method) => {
    const sentence = new OptionsError(
      `method ${method.name}+dscd does not exist: ${method.name} draws mixing weights anew in each pass, so DSCD cannot compare alphas`,
    );
    expect(() => withDscd(method)).toThrow(sentence);
    const name = `${method.name}+dscd` as SearchMethodName;
    expect(() => resolveSearchOptions({ method: name })).toThrow(sentence);
  });

  it('is refused of the caller’s own method', () => {
    const method = { ...gdas, name: 'mine', alphaMoves: 'local+global' } as const;
    expect(() => resolveSearchOptions({ method })).toThrow(
      'alphaMoves must be local for mine, which draws mixing weights, so that DSCD cannot compare alphas',
    );
  });

  it('leaves alpha’s gradient at first order', () => {
    for (const alphaGradient of ['unrolled', 'unrolled-plain'] as const) {
      expect(() => resolveSearchOptions({ method: 'snas', alphaGradient })).toThrow(
        `alphaGradient must be first for snas, which draws mixing weights, got ${alphaGradient}`,
      );
    }
  });

  it('leaves steps on w without perturbations and drawn cells', () => {
    for (const weightsMixing of ['perturbed', 'attack', 'cells'] as const) {
      expect(() => resolveSearchOptions({ method: 'drnas', weightsMixing })).toThrow(
        `weightsMixing must be alpha for drnas, which draws mixing weights, got ${weightsMixing}`,
      );
    }
  });
});

describe('DSCD with a method that weighs edges', () => {
  it('is refused in a sentence', () => {
    const sentence = 'method pc-darts+dscd does not exist: pc-darts also weighs edges, for which DSCD has no proposals';
    expect(() => resolveSearchOptions({ method: 'pc-darts+dscd' as SearchMethodName })).toThrow(sentence);
  });
});
