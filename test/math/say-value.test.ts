import { expect, it } from 'vitest';
import { sayValue } from '../../src/math/say-value.ts';

/** An array in an array, so many times. */
function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

it('shows an array that is nested too deep as what cannot be written', () => {
  expect(sayValue(nest(1e6))).toBe('a value that cannot be written (object)');
});

it.each<[unknown, string]>([
  [undefined, 'undefined'],
  ['a', 'a'],
  [10n, '10'],
  [Symbol('s'), 'Symbol(s)'],
  [[1, null], '1,'],
  [{ a: 1 }, '{"a":1}'],
  [{ a: 10n }, 'a value that cannot be written (object)'],
  [{ toString: 1 }, 'a value that cannot be written (object)'],
  [Object.create(null), 'a value that cannot be written (object)'],
  ['x'.repeat(100), `${'x'.repeat(80)}...`],
])('shows %o in a sentence', (value, text) => {
  expect(sayValue(value)).toBe(text);
});
