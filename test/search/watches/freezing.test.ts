import { describe, expect, it } from 'vitest';
import { buildSupernet } from '../../../src/network/supernet.ts';
import { defaultFreezeOptions, Freezing } from '../../../src/search/watches/freezing.ts';

const graph = buildSupernet({
  ...{ channels: 4, layers: 3, nodes: 1, image: 8, auxiliarySkip: true },
  primitives: {
    normal: [['skip_connect', 'sep_conv_3x3'], ['none']],
    reduce: [['max_pool_3x3'], ['dil_conv_5x5', 'skip_connect', 'sep_conv_5x5']],
  },
});
const OPERATIONS = [
  'cells.0.edges.0.sep_conv_3x3',
  ...[1, 2].flatMap((cell) => ['dil_conv_5x5', 'sep_conv_5x5'].map((name) => `cells.${cell}.edges.1.${name}`)),
];
const OPTIONS = { freeze: 'match', freezeThreshold: 0.4, freezeWindow: 2 } as const;
/** Scores of all, those named being low; the halving of a skip connection has one too. */
const scores = (...low: string[]): Record<string, number> => ({
  'cells.1.edges.1.skip_connect': -1,
  ...Object.fromEntries(OPERATIONS.map((name) => [name, low.includes(name) ? 0 : 0.9])),
});

describe('freezing', () => {
  it('is of operations with convolutions, by the names that engines have', () => {
    const { operations } = new Freezing(graph, OPTIONS);
    expect(operations).toEqual(OPERATIONS);
    const named = new Set(graph.weights.map(({ name }) => name.split('.').slice(0, 5).join('.')));
    expect(operations.every((operation) => named.has(operation))).toBe(true);
  });

  it('names what fell below the threshold over a window, and goes on from its state', () => {
    const [first = '', , third = ''] = OPERATIONS;
    const freezing = new Freezing(graph, OPTIONS);
    freezing.observe(scores(third));
    expect(freezing.frozen).toEqual([]);
    const resumed = new Freezing(graph, OPTIONS);
    resumed.restore(JSON.parse(JSON.stringify(freezing.save())));
    for (const each of [freezing, resumed]) {
      each.observe(scores(third, first));
      expect(each.frozen).toEqual([third]);
      for (let i = 0; i < 2; i++) each.observe(scores(first));
      expect(each.frozen).toEqual([first, third]);
    }
  });

  it('refuses no state, the state of others, and scores that lack one', () => {
    const freezing = new Freezing(graph, OPTIONS);
    expect(() => freezing.restore(undefined)).toThrow(new RangeError('a state of 5 operations was expected, got none'));
    expect(() => freezing.restore({ iterations: 0, sums: [0], frozen: [false] })).toThrow('was expected, got 1');
    const { [OPERATIONS[0] as string]: _, ...others } = scores();
    expect(() => freezing.observe(others)).toThrow('operation cells.0.edges.0.sep_conv_3x3 has no score');
  });
});

it('the defaults of a score are the paper’s numbers, or those by which its code decides', () => {
  expect(defaultFreezeOptions({})).toEqual({ freeze: 'none', freezeThreshold: 0.4, freezeWindow: 20 });
  expect(defaultFreezeOptions({ freeze: 'match' })).toEqual({
    freeze: 'match',
    freezeThreshold: 0.4,
    freezeWindow: 20,
  });
  const { freezeThreshold, freezeWindow } = defaultFreezeOptions({ freeze: 'match-sum' });
  expect([freezeWindow, (freezeWindow * freezeThreshold) / 20]).toEqual([21, 0.4]);
});
