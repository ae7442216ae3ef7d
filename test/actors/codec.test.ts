import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, encodeFrame, FrameDecoder, FrameError } from '../../actors/codec.ts';

describe('encode and decode', () => {
  it('keep typed arrays, infinities, NaN and nested plain data', () => {
    const value = {
      weights: new Float32Array([1.5, -0, Number.NaN]),
      alpha: Float64Array.of(1 / 3, Number.NEGATIVE_INFINITY),
      labels: new Uint16Array([0, 255]),
      nested: [{ a: null, b: [true, 'x'] }],
      best: Number.POSITIVE_INFINITY,
    };
    expect(decode(encode(value))).toEqual(value);
  });

  it('refuse malformed bytes with a FrameError', () => {
    expect(() => decode(Buffer.from([0xd9, 0xff]))).toThrow(FrameError);
  });
});

describe('FrameDecoder', () => {
  it('finds the same messages however the stream is cut', () => {
    const messages = [{ a: 1 }, 'two', [new Float32Array(50).fill(0.25)], null];
    const stream = Buffer.concat(messages.map(encodeFrame));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length }), { maxLength: 20 }), (cuts) => {
        const decoder = new FrameDecoder();
        const found: unknown[] = [];
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), stream.length]) {
          found.push(...decoder.push(stream.subarray(from, to)));
          from = to;
        }
        expect(found).toEqual(messages);
        expect(decoder.partial).toBe(false);
      }),
    );
  });

  it('refuses a frame above the limit as soon as its length is known', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(101);
    expect(() => [...new FrameDecoder(100).push(header)]).toThrow('at most 100 bytes, got one of 101');
  });

  it('knows that a stream was cut inside a frame', () => {
    const decoder = new FrameDecoder();
    expect([...decoder.push(encodeFrame('hello').subarray(0, 6))]).toEqual([]);
    expect(decoder.partial).toBe(true);
  });
});
