import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, SafetensorsError, type Tensor, writeSafetensors } from '../../src/export/safetensors.ts';

const NONE = new Map<string, string>();

/** Makes a file from a header and the bytes of its values. */
function fileOf(header: object | string, data = new Uint8Array()): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

const F32 = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

describe('safetensors', () => {
  it('are laid out as the format defines', () => {
    const tensors = new Map([
      ['b', { shape: [2, 1], values: Float32Array.of(1, -2) }],
      ['a', { shape: [], values: Float32Array.of(0.5) }],
    ]);
    const file = Buffer.from(writeSafetensors({ tensors, metadata: new Map([['format', 'pt']]) }));
    const length = Number(file.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(JSON.parse(file.toString('utf8', 8, 8 + length))).toEqual({
      __metadata__: { format: 'pt' },
      b: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
      a: { dtype: 'F32', shape: [], data_offsets: [8, 12] },
    });
    expect(file[8]).toBe('{'.charCodeAt(0));
    expect([0, 4, 8].map((at) => file.readFloatLE(8 + length + at))).toEqual([1, -2, 0.5]);
    expect(file).toHaveLength(8 + length + 12);
  });

  it('are read back to the bit', () => {
    const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return fc
        .array(fc.float(), { minLength: size, maxLength: size })
        .map((values): Tensor => ({ shape, values: Float32Array.from(values) }));
    });
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    const texts = fc.array(fc.tuple(fc.string(), fc.string()));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor), { maxLength: 6 }), texts, (entries, metadata) => {
        const [tensors, beside] = [new Map(entries), new Map(metadata)];
        const read = readSafetensors(writeSafetensors({ tensors, metadata: beside }));
        expect(read.metadata).toEqual(beside);
        expect(read.tensors).toEqual(tensors);
      }),
    );
  });

  it('are read at any byte offset, and with tensors in another order than the header’s', () => {
    const numbers = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    const file = fileOf({ late: { ...F32, data_offsets: [8, 16] }, early: F32 }, numbers);
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    const { tensors } = readSafetensors(shifted.subarray(1));
    expect(tensors.get('early')?.values).toEqual(Float32Array.of(1, 2));
    expect(tensors.get('late')?.values).toEqual(Float32Array.of(3, 4));
  });

  const EIGHT = new Uint8Array(8);
  it.each([
    ['an empty file', new Uint8Array(), 'ends within its first 8 bytes'],
    ['a header longer than the file', fileOf('{}').subarray(0, 9), 'claims 2 bytes, but the file has 9'],
    ['a header of 2^60 bytes', Buffer.from('0000000000000010', 'hex'), 'but the file has 8'],
    ['a header that is not JSON', fileOf('{"a":'), 'the header is not JSON'],
    [
      'a header that is not UTF-8',
      Buffer.concat([Buffer.from('0100000000000000', 'hex'), Buffer.of(0xff)]),
      'the header is not JSON',
    ],
    ['a list', fileOf('[]'), 'must be a JSON object'],
    ['an entry that is a number', fileOf({ a: 1 }), 'tensor a must be of type F32 or I64, got undefined'],
    ['another type', fileOf({ a: { ...F32, dtype: 'BF16' } }, EIGHT), 'must be of type F32 or I64, got "BF16"'],
    ['a negative length', fileOf({ a: { ...F32, shape: [-2] } }, EIGHT), 'shape of tensor a must be a list of lengths'],
    [
      'a lone offset',
      fileOf({ a: { ...F32, data_offsets: [0] } }, EIGHT),
      'place of tensor a must be a pair of offsets',
    ],
    ['a wrong size', fileOf({ a: { ...F32, shape: [3] } }, EIGHT), 'tensor a takes 12 bytes, but has 8'],
    ['a hole', fileOf({ a: { ...F32, data_offsets: [4, 12] } }, new Uint8Array(12)), 'must begin at byte 0, not 4'],
    ['overlapping tensors', fileOf({ a: F32, b: F32 }, EIGHT), 'tensor b must begin at byte 8, not 0'],
    ['too few values', fileOf({ a: F32 }, new Uint8Array(7)), 'take 8 bytes, but the file holds 7'],
    ['too many values', fileOf({ a: F32 }, new Uint8Array(12)), 'take 8 bytes, but the file holds 12'],
    ['metadata that is not text', fileOf({ __metadata__: { a: 1 } }), 'metadata must be texts, but a is not'],
    ['metadata that is a list', fileOf({ __metadata__: [] }), 'the metadata must be texts'],
  ])('are refused for %s', (_, file, message) => {
    expect(() => readSafetensors(file)).toThrow(SafetensorsError);
    expect(() => readSafetensors(file)).toThrow(message);
  });

  it('raise no other error for damaged bytes', () => {
    const whole = writeSafetensors({
      tensors: new Map([['a', { shape: [2], values: Float32Array.of(1, 2) }]]),
      metadata: NONE,
    });
    fc.assert(
      fc.property(
        fc.nat({ max: whole.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        (at, byte, cut) => {
          const damaged = whole.slice(0, cut ? at : whole.length);
          if (!cut) damaged[at] = byte;
          try {
            const { tensors } = readSafetensors(damaged);
            expect(cut).toBe(false);
            expect(tensors.size).toBe(1);
          } catch (error) {
            expect(error).toBeInstanceOf(SafetensorsError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are not written with a wrong number of values or under a reserved name', () => {
    const values = Float32Array.of(1, 2, 3);
    expect(() => writeSafetensors({ tensors: new Map([['a', { shape: [2], values }]]), metadata: NONE })).toThrow(
      'a must have 2 values, got 3',
    );
    expect(() =>
      writeSafetensors({ tensors: new Map([['__metadata__', { shape: [3], values }]]), metadata: NONE }),
    ).toThrow('cannot be named __metadata__');
  });
});
