import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import type { SearchMethod } from '../../src/search/method.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { withDscd } from '../../src/search/with-dscd.ts';
import { alphaSize } from '../../src/space/alpha.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

const METHODS: [string, SearchMethod][] = Object.entries(SEARCH_METHODS);

/** Methods that exist with DSCD too. */
const TWINS = [
  ...([
    'darts',
    'darts-2nd',
    'darts-',
    'darts-ada',
    'darts-es',
    'darts-plus',
    'darts-pt',
    'fair-darts',
    'oles',
  ] as const),
  ...(['sdarts-rs', 'sdarts-adv'] as const),
] as const;

describe('SEARCH_METHODS', () => {
  it('holds the papers’ methods, the DSCD versions, and the baseline', () => {
    const families = TWINS.flatMap((name) => [name, `${name}+dscd`]);
    expect(SEARCH_METHOD_NAMES.toSorted()).toEqual(
      [...families, 'darts-pt-blank', 'drnas', 'gdas', 'pc-darts', 'random', 'snas'].toSorted(),
    );
  });

  it.each(METHODS)('%s goes by its own name, and says in a line what it is', (key, { name, summary }) => {
    expect(name).toBe(key);
    expect(summary).toMatch(/^[^\n]{10,100}$/);
  });

  it.each(METHODS)('%s draws an initial alpha of the right size: same seed, same bits', (_, method) => {
    const size = alphaSize({ nodes: 4, primitives: method.primitives });
    const draw = (): Float64Array => method.initialAlpha(size, Random.fromSeed(7, 'alpha'), [-5, 5]);
    const alpha = draw();
    expect(alpha).toBeInstanceOf(Float64Array);
    expect(alpha.length).toBe(size);
    expect(alpha.every(Number.isFinite)).toBe(true);
    expect(draw()).toEqual(alpha);
  });

  it.each(TWINS)('%s+dscd differs in how alpha moves alone', (plain) => {
    const { name, summary, alphaMoves, ...rest } = SEARCH_METHODS[`${plain}+dscd`];
    expect(SEARCH_METHODS[plain]).toMatchObject(rest);
    expect([SEARCH_METHODS[plain].alphaMoves, alphaMoves]).toEqual(['local', 'local+global']);
    expect([name, summary]).toEqual([`${plain}+dscd`, `${plain} with Adam and DSCD alternating on alpha`]);
    expect(withDscd(SEARCH_METHODS[plain])).toEqual(SEARCH_METHODS[`${plain}+dscd`]);
  });
});

