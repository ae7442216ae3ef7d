import { expect, it } from 'vitest';
import { Random } from '../../../../src/math/random.ts';
import { describeOperations } from './bench.ts';
import { normals } from './pictures.ts';

const SPAN = 64;

/** Different indices in random order, some of them of no place; and their bits as the bench takes them. */
function indices(count: number): { index: Int32Array; bits: Float32Array } {
  const places = Uint32Array.from({ length: SPAN }, (_, i) => i);
  Random.fromSeed(count, 'places').shuffle(places);
  const index = Int32Array.from({ length: count }, (_, i) => (i % 7 === 3 ? -1 : (places[i] as number)));
  if (count > 1) index[1] = SPAN;
  return { index, bits: new Float32Array(index.buffer) };
}

describeOperations((bench) => {
  it.each([1, 5, 16, 50])('scatter: %i numbers', (count) => {
    const { index, bits } = indices(count);
    const [row, places] = [normals('row', count), normals('places', SPAN)];
    const after = bench().run('scatter', { row, index: bits, places, count, span: SPAN });
    const expected = places.slice();
    for (const [i, place] of index.entries()) if (place >= 0 && place < SPAN) expected[place] = row[i] as number;
    expect(after('places')).toEqual(expected);
  });

  it.each([1, 5, 16, 50])('gather: %i numbers', (count) => {
    const { index, bits } = indices(count);
    const places = normals('places', SPAN);
    const after = bench().run('gather', { index: bits, places, count, span: SPAN });
    expect(after('row')).toEqual(Float32Array.from(index, (place) => places[place] ?? 0));
  });

  it.each([
    [8, 16, 0],
    [16, 8, 24],
    [4, 4, 4],
    [20, 12, 4],
  ])('pick: %i channels of %i and %i', (channels, from, beside) => {
    const pixels = 7;
    const numbers = Int32Array.from({ length: channels }, (_, k) => (k % 5 === 2 ? -1 : (7 * k) % (from + beside)));
    const chunks = { pictures: 3, each: 2, count: 2 };
    const tensor = (name: string, own: number): Float32Array => normals(name, 3 * pixels * own);
    const [x, y, to] = [tensor('x', from), tensor('y', beside), tensor('to', channels)];
    const index = new Float32Array(numbers.buffer);
    const fields = { pixels, channels, index, x, from, y: beside > 0 ? y : null, beside };
    const picked = Float32Array.from(to, (_, i) => {
      const [pixel, number] = [Math.floor(i / channels), numbers[i % channels] as number];
      if (number < 0) return 0;
      return (number < from ? x[pixel * from + number] : y[pixel * beside + number - from]) as number;
    });
    expect(bench().run('pick', { ...fields, add: 0 }, { chunks })('to')).toEqual(picked);
    const sum = to.map((value, i) => value + (picked[i] as number));
    expect(bench().run('pick', { ...fields, to, add: 1 }, { chunks })('to')).toEqual(sum);
  });
});
