import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThinSample } from '../../src/record/read-trace.ts';

describe('a thin sample', () => {
  it('holds every k-th item, with the least power of two by which the limit holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 300 }), (limit, count) => {
        const sample = new ThinSample<number>(limit);
        for (let i = 0; i < count; i++) sample.add(i);
        let stride = 1;
        while (Math.ceil(count / stride) > limit) stride *= 2;
        expect(sample.items).toEqual(Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride));
        expect(sample.seen).toBe(count);
      }),
    );
  });
});
