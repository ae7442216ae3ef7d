import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtobufMessage } from '../../src/protobuf/protobuf-message.ts';
import { bytesOf, oneOf, readDoubles, readFloat, readMessage, readText } from './read-message.ts';

const hex = (message: ProtobufMessage): string => Buffer.from(message.finish()).toString('hex');

describe('ProtobufMessage', () => {
  it('writes the examples of the format’s documentation', () => {
    const inner = new ProtobufMessage().integer(1, 150);
    expect(hex(inner)).toBe('089601');
    expect(hex(new ProtobufMessage().text(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(new ProtobufMessage().message(3, inner))).toBe('1a03089601');
  });

  it('writes what a reader reads back', () => {
    const integer = fc.maxSafeNat();
    const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });
    fc.assert(
      fc.property(
        ...([
          field,
          integer,
          fc.float(),
          fc.array(fc.double()),
          fc.string({ unit: 'binary' }),
          fc.uint8Array(),
        ] as const),
        (number, whole, float, doubles, text, bytes) => {
          const inner = new ProtobufMessage().integer(number, whole).float(number, float).text(number, text);
          const message = new ProtobufMessage()
            .message(number, inner)
            .bytes(number, bytes)
            .doubles(number, doubles)
            .double(number, float);
          const [one, two, three, four] = bytesOf(readMessage(message.finish()), number) as [
            ...[Uint8Array, Uint8Array, Uint8Array, Uint8Array],
          ];
          expect(Array.from(two)).toEqual(Array.from(bytes));
          expect(readDoubles(three)).toEqual(doubles);
          expect(readDoubles(four)).toEqual([float]);
          const [first, second, third] = readMessage(one).map(({ value }) => value);
          expect(first).toBe(BigInt(whole));
          expect(readFloat(second as Uint8Array)).toBe(float);
          expect(readText(third as Uint8Array)).toBe(text);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('may be empty', () => {
    expect(hex(new ProtobufMessage().message(1, new ProtobufMessage()).text(2, ''))).toBe('0a001200');
    expect(oneOf(readMessage(new ProtobufMessage().bytes(1, new Uint8Array()).finish()), 1)).toHaveLength(0);
  });

  it.each([-1, 0.5, 2 ** 53, NaN])('refuses the integer %d', (value) => {
    expect(() => new ProtobufMessage().integer(1, value)).toThrow(`from 0 to 2^53 - 1, got ${value}`);
  });
});
