import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32c, EventFile } from '../../src/record/event-file.ts';
import { RUN_FILES } from '../../src/record/run-folder.ts';
import { bytesOf, oneOf, readDoubles, readFloat, readMessage, readText } from '../protobuf/read-message.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  path = join(folder, RUN_FILES.events);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Remainder of a polynomial division, bit by bit: the definition of CRC-32C. */
function slowCrc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    remainder ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >> 1n) ^ (remainder & 1n ? 0x82f63b78n : 0n);
  }
  return Number(remainder ^ 0xffffffffn);
}

/** As TensorFlow's `crc32c::Unmask` has it. */
function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** The contents of a file's records, each held to its checksums. */
function readRecords(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const contents = file.subarray(at + 12, at + 12 + length);
    expect(unmask(file.readUInt32LE(at + 8))).toBe(slowCrc32c(file.subarray(at, at + 8)));
    expect(unmask(file.readUInt32LE(at + 12 + length))).toBe(slowCrc32c(contents));
    records.push(contents);
    at += 16 + length;
  }
  return records;
}

interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly limits: readonly number[];
  readonly buckets: readonly number[];
}

interface ReadEvent {
  readonly time: number;
  readonly step: number;
  readonly values: Readonly<Record<string, number | Histogram>>;
}

function readHistogram(bytes: Uint8Array): Histogram {
  const fields = readMessage(bytes);
  const one = (number: number): number => readDoubles(oneOf(fields, number))[0] as number;
  return {
    ...{ min: one(1), max: one(2), count: one(3), sum: one(4), sumOfSquares: one(5) },
    ...{ limits: readDoubles(oneOf(fields, 6)), buckets: readDoubles(oneOf(fields, 7)) },
  };
}

/** The events after the first one, which must say the version of the format. */
function readEvents(): ReadEvent[] {
  const [first, ...events] = readRecords(readFileSync(path)).map((record) => readMessage(record));
  expect(readText(oneOf(first ?? [], 3))).toBe('brain.Event:2');
  return events.map((event) => ({
    time: readDoubles(oneOf(event, 1))[0] as number,
    step: Number(event.find(({ number }) => number === 2)?.value),
    values: Object.fromEntries(
      bytesOf(readMessage(oneOf(event, 5)), 1).map((bytes) => {
        const value = readMessage(bytes);
        const [scalar] = bytesOf(value, 2);
        return [readText(oneOf(value, 1)), scalar === undefined ? readHistogram(oneOf(value, 5)) : readFloat(scalar)];
      }),
    ),
  }));
}

const stepsOf = (events: readonly ReadEvent[]): number[] => events.map(({ step }) => step);

