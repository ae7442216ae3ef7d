import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OPERATIONS } from '../../../../src/engine/cpu/plan/operations.ts';
import { operationsHeader } from '../../../../tools/build-kernels/operations-header.ts';
import { OPERATION_ROOMS } from './rooms.ts';

const header = readFileSync(new URL('../../../../src/engine/cpu/kernels/operations.h', import.meta.url), 'utf8');

it('operations.h is what the table of operations makes it', () => {
  expect(header).toBe(operationsHeader());
});

it('operations.ts and operations.h have the same operations, and their rooms are known', () => {
  const codes = [...header.matchAll(/\bOP_(\w+) = (\d+),/g)].map(([, name = '', code]) => {
    return [name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), Number(code)] as const;
  });
  expect(Object.fromEntries(codes)).toEqual(
    Object.fromEntries(Object.entries(OPERATIONS).map(([name, { code }]) => [name, code])),
  );
  expect(new Set(codes.map(([, code]) => code)).size).toBe(codes.length);
  expect(Object.keys(OPERATION_ROOMS).toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
});

it('structs in operations.h have their fields in the order of the table, with its comments', () => {
  expect(header).toContain(`/* A tensor that becomes zero. */
typedef struct {
  place to;
  int32_t floats; /* Floats of a picture. */
} zero_operation;`);
  expect(header).toContain(`typedef struct {
  place g; /* [pixels][channels] */
  int32_t pixels, channels;
  place sums; /* [1 + terms][channels]: of g, then of g z for every z. */
  int32_t terms;
  place z[];
} gradient_sums_operation;`);
  // The struct of a list's elements comes before the struct that has the list.
  expect(header.indexOf('} mix_term;')).toBeLessThan(header.indexOf('  mix_term term[];'));
});