describe('the sources’ choices', () => {
  it('FairDARTS: sigmoids over seven primitives from alpha 0, threshold', () => {
    const { primitives, relaxation, rule, dialect, initialAlpha } = SEARCH_METHODS['fair-darts'];
    expect(primitives).toEqual(FAIR_DARTS_PRIMITIVES);
    expect([relaxation, rule, dialect]).toEqual(['sigmoid', 'threshold_sparse', 'triples']);
    expect(initialAlpha(196, Random.fromSeed(1), [-5, 5])).toEqual(new Float64Array(196));
  });

  it('DARTS: softmax over eight primitives from 1e-3 times normal values, top-2', () => {
    const { primitives, relaxation, rule, dialect, initialAlpha } = SEARCH_METHODS.darts;
    expect(primitives).toEqual(DARTS_PRIMITIVES);
    expect([relaxation, rule, dialect]).toEqual(['softmax', 'top2', 'pairs']);
    const alpha = initialAlpha(10_000, Random.fromSeed(1), [-5, 5]);
    const spread = Math.sqrt(alpha.reduce((sum, a) => sum + a * a, 0) / alpha.length);
    // 10,000 draws: the spread is known to about 0.7 %.
    expect(Math.abs(spread / 1e-3 - 1)).toBeLessThan(0.04);
  });

  it('SDARTS, DARTS-, OLES, second order: DARTS but for what steps on w see, an auxiliary skip, freezing, alpha’s gradient', () => {
    const { darts, 'sdarts-rs': smooth, 'darts-': minus } = SEARCH_METHODS;
    const { name, summary } = darts;
    expect({ ...smooth, name, summary }).toEqual({
      ...darts,
      defaults: { ...darts.defaults, weightsMixing: 'perturbed' },
    });
    expect({ ...SEARCH_METHODS['sdarts-adv'], name, summary }).toEqual({
      ...darts,
      defaults: { ...darts.defaults, weightsMixing: 'attack' },
    });
    expect({ ...minus, name, summary }).toEqual({ ...darts, auxiliarySkip: true });
    expect({ ...SEARCH_METHODS.oles, name, summary }).toEqual({
      ...darts,
      defaults: { ...darts.defaults, freeze: 'match-sum' },
    });
    expect({ ...SEARCH_METHODS['darts-2nd'], name, summary }).toEqual({
      ...darts,
      defaults: { ...darts.defaults, alphaGradient: 'unrolled' },
    });
  });

  it('DARTS-ES, DARTS-ADA and DARTS+: DARTS but for what their watch does', () => {
    const { darts, 'darts-es': es, 'darts-ada': ada, 'darts-plus': plus } = SEARCH_METHODS;
    const { name, summary, defaults } = darts;
    expect({ ...es, name, summary }).toEqual({ ...darts, defaults: { ...defaults, eigenvalueRise: 'stop' } });
    expect({ ...ada, name, summary }).toEqual({ ...darts, defaults: { ...defaults, eigenvalueRise: 'decay' } });
    expect({ ...plus, name, summary }).toEqual({ ...darts, defaults: { ...defaults, stopSkips: 2 } });
  });

  it('GDAS, SNAS and DrNAS: DARTS but for the relaxation, its temperature, the selection, and constants of their own', () => {
    const { darts, gdas, snas, drnas } = SEARCH_METHODS;
    const { name, summary } = darts;
    expect({ ...gdas, name, summary }).toEqual({
      ...darts,
      ...{ relaxation: 'gumbel-hard', temperature: [10, 0.1], rule: 'pairs' },
      defaults: { ...darts.defaults, epochs: 250, batch: 256, weightsDecay: 5e-4, nesterov: true },
    });
    expect({ ...snas, name, summary }).toEqual({ ...darts, relaxation: 'gumbel-soft', temperature: [10, 1] });
    const { weightsLearningRate, weightsLearningRateEnd, alphaLearningRate } = drnas.defaults;
    expect([weightsLearningRate, weightsLearningRateEnd, alphaLearningRate]).toEqual([0.1, 0, 6e-4]);
    expect([drnas.relaxation, drnas.primitives.includes('none')]).toEqual(['dirichlet', false]);
    const { stages, keptOperations, partialChannels, partialChannelsEnd, alphaRest } = drnas.defaults;
    expect([stages, keptOperations, partialChannels, partialChannelsEnd, alphaRest]).toEqual([2, 4, 6, 4, 10]);
    expect(resolveSearchOptions({ method: 'gdas' }, 'paper')).toMatchObject({
      epochs: 250,
      batch: 256,
      weightsDecay: 5e-4,
    });
  });

  it('DARTS-PT: DARTS without none but for what cells are derived by; blank, also for alpha, which rests', () => {
    const { darts, 'darts-pt': pt, 'darts-pt-blank': blank } = SEARCH_METHODS;
    const { name, summary } = darts;
    expect({ ...pt, name, summary }).toEqual({
      ...{ ...darts, primitives: FAIR_DARTS_PRIMITIVES },
      defaults: { ...darts.defaults, deriveBy: 'projection' },
    });
    expect({ ...blank, name, summary }).toEqual({ ...pt, name, summary, alphaMoves: 'none' });
  });

  it('PC-DARTS: DARTS but for weights of edges, partial channels, and constants of its own', () => {
    const { darts, 'pc-darts': pc } = SEARCH_METHODS;
    const { name, summary } = darts;
    const own = { batch: 256, weightsLearningRate: 0.1, weightsLearningRateEnd: 0, alphaLearningRate: 6e-4 };
    expect({ ...pc, name, summary }).toEqual({
      ...{ ...darts, relaxation: 'edge-normalized' },
      defaults: { ...darts.defaults, ...own, alphaRest: 15, partialChannels: 4 },
    });
  });

  it('the baseline: uniform over the domain, and never moved', () => {
    const { alphaMoves, initialAlpha } = SEARCH_METHODS.random;
    expect(alphaMoves).toBe('none');
    const alpha = initialAlpha(10_000, Random.fromSeed(1), [-2, 6]);
    expect(Math.min(...alpha)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...alpha)).toBeLessThan(6);
    // Mean 2, standard deviation 8 / sqrt(12) / 100 = 0.023.
    expect(alpha.reduce((sum, a) => sum + a, 0) / alpha.length).toBeCloseTo(2, 0);
    expect(alpha.filter((a) => a < 0).length / alpha.length).toBeCloseTo(0.25, 1);
  });
});
