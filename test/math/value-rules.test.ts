import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  fraction,
  from0,
  integer,
  interval,
  parseValues,
  positive,
  positiveInteger,
} from '../../src/math/value-rules.ts';

const schema = z
  .strictObject({
    count: positiveInteger,
    few: integer(2, 9),
    more: integer(2),
    seed: integer(0),
    rate: positive,
    decay: from0,
    beta: fraction,
    domain: interval,
    kind: z.enum(['one', 'two', 'three']),
    list: z.array(z.number()),
    share: z.number().gt(0).lt(1),
  })
  .partial();

describe('parseValues', () => {
  it('gives back values that keep their rules', () => {
    const values = { count: 2, seed: 0, rate: 0.1, decay: 0, beta: 0, domain: [-1, 1], kind: 'two', share: 0.5 };
    expect(parseValues(schema, values)).toEqual({ values });
  });

  it.each<[string, unknown, string]>([
    ['count', 0, 'must be a positive integer, got 0'],
    ['few', 1, 'must be an integer from 2 to 9, got 1'],
    ['few', 10, 'must be an integer from 2 to 9, got 10'],
    ['more', 1, 'must be an integer of at least 2, got 1'],
    ['count', '2', 'must be a positive integer, got "2"'],
    ['count', 2.5, 'must be a positive integer, got 2.5'],
    ['seed', -1, 'must be an integer of at least 0, got -1'],
    ['seed', 2 ** 53, 'must be an integer of at least 0, got 9007199254740992'],
    ['rate', 0, 'must be finite and above 0, got 0'],
    ['rate', Number.POSITIVE_INFINITY, 'must be finite and above 0, got Infinity'],
    ['decay', Number.NaN, 'must be finite and at least 0, got NaN'],
    ['beta', 1, 'must be at least 0 and below 1, got 1'],
    ['domain', [1, 1], 'must be two finite numbers, the lower first, got [1, 1]'],
    ['domain', [0, Number.POSITIVE_INFINITY], 'must be two finite numbers, the lower first, got [0, Infinity]'],
    ['domain', [-1e308, 1e308], 'must not be wider than the largest number, got [-1e+308, 1e+308]'],
    ['domain', null, 'must be two finite numbers, the lower first, got null'],
    ['kind', 'four', 'must be one, two or three, got four'],
    ['list', 3, 'must be an array, got 3'],
    ['share', 0, 'must be above 0, got 0'],
    ['share', 1, 'must be below 1, got 1'],
  ])('says of %s %j that it %s', (name, value, sentence) => {
    expect(parseValues(schema, { [name]: value })).toEqual({ broken: `${name} ${sentence}` });
  });

  it('says every option that is wrong once, and names those that it does not know', () => {
    expect(parseValues(schema, { count: 0.5, list: ['a', 'b'], color: 'red' })).toEqual({
      broken: 'count must be a positive integer, got 0.5; list.0 must be a number, got "a"; there is no option "color"',
    });
    expect(parseValues(schema, null)).toEqual({ broken: 'the options must be an object, got null' });
  });
});
