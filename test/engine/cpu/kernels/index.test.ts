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
});