describe('crc32c', () => {
  it.each([
    // The check value of the catalogues, and the examples of RFC 3720, B.4.
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['32 bytes of 0', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of 255', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['nothing', Buffer.alloc(0), 0],
  ])('of %s is the value of the literature', (_, bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
    expect(slowCrc32c(bytes)).toBe(checksum);
  });
});

describe('EventFile', () => {
  it('holds scalars by step and tag', () => {
    const file = new EventFile(path, () => 1_700_000_000_250);
    file.appendScalars(0, { 'loss/train': 2.5, 'accuracy/test': 0.125 });
    file.appendScalars(2 ** 40, { naïve: NaN });
    file.close();
    const time = 1_700_000_000.25;
    expect(readEvents()).toEqual([
      { time, step: 0, values: { 'loss/train': 2.5, 'accuracy/test': 0.125 } },
      { time, step: 2 ** 40, values: { naïve: NaN } },
    ]);
  });

  it('holds histograms: every value in the bucket whose limits it lies between', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (values) => {
        rmSync(path, { force: true });
        const file = new EventFile(path);
        file.appendHistogram(7, 'alpha/normal', Float32Array.from(values));
        file.close();
        const [event] = readEvents() as [ReadEvent];
        const { min, max, count, sum, sumOfSquares, limits, buckets } = event.values['alpha/normal'] as Histogram;
        expect([event.step, min, max, count]).toEqual([7, Math.min(...values), Math.max(...values), values.length]);
        expect(sum).toBe(values.reduce((total, value) => total + value, 0));
        expect(sumOfSquares).toBe(values.reduce((total, value) => total + value * value, 0));
        expect(buckets.reduce((total, bucket) => total + bucket, 0)).toBe(values.length);
        expect(limits).toHaveLength(buckets.length);
        expect(limits.at(-1)).toBe(max);
        expect(limits).toEqual(limits.toSorted((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });

  it('counts values in buckets of one width', () => {
    const file = new EventFile(path);
    file.appendHistogram(
      0,
      'even',
      Array.from({ length: 300 }, (_, i) => (i + 0.5) / 10),
    );
    file.appendHistogram(0, 'ends', [-15, -14.5, 0.5, 15]);
    file.appendHistogram(0, 'same', [3, 3, 3]);
    file.close();
    const [even, ends, same] = readEvents().map(({ values }) => Object.values(values)[0] as Histogram);
    expect(even?.buckets).toEqual(new Array(30).fill(10));
    expect(ends?.limits.slice(0, 3)).toEqual([-14, -13, -12]);
    expect(ends?.buckets.flatMap((count, i) => (count > 0 ? [[i, count]] : []))).toEqual([
      [0, 2],
      [15, 1],
      [29, 1],
    ]);
    expect([same?.limits, same?.buckets]).toEqual([[3], [3]]);
  });

  it('goes on at the end of a file, with one beginning', () => {
    const file = new EventFile(path);
    file.appendScalars(1, { loss: 1 });
    file.close();
    const again = new EventFile(path);
    again.appendScalars(2, { loss: 2 });
    again.close();
    expect(stepsOf(readEvents())).toEqual([1, 2]);
  });

  it('takes back what was written after a length, and what was not written yet', () => {
    const file = new EventFile(path);
    file.appendScalars(1, { loss: 1 });
    const length = file.sync();
    expect(length).toBe(readFileSync(path).length);
    file.appendScalars(2, { loss: 2 });
    file.flush();
    file.appendScalars(3, { loss: 3 });
    expect(file.rewind(length)).toBe(0);
    file.appendScalars(4, { loss: 4 });
    file.close();
    expect(stepsOf(readEvents())).toEqual([1, 4]);
  });

  it('begins anew where everything is taken back', () => {
    const file = new EventFile(path);
    file.appendScalars(1, { loss: 1 });
    file.flush();
    expect(file.rewind(0)).toBe(0);
    file.appendScalars(2, { loss: 2 });
    file.close();
    expect(stepsOf(readEvents())).toEqual([2]);
  });

  it('drops what a crash left of the last record, wherever it was cut', () => {
    const file = new EventFile(path);
    file.appendScalars(1, { loss: 1 });
    const length = file.sync();
    file.appendScalars(2, { loss: 2 });
    file.close();
    const whole = readFileSync(path);
    for (let cut = length; cut < whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      const again = new EventFile(path);
      // Of a checkpoint that noted the whole length.
      expect(again.rewind(whole.length)).toBe(whole.length - length);
      again.appendScalars(3, { loss: 3 });
      again.close();
      expect(stepsOf(readEvents())).toEqual([1, 3]);
    }
  });

  it('drops a damaged record and what follows it, as a reader cannot go on there either', () => {
    const file = new EventFile(path);
    file.appendScalars(1, { loss: 1 });
    const length = file.flush();
    file.appendScalars(2, { loss: 2 });
    file.appendScalars(3, { loss: 3 });
    file.close();
    const whole = readFileSync(path);
    for (const at of [0, 5, 9, 14, 40]) {
      const damaged = Buffer.from(whole);
      damaged[length + at] = (damaged[length + at] as number) ^ 1;
      writeFileSync(path, damaged);
      new EventFile(path).close();
      expect(stepsOf(readEvents())).toEqual([1]);
    }
  });

  it('begins where a crash left less than the first record', () => {
    new EventFile(path).close();
    truncateSync(path, 20);
    const again = new EventFile(path);
    again.appendScalars(1, { loss: 1 });
    again.close();
    expect(stepsOf(readEvents())).toEqual([1]);
    appendFileSync(path, Buffer.alloc(3));
    new EventFile(path).close();
    expect(stepsOf(readEvents())).toEqual([1]);
  });

  it('refuses a step that is no count, and histograms of nothing or of what is not finite', () => {
    const file = new EventFile(path);
    expect(() => file.appendScalars(-1, { loss: 1 })).toThrow(RangeError);
    expect(() => file.appendHistogram(0, 'alpha', [])).toThrow('a histogram needs values, got none for alpha');
    expect(() => file.appendHistogram(0, 'alpha', [1, NaN])).toThrow('takes finite values, got NaN for alpha');
    file.close();
    expect(readEvents()).toEqual([]);
  });
});
