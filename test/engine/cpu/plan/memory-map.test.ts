import { describe, expect, it } from 'vitest';
import { MemoryMap, PassingPlaces } from '../../../../src/engine/cpu/plan/memory-map.ts';
import { OutOfMemoryError } from '../../../../src/engine/engine.ts';

describe('a memory map', () => {
  it('hands out whole lines', () => {
    const map = new MemoryMap(3);
    expect([map.floats(1), map.floats(16), map.floats(17), map.floats(0), map.lines]).toEqual([3, 4, 5, 7, 7]);
  });

  it('refuses places that a schedule could not name', () => {
    expect(() => new MemoryMap().floats(16 * 2 ** 31)).toThrow(OutOfMemoryError);
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
