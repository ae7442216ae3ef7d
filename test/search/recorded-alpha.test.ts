import { describe, expect, it } from 'vitest';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { readRecordedAlpha } from '../../src/search/recorded-alpha.ts';
import { setUpSearch } from '../../src/search/setup.ts';
import { cellSize } from '../../src/space/alpha.ts';
import { findSpace, SPACE_NAMES } from '../../src/space/spaces.ts';

describe('what a recorded alpha stands for', () => {
  it.each(
    SEARCH_METHOD_NAMES.flatMap((method) =>
      (['own', ...SPACE_NAMES] as const).map((space) => [method, space] as const),
    ),
  )('has the shape of the search: %s in %s', (method, space) => {
    const options = resolveSearchOptions({ method, space, nodes: 4 }, 'smoke');
    const { shape } = setUpSearch(options);
    const told = readRecordedAlpha(options, cellSize(shape)) ?? expect.fail('the record tells it');
    expect(told.derivation).toMatchObject({ method: SEARCH_METHODS[method], shape });
    expect(told.names.normal.flat()).toHaveLength(cellSize(shape));
    const { primitives } = SEARCH_METHODS[method];
    const [normal, reduce] =
      space === 'own' ? [primitives, primitives] : [findSpace(space, 4).normal[5], findSpace(space, 4).reduce[5]];
    const beta = shape.edgeWeights ? ['edge weight'] : [];
    expect(told.names.normal[5]).toEqual([...(normal ?? []), ...beta]);
    expect(told.names.reduce[5]).toEqual([...(reduce ?? []), ...beta]);
  });

  it('is of a method of the caller’s own what space and size tell', () => {
    const told = (options: object, size: number) => readRecordedAlpha({ method: 'mine', nodes: 4, ...options }, size);
    expect(told({}, 14 * 3)).toMatchObject({ nodes: 4, derivation: null });
    expect(told({}, 14 * 3)?.names.reduce[13]).toEqual(['column 1', 'column 2', 'column 3']);
    expect(told({ space: 's1' }, 14 * 2)?.names.normal[5]).toEqual(['max_pool_3x3', 'skip_connect']);
    expect(told({ space: 's2' }, 14 * 3)?.names.normal[5]).toEqual(['skip_connect', 'sep_conv_3x3', 'edge weight']);
    expect(told({}, 14 * 3 + 1)).toBeNull();
    expect(told({ space: 's2' }, 14 * 4)).toBeNull();
  });

  it('is not told by a record that is damaged, or of another size', () => {
    const options = resolveSearchOptions({ method: 'darts' }, 'smoke');
    expect(readRecordedAlpha(options, 5 * 8)).not.toBeNull();
    expect(readRecordedAlpha(options, 5 * 7)).toBeNull();
    expect(readRecordedAlpha({ ...options, nodes: 'two' }, 5 * 8)).toBeNull();
    expect(readRecordedAlpha({ ...options, space: 's1' }, 5 * 2)).toBeNull();
    expect(readRecordedAlpha(null, 40)).toBeNull();
  });
});
