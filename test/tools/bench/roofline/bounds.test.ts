import { describe, expect, it } from 'vitest';
import { type DecodedPhase, decodeSchedule } from '../../../../src/engine/cpu/plan/decode-schedule.ts';
import type { OperationWriter } from '../../../../src/engine/cpu/plan/operations.ts';
import { ScheduleWriter } from '../../../../src/engine/cpu/plan/schedule.ts';
import { addUpWork, type Limits } from '../../../../tools/bench/roofline/bounds.ts';
import { drawRoofline } from '../../../../tools/bench/roofline/roofline.ts';

/** A tensor of 1,000 floats, and the bytes of one picture's. */
const PIXELS = 250;
const BYTES = 4000;

/** Writing takes twice as long as reading, and the memory a hundred times as long as the cache. */
const LIMITS: Limits = {
  threads: 1,
  multiplyAddMs: 1e-9,
  levels: [
    { name: 'cache', holds: 4 * BYTES, readMs: 1, writeMs: 2 },
    { name: 'memory', holds: Number.POSITIVE_INFINITY, readMs: 100, writeMs: 200 },
  ],
};

function schedule(pictures: number, write: (operation: OperationWriter) => void): Int32Array {
  const writer = new ScheduleWriter({ pictures, count: 1, each: pictures });
  writer.overPictures(write);
  return writer.finish();
}

function phases(pictures: number, write: (operation: OperationWriter) => void): DecodedPhase[] {
  return decodeSchedule(schedule(pictures, write));
}

const zero = (to: number) => ({ to, floats: BYTES / 4 });
const sums = (g: number) => ({ g, pixels: PIXELS, channels: 4, sums: 999, terms: [] });
const ofSums = 4 * 4;

describe('a bound', () => {
  it('is the time for the multiply-adds, where memory takes less', () => {
    const write = (operation: OperationWriter) => operation('multiplyAdd', { rounds: 10, sum: 0 });
    const slow = { ...LIMITS, multiplyAddMs: 7 };
    expect(addUpWork(phases(3, write), slow).get('multiplyAdd')).toEqual({
      runs: 3,
      multiplyAdds: 3 * 12_800,
      bytesRead: 0,
      bytesWritten: 3 * 4,
      multiplyAddMs: 3 * 12_800 * 7,
      memoryMs: 3 * 4 * 2,
      boundMs: 3 * 12_800 * 7,
    });
  });

  it('takes a tensor that the phase has not touched from where all pictures fit, and then from nearby', () => {
    const write = (operation: OperationWriter) => {
      operation('zero', zero(1));
      operation('gradientSums', sums(1));
    };
    const boundOf = (pictures: number, name: 'zero' | 'gradientSums') => {
      return addUpWork(phases(pictures, write), LIMITS).get(name)?.boundMs;
    };
    expect(boundOf(1, 'zero')).toBe(2 * BYTES);
    expect(boundOf(1, 'gradientSums')).toBe(BYTES + 2 * ofSums);
    // All ten pictures do not fit: each is written anew, and then read while it is near.
    expect(boundOf(10, 'zero')).toBe(10 * 200 * BYTES);
    expect(boundOf(10, 'gradientSums')).toBe(10 * (BYTES + 200 * ofSums));
  });

  it('takes a tensor from farther away if too much was touched since', () => {
    const boundOf = (place: number) => {
      const found = phases(1, (operation) => {
        for (let other = 1; other <= 5; other++) operation('zero', zero(other));
        operation('gradientSums', sums(place));
      });
      return addUpWork(found, LIMITS).get('gradientSums')?.boundMs;
    };
    // The cache holds four of the five tensors; the sums are touched for the first time.
    expect(boundOf(1)).toBe(100 * BYTES + 200 * ofSums);
    expect(boundOf(2)).toBe(BYTES + 200 * ofSums);
    expect(boundOf(5)).toBe(BYTES + 200 * ofSums);
  });

  it('writes nearby what the operation reads from far away', () => {
    const gradient = { g: 1, x: 2, pixels: PIXELS, channels: 4, dx: null, kept: null, edges: [] };
    const found = phases(10, (operation) => operation('stateGradient', gradient));
    expect(addUpWork(found, LIMITS).get('stateGradient')?.boundMs).toBe(10 * (100 + 2) * BYTES);
  });

  it('of an operation on all pictures counts once', () => {
    const writer = new ScheduleWriter({ pictures: 16, count: 8, each: 2 });
    writer.overOperations((write) => write('reduce', { from: 1, chunks: 8, size: 16, to: 2 }));
    const work = addUpWork(decodeSchedule(writer.finish()), LIMITS).get('reduce');
    expect(work).toMatchObject({ runs: 1, multiplyAdds: 128, bytesRead: 512, bytesWritten: 64, boundMs: 512 + 2 * 64 });
  });
});

describe('a table', () => {
  it('has the slowest operation first, the total, and where the rest of the time went', () => {
    const words = schedule(1, (operation) => {
      operation('zero', zero(1));
      operation('gradientSums', sums(1));
    });
    const [bound, other] = [2 * BYTES, BYTES + 2 * ofSums];
    const profileMs = { zero: 2 * bound, gradientSums: 2 * bound + other, waiting: 1000 };
    const table = drawRoofline([words], LIMITS, { wallMs: 4 * bound + other + 1500, profileMs });
    const rows = table.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows.map(([name]) => name).slice(0, 4)).toEqual(['operation', 'gradientSums', 'zero', 'total']);
    expect(rows[2]).toEqual(['zero', 'memory', '1', '0.0', '0.0', '0.0', '8000.00', '16000.00', '50 %']);
    expect(table).toContain('waiting for other threads 1000.00, outside the kernels 500.00;');
  });

  it('divides the time of all threads together by the threads', () => {
    const words = schedule(4, (operation) => operation('multiplyAdd', { rounds: 10, sum: 0 }));
    const limits = { ...LIMITS, threads: 2, multiplyAddMs: 1 };
    const bound = (4 * 12_800) / 2;
    const table = drawRoofline([words], limits, { wallMs: 2 * bound, profileMs: { multiplyAdd: 4 * bound } });
    expect(table).toContain(`${bound}.00    ${2 * bound}.00   50 %`);
    expect(table).toContain('50 % of the peak of multiply-adds');
  });
});
