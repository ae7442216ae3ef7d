import { describe, expect, it } from 'vitest';
import { MemoryMap } from '../../../../src/engine/cpu/plan/memory-map.ts';
import { PassingPlaces } from '../../../../src/engine/cpu/plan/passing-places.ts';
import { chunksOf, OPERATION, ScheduleWriter } from '../../../../src/engine/cpu/plan/schedule.ts';

const [END, PICTURES, OPERATIONS] = [0, 1, 2];
const ZERO = (to: number): number[] => [OPERATION.zero, 4, to, 8];

describe('a schedule', () => {
  // 20 pictures in chunks of 3, the last with 2.
  const chunks = chunksOf(20);
  const phase = (kind: number, ...operations: number[][]): number[] => {
    const words = operations.flat();
    return [kind, 5 + words.length, 7, 3, 20, ...words];
  };

  it('has phases over pictures that follow each other as one, and others apart', () => {
    const schedule = new ScheduleWriter(chunks);
    schedule.overPictures((write) => write('zero', 1, 8));
    schedule.overPictures(() => {});
    schedule.overPictures((write) => {
      write('zero', 2, 8);
      write('zero', 3, 8);
    });
    schedule.overOperations((write) => write('zero', 4, 8));
    schedule.overOperations((write) => write('zero', 5, 8));
    schedule.overPictures((write) => write('zero', 6, 8));
    expect([...schedule.finish()]).toEqual([
      ...phase(PICTURES, ZERO(1), ZERO(2), ZERO(3)),
      ...phase(OPERATIONS, ZERO(4)),
      ...phase(OPERATIONS, ZERO(5)),
      ...phase(PICTURES, ZERO(6)),
      END,
    ]);
  });

  it('begins another phase at a mark', () => {
    const schedule = new ScheduleWriter(chunks);
    schedule.overPictures((write) => write('zero', 1, 8));
    const mark = schedule.mark();
    schedule.overPictures((write) => write('zero', 2, 8));
    expect([...schedule.finish().subarray(mark)]).toEqual([...phase(PICTURES, ZERO(2)), END]);
  });

  it('leaves out phases in which nothing is done', () => {
    const schedule = new ScheduleWriter(chunks);
    schedule.overOperations(() => {});
    schedule.overPictures(() => {});
    expect([...schedule.finish()]).toEqual([END]);
  });
});

describe('passing places', () => {
  it('are the same again after what they hold may be overwritten, for things of one size', () => {
    const places = new PassingPlaces(new MemoryMap(100), [{ place: 7, floats: 32 }]);
    const [one, other] = [places.take(32), places.take(32)];
    expect([one, other]).toEqual([7, 100]);
    places.reuse();
    expect([places.take(32), places.take(16), places.take(32), places.take(16)]).toEqual([7, 102, 100, 103]);
  });
});
