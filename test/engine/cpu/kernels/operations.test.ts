import { expect, it } from 'vitest';
import { OPERATION } from '../../../../src/engine/cpu/plan/schedule.ts';
import { OPERATION_ROOMS } from './rooms.ts';
import { HEADER_CODES } from './structs.ts';

it('schedule.ts and operations.h have the same operations, and their rooms are known', () => {
  expect(HEADER_CODES).toEqual(OPERATION);
  expect(Object.keys(OPERATION_ROOMS).toSorted()).toEqual(Object.keys(OPERATION).toSorted());
});
