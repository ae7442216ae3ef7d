import type { Random } from '../../src/math/random.ts';

const NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 2, 3, 0.5, 7.5, 64, 100, 1e-9, 5e-324, 1e308, -1e308, Number.MAX_VALUE, 2 ** 31, 2 ** 32, 2 ** 53],
  ...[-(2 ** 53), 1e15, 1e21, 0.1 + 0.2, Number.EPSILON],
];
const STRINGS: readonly string[] = [
  ...[
    '',
    ' ',
    '0',
    '1e999',
    'NaN',
    'none',
    'auto',
    'paper',
    'null',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '\ud800',
  ],
  ...['é', '../..', '/dev/null', 'x'.repeat(300), '\u001b[31m', 'a\nb', '%s', '-1'],
];

/** Draws a value of JSON, most often one at the edge of what a reader expects. */
export function drawJson(random: Random, depth = 0): unknown {
  switch (random.integer(depth > 2 ? 5 : 9)) {
    case 0:
      return null;
    case 1:
      return random.integer(2) === 0;
    case 2:
    case 3:
      return NUMBERS[random.integer(NUMBERS.length)];
    case 4:
      return STRINGS[random.integer(STRINGS.length)];
    case 5:
      return Array.from({ length: random.integer(4) }, () => drawJson(random, depth + 1));
    case 6:
      return { toString: 1, valueOf: 2, length: -1 };
    case 7:
      return nest(random.integer(2) === 0 ? 30 : 9000);
    default:
      return Object.fromEntries(
        Array.from({ length: random.integer(4) }, () => [
          STRINGS[random.integer(STRINGS.length)],
          drawJson(random, depth + 1),
        ]),
      );
  }
}

/** Draws any value that a caller can give, also one that JSON has no form for. */
export function drawValue(random: Random): unknown {
  const others = [
    ...[
      undefined,
      Number.NaN,
      Infinity,
      -Infinity,
      10n,
      Symbol('s'),
      () => 1,
      new Map(),
      new Float64Array(2),
      new Date(0),
    ],
    ...[Object.create(null), Object.freeze({}), new Proxy([], {}), /x/],
  ];
  return random.integer(2) === 0 ? drawJson(random) : others[random.integer(others.length)];
}

/** An array in an array, so many times. */
function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
