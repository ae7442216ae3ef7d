import { describe, expect, it } from 'vitest';
import { DivergedError } from '../../../actors/run/diverged-error.ts';
import { endEpoch } from '../../../actors/search/epoch.ts';
import { watchEpoch } from '../../../actors/search/watch.ts';
import type { MixingWeights } from '../../../src/engine/engine.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS } from '../../../src/search/methods.ts';
import { INDICATORS, type Indicator, watchPasses } from '../../../src/search/watches/indicators.ts';
import { alphaSize } from '../../../src/space/alpha.ts';
import { isDrawn } from '../../../src/space/drawn-relaxation.ts';
import { madeUpSearch, stepInput } from '../../support/made-up-session.ts';

const only = (indicator: Indicator): ReadonlySet<Indicator> => new Set([indicator]);

/** A loss whose gradient in the mixing weights is `slope` times these. */
function gradientOf(slope: number) {
  return ({ mixing }: { mixing: MixingWeights }) => ({
    loss: 1,
    correct: 1,
    perExample: Float32Array.of(1, 1),
    gradient: {
      normal: mixing.normal.map((m) => slope * m),
      reduce: mixing.reduce.map((m) => slope * m),
    },
  });
}

describe('an eigenvalue', () => {
  it('is that of the Hessian in alpha, of the first mini-batch with kinks held', async () => {
    const seen: unknown[] = [];
    // sum of slope m^2 / 2 over sigmoids m: near alpha = 0 each second derivative is slope / 16.
    const gradients = (args: Parameters<ReturnType<typeof gradientOf>>[0] & { options?: object }) => {
      seen.push(args.options);
      return gradientOf(8)(args);
    };
    const { session } = await madeUpSearch({ zeroOneWeight: 0 }, { supernet: { gradients } });
    session.optimizer.position.fill(0);
    const { eigenvalue } = await watchEpoch(session, stepInput({}, 0, 6), only('eigenvalue'));
    expect(eigenvalue).toBeCloseTo(0.5, 4);
    expect(seen[0]).toEqual({ kinks: 'keep' });
    expect(seen.slice(1).every((options) => JSON.stringify(options) === '{"kinks":"hold"}')).toBe(true);
  });

  it.each([
    ['none', 6, [0, 2, 4, 5]],
    ['stop', 6, [0, 1, 2, 3, 4, 5]],
    ['none', 76, [0, 2, 4, 74, 75]],
    ['stop', 76, [0, 3, 75]],
  ] as const)(
    'is taken in the spacing of a search with eigenvalueRise %s: %i epochs',
    async (rise, epochs, expected) => {
      const { session } = await madeUpSearch({ eigenvalueRise: rise }, { supernet: { gradients: gradientOf(1) } });
      const taken = [];
      for (const epoch of [0, 1, 2, 3, 4, 5, 74, 75].filter((at) => at < epochs)) {
        const { eigenvalue } = await watchEpoch(session, stepInput({ epochs }, epoch, 6), only('eigenvalue'));
        if (eigenvalue !== null) taken.push(epoch);
      }
      expect(taken).toEqual(expected);
    },
  );

  it('of a gradient that is not finite ends the search', async () => {
    const { session } = await madeUpSearch({}, { supernet: { gradients: gradientOf(Number.NaN) } });
    await expect(watchEpoch(session, stepInput({}, 0, 6), only('eigenvalue'))).rejects.toThrow(DivergedError);
  });
});

it.each([null, 0])('skips are those of the cells that would be derived without a limit: %s', async (maxSkips) => {
  const { session, supernets } = await madeUpSearch({ method: 'darts', space: 's2', maxSkips });
  // Two columns, the skip connection first: the normal cell takes it on all edges, the reduction cell on none.
  const { position } = session.optimizer;
  for (const i of position.keys()) position[i] = (i % 2 === 0) === i < position.length / 2 ? 1 : -1;
  const calls = supernets[0]?.calls.length;
  expect(await watchEpoch(session, stepInput(), only('skips'))).toEqual({
    eigenvalue: null,
    normalSkips: 4,
    reduceSkips: 0,
    supernetAccuracy: null,
    cellsAccuracy: null,
  });
  expect(supernets[0]?.calls.length).toBe(calls);
});

it('the distance is that of the cells with their limit of skip connections', async () => {
  const seen: MixingWeights[] = [];
  const gradients = (args: { mixing: MixingWeights }) => {
    if (args.mixing.skipsZeros) seen.push(args.mixing);
    return gradientOf(1)(args);
  };
  const input = { method: 'darts', space: 's2', maxSkips: 1 } as const;
  const { session } = await madeUpSearch(input, { supernet: { gradients } });
  const { position } = session.optimizer;
  for (const i of position.keys()) position[i] = i % 2 === 0 ? 1 : -1;
  await watchEpoch(session, stepInput(), only('distance'));
  const skips = ({ normal, reduce }: MixingWeights) =>
    [normal, reduce].map((cell) => cell.filter((m, i) => m === 1 && i % 2 === 0).length);
  expect(seen.map(skips)).toEqual(Array(4).fill([1, 4]));
});

