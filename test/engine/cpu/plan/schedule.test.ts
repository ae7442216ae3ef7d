import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../../src/engine/cpu/plan/operations.ts';
import { chunksOf, ScheduleWriter } from '../../../../src/engine/cpu/plan/schedule.ts';

const [END, OVER_PICTURES, OVER_OPERATIONS] = [0, 1, 2];
const ZERO = (to: number): number[] => [OPERATIONS.zero.code, 4, to, 8];

describe('a schedule', () => {
  // 20 pictures in chunks of 3, the last with 2.
  const chunks = chunksOf(20);
  const phase = (kind: number, ...operations: number[][]): number[] => {
    const words = operations.flat();
    return [kind, 5 + words.length, 7, 3, 20, ...words];
  };

  it('has phases over pictures that follow each other as one, and others apart', () => {
    const schedule = new ScheduleWriter(chunks);
    schedule.overPictures((write) => write('zero', { to: 1, floats: 8 }));
    schedule.overPictures(() => {});
    schedule.overPictures((write) => {
      write('zero', { to: 2, floats: 8 });
      write('zero', { to: 3, floats: 8 });
    });
    schedule.overOperations((write) => write('zero', { to: 4, floats: 8 }));
    schedule.overOperations((write) => write('zero', { to: 5, floats: 8 }));
    schedule.overPictures((write) => write('zero', { to: 6, floats: 8 }));
    expect([...schedule.finish()]).toEqual([
      ...phase(OVER_PICTURES, ZERO(1), ZERO(2), ZERO(3)),
      ...phase(OVER_OPERATIONS, ZERO(4)),
      ...phase(OVER_OPERATIONS, ZERO(5)),
      ...phase(OVER_PICTURES, ZERO(6)),
      END,
    ]);
  });

  it('leaves out phases in which nothing is done', () => {
    const schedule = new ScheduleWriter(chunks);
    schedule.overOperations(() => {});
    schedule.overPictures(() => {});
    expect([...schedule.finish()]).toEqual([END]);
  });
});
