import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packNumber, packState, unpackNumber, unpackState } from '../../../src/optimize/study/packed-state.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const typedArrays = fc.oneof(
  fc.float64Array(),
  fc.float32Array(),
  fc.int8Array(),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
);
const leaves = fc.oneof(
  fc.double(),
  fc.constantFrom(-0, 5e-324, Number.MAX_VALUE),
  fc.string(),
  fc.boolean(),
  typedArrays,
);
const keys = fc.oneof(fc.string(), fc.constantFrom('$', '$$', '$number', '$Float64Array', '$$number', '__proto__'));
const { state } = fc.letrec((tie) => ({
  state: fc.oneof(
    { depthSize: 'small' },
    leaves,
    fc.constant(null),
    fc.array(tie('state'), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie('state')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

describe('a packed state', () => {
  it('comes back from JSON to the bit, whatever plain data it is', () => {
    fc.assert(
      fc.property(state, (value) => {
        const packed = packState(value);
        expect(throughJson(packed)).toEqual(packed);
        expect(unpackState(throughJson(packed))).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the bits of every double', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(Object.is(unpackNumber(throughJson(packNumber(value))), value)).toBe(true);
        const array = Float64Array.of(value);
        expect(unpackState(throughJson(packState(array)))).toEqual(array);
      }),
    );
  });

  it('packs a part of a buffer as that part', () => {
    const whole = Float64Array.of(1, 2, 3, 4);
    expect(unpackState(packState(whole.subarray(1, 3)))).toEqual(Float64Array.of(2, 3));
  });

  it('is a copy, and unpacks to one', () => {
    const value = { list: [Float64Array.of(1)] };
    const packed = packState(value);
    value.list[0]![0] = 2;
    const first = unpackState(packed) as typeof value;
    first.list[0]![0] = 3;
    expect(unpackState(packed)).toEqual({ list: [Float64Array.of(1)] });
  });

  it('leaves out what is undefined, as JSON does', () => {
    expect(packState({ a: undefined, b: 1 })).toStrictEqual({ b: 1 });
  });

  class Own {
    readonly x = 1;
  }
  it.each([
    [new Map(), 'an object of class Map as the state'],
    [{ a: [1, new Own()] }, 'an object of class Own as the state.a[1]'],
    [{ a: () => 1 }, 'a function as the state.a'],
    [[1n], 'a bigint as the state[0]'],
    [undefined, 'a undefined as the state'],
    [new DataView(new ArrayBuffer(8)), 'an object of class DataView as the state'],
  ])('is refused if a part is no plain data: %o', (value, text) => {
    expect(() => packState(value)).toThrow(
      new RangeError(`a saved state must be plain data and typed arrays, got ${text}`),
    );
  });

  it.each([
    [{ $number: '7' }, '{"$number":"7"}'],
    [{ $Float64Array: 'AAAA' }, '{"$Float64Array":"AAAA"}'],
    [{ $Float64Array: 3 }, '{"$Float64Array":3}'],
    [{ $Date: 'now' }, '{"$Date":"now"}'],
    [{ $Date: 'x'.repeat(100) }, `{"$Date":"${'x'.repeat(70)}`],
  ])('is refused if it was changed: %o', (packed, text) => {
    const error = new RangeError(`a saved state must be as it was packed, got ${text}`);
    expect(() => unpackState([packed])).toThrow(error);
  });

  it.each([[null], ['1'], [{ a: 1 }], [[1]]])('holds no number where there is %o', (packed) => {
    expect(() => unpackNumber(packed)).toThrow(`a saved number must be one, got ${JSON.stringify(packed)}`);
  });
});