it('the distance is that of one-hot mixing weights, without an auxiliary skip, on the first mini-batches', async () => {
  const seen: MixingWeights[] = [];
  const gradients = (args: { mixing: MixingWeights }) => {
    seen.push(args.mixing);
    return { ...gradientOf(1)(args), correct: args.mixing.skipsZeros ? 2 : 6 };
  };
  const { session } = await madeUpSearch({ method: 'darts-', nodes: 4 }, { supernet: { gradients } });
  const watched = await watchEpoch(session, stepInput({}, 1, 6), only('distance'));
  expect(watched).toMatchObject({ supernetAccuracy: 0.75, cellsAccuracy: 0.25 });
  expect(seen).toHaveLength(8);
  const columns = 9;
  const cells = seen.filter(({ skipsZeros }) => skipsZeros);
  for (const { normal } of cells) {
    expect(normal.filter((m) => m !== 0)).toEqual(new Float32Array(8).fill(1));
    expect(normal.filter((_, i) => i % columns === columns - 1).every((m) => m === 0)).toBe(true);
  }
});

it('the distance of derived cells has channels pass by the operations that are kept, and no others', async () => {
  const seen: MixingWeights[] = [];
  const gradients = (args: { mixing: MixingWeights }) => {
    seen.push(args.mixing);
    return gradientOf(1)(args);
  };
  const { session } = await madeUpSearch({ method: 'pc-darts', nodes: 4 }, { supernet: { gradients } });
  await watchEpoch(session, stepInput(), only('distance'));
  const columns = 9; // the last is that of the channels that pass by
  const kept = seen.find(({ skipsZeros }) => skipsZeros)?.normal ?? expect.fail('no cells were cut out');
  const rows = Array.from({ length: 14 }, (_, row) => [...kept.slice(row * columns, (row + 1) * columns)]);
  expect(rows.filter((row) => row[8] === 1)).toHaveLength(8);
  for (const row of rows) expect(row.slice(0, 8).reduce((sum, m) => sum + m, 0)).toBe(row[8]);
});

it.each(SEARCH_METHOD_NAMES)('all that a method has is watched: %s', async (method) => {
  const watch = INDICATORS.filter((name) => name !== 'eigenvalue' || !isDrawn(SEARCH_METHODS[method].relaxation));
  const { session } = await madeUpSearch({ method, watch });
  const watched = await watchEpoch(session, stepInput({}, 0, 6), new Set(watch));
  for (const [name, value] of Object.entries(watched)) {
    if (name !== 'eigenvalue' || watch.includes(name)) expect(value, name).toEqual(expect.any(Number));
  }
});

it.each(INDICATORS)('%s takes as many gradients as its search is estimated to take', async (indicator) => {
  // Each row of mixing weights has a slope of its own: the Hessian has many eigenvalues.
  const gradients = (args: { mixing: MixingWeights }) => {
    const { gradient, ...rest } = gradientOf(1)(args);
    return { ...rest, gradient: { ...gradient, normal: gradient.normal.map((entry, i) => entry * (i + 1)) } };
  };
  const { session, options, supernets } = await madeUpSearch({ method: 'fair-darts' }, { supernet: { gradients } });
  const [epochs, iterations] = [4, 6];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const at = stepInput({ epochs, iterationsPerEpoch: iterations }, epoch, iterations);
    await watchEpoch(session, at, only(indicator));
  }
  const coordinates = alphaSize(session.shape);
  const calls = supernets[0]?.calls.filter((call) => call === 'gradients');
  expect(calls).toHaveLength(watchPasses({ ...options, watch: [indicator] }, { epochs, iterations, coordinates }));
});

describe('the end of an epoch', () => {
  it('has what is watched in its event', async () => {
    const { session } = await madeUpSearch({ watch: [...INDICATORS] });
    const { watched } = await endEpoch(session, stepInput({}, 0, 6));
    expect(Object.values(watched ?? {}).every(Number.isFinite)).toBe(true);
  });

  it('asks the supernet for nothing and has no field if nothing is watched', async () => {
    const { session, supernets } = await madeUpSearch();
    expect(await endEpoch(session, stepInput({}, 0, 6))).not.toHaveProperty('watched');
    expect(supernets[0]?.calls).not.toContain('gradients');
  });
});
