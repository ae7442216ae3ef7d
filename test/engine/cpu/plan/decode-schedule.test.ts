import { describe, expect, it } from 'vitest';
import { type DecodedPhase, decodeSchedule } from '../../../../src/engine/cpu/plan/decode-schedule.ts';
import { OPERATIONS, type OperationWriter } from '../../../../src/engine/cpu/plan/operations.ts';
import { chunksOf, ScheduleWriter } from '../../../../src/engine/cpu/plan/schedule.ts';
import { plannedRetraining, plannedSupernet } from '../../../tools/bench/roofline/plans.ts';

/** Writes phases anew, each on its own. */
function encode(phases: readonly DecodedPhase[], pictures: number): Int32Array {
  const schedule = new ScheduleWriter(chunksOf(pictures));
  for (const { over, operations } of phases) {
    schedule[over === 'pictures' ? 'overPictures' : 'overOperations']((write: OperationWriter) => {
      for (const { name, fields } of operations) write(name, fields);
    });
  }
  return schedule.finish();
}

describe('a decoded schedule', () => {
  it('has the phases, operations and fields that were written', () => {
    const chunks = chunksOf(20);
    const schedule = new ScheduleWriter(chunks);
    const size = { height: 4, width: 6, channels: 8 };
    const fill = { x: 1, to: 2, ...size, pad: 2, normalize: false, scale: null, shift: null, mixing: 3, kept: null };
    const terms = [
      { z: 3, mixing: 4, drops: null, scale: null, shift: null },
      { z: 5, mixing: null, drops: 6, scale: 7, shift: 8 },
    ];
    const mix = { node: 9, pixels: 24, channels: 8, row: 0, add: true, terms };
    const sums = { g: 1, pixels: 24, channels: 8, sums: 2, terms: [3, 4, 5] };
    schedule.overPictures((write) => {
      write('fill', fill);
      write('mix', mix);
    });
    schedule.overOperations((write) => write('gradientSums', sums));
    expect(decodeSchedule(schedule.finish())).toEqual([
      {
        over: 'pictures',
        chunks,
        operations: [
          { name: 'fill', fields: fill },
          { name: 'mix', fields: mix },
        ],
      },
      { over: 'operations', chunks, operations: [{ name: 'gradientSums', fields: sums }] },
    ]);
  });

  it.each([
    ['a supernet', plannedSupernet()],
    ['a retrained network', plannedRetraining()],
  ])('makes the same words when it is written again: all of %s', (_, { plan, pictures }) => {
    for (const words of [...Object.values(plan.schedules), ...plan.reruns.map(({ schedule }) => schedule)]) {
      expect(encode(decodeSchedule(words), pictures)).toEqual(words);
    }
  });

  it('refuses what no planner writes', () => {
    const zero = [OPERATIONS.zero.code, 4, 1, 8];
    const phase = (kind: number, operation: readonly number[]) => {
      return Int32Array.from([kind, 5 + operation.length, 1, 1, 1, ...operation, 0]);
    };
    expect(decodeSchedule(phase(1, zero))).toHaveLength(1);
    expect(() => decodeSchedule(phase(3, zero))).toThrow('a phase must be of kind 1 or 2, got 3');
    expect(() => decodeSchedule(phase(1, [99, 4, 1, 8]))).toThrow('an operation must have a code of the table, got 99');
    expect(() => decodeSchedule(phase(1, [OPERATIONS.zero.code, 5, 1, 8, 8]))).toThrow('zero must have 4 words, got 5');
    expect(() => decodeSchedule(phase(1, zero).slice(0, -1))).toThrow(RangeError);
  });
});
