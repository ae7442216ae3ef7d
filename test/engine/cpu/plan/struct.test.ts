import { expect, it } from 'vitest';
import { flag, list, named, optionalPlace, place, struct, wordsOf } from '../../../../src/engine/cpu/plan/struct.ts';

const ELEMENT = struct('element', 'An element.', { ...named('place', 'at'), factor: optionalPlace('A factor.') });
const STRUCT = struct('example', 'An example.', {
  x: place('A tensor.'),
  ...named('int', 'height', 'width'),
  add: flag('Whether it is added.'),
  drops: optionalPlace('Factors.'),
  elements: list('element', ELEMENT),
});
const VALUES = { x: 7, height: 2, width: 3, add: true, drops: null, elements: [] };

const words = (values: object): number[] => wordsOf(STRUCT, { ...VALUES, ...values }, 'example');

it('fields become words in the order of the struct, whatever the order of the values', () => {
  expect(words({})).toEqual([7, 2, 3, 1, -1, 0]);
  expect(wordsOf(STRUCT, { elements: [], add: false, drops: 5, width: 3, x: 0, height: 2 }, 'example')).toEqual([
    ...[0, 2, 3, 0, 5, 0],
  ]);
});

it('a list is the number of its elements, and these', () => {
  const elements = [
    { factor: null, at: 9 },
    { factor: 4, at: 8 },
  ];
  expect(words({ elements })).toEqual([7, 2, 3, 1, -1, 2, 9, -1, 8, 4]);
  const places = struct('places', 'Places.', { terms: list('z', 'place') });
  expect(wordsOf(places, { terms: [3, 1, 2] }, 'places')).toEqual([3, 3, 1, 2]);
});

it.each([
  [{ x: -1 }, 'example.x must be an integer from 0 to 2^31 - 1, got -1'],
  [{ x: null }, 'example.x must be an integer from 0 to 2^31 - 1, got null'],
  [{ x: undefined }, 'example.x must be an integer from 0 to 2^31 - 1, got undefined'],
  [{ x: Number.NaN }, 'got NaN'],
  [{ height: 0.5 }, 'example.height must be an integer from 0 to 2^31 - 1, got 0.5'],
  [{ width: 2 ** 31 }, 'got 2147483648'],
  [{ drops: -1 }, 'example.drops must be an integer from 0 to 2^31 - 1, got -1'],
  [{ add: 1 }, 'example.add must be a boolean, got 1'],
  [{ elements: 1 }, 'example.elements must be a list, got 1'],
  [{ elements: [{ at: -2, factor: null }] }, 'example.elements.0.at must be an integer from 0 to 2^31 - 1, got -2'],
])('%o is refused', (values, message) => {
  expect(() => words(values)).toThrow(RangeError);
  expect(() => words(values)).toThrow(message);
});
