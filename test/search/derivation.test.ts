import { describe, expect, it } from 'vitest';
import { readDerivation, withMaxSkips } from '../../src/search/derivation.ts';
import { fairDarts } from '../../src/search/fair-darts.ts';
import { SEARCH_METHODS } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { findSpace } from '../../src/space/spaces.ts';

describe('readDerivation', () => {
  it('finds the method, the threshold and the space in the options of a record', () => {
    const recorded = resolveSearchOptions({ method: 'fair-darts', nodes: 3, threshold: 0.7 });
    expect(readDerivation(recorded)).toEqual({
      method: fairDarts,
      threshold: 0.7,
      maxSkips: null,
      shape: { nodes: 3, primitives: fairDarts.primitives },
      deriveBy: 'mixing',
    });
    expect(readDerivation(resolveSearchOptions({ method: 'darts-pt' })).deriveBy).toBe('projection');
    expect(readDerivation(resolveSearchOptions({ method: 'darts' })).threshold).toBeNull();
    const { nodes, ...primitives } = findSpace('s1', 4);
    expect(readDerivation(resolveSearchOptions({ space: 's1' })).shape).toEqual({ nodes, primitives });
  });

  it('minds no option that the record has besides, or lacks', () => {
    const { method, maxSkips, deriveBy } = readDerivation({ method: 'darts', nodes: 4, threshold: null, later: 1 });
    expect([method, maxSkips, deriveBy]).toEqual([SEARCH_METHODS.darts, null, 'mixing']);
    expect(readDerivation(resolveSearchOptions({ method: 'darts', maxSkips: 2 })).maxSkips).toBe(2);
  });

  it('takes the caller’s own method, and refuses to do without it', () => {
    const own = { ...fairDarts, name: 'own' };
    const recorded = { method: 'own', nodes: 2, threshold: 0.5 };
    expect(readDerivation(recorded, own).method).toBe(own);
    expect(() => readDerivation(recorded)).toThrow('method own is not one of this library');
  });

  it('refuses damaged options', () => {
    expect(() => readDerivation({ method: 'darts', nodes: 0, threshold: null })).toThrow(
      /^the recorded options are damaged: nodes must /,
    );
    expect(() => readDerivation({ method: 'darts', space: 's1', nodes: 3, threshold: null })).toThrow(
      'the recorded options are damaged: the space s1 has cells of 4 nodes, got 3',
    );
    expect(() => readDerivation(null)).toThrow('the recorded options are damaged');
  });
});

describe('withMaxSkips', () => {
  const derivation = readDerivation({ method: 'darts', nodes: 4, threshold: null });

  it('replaces the limit, or lifts it', () => {
    expect(withMaxSkips(derivation, 0)).toEqual({ ...derivation, maxSkips: 0 });
    expect(withMaxSkips(withMaxSkips(derivation, 2), null)).toEqual(derivation);
  });

  it('refuses what is no number of skip connections, and a rule by a threshold', () => {
    for (const wrong of [-1, 1.5, Number.NaN]) {
      expect(() => withMaxSkips(derivation, wrong)).toThrow(`must be an integer of at least 0, got ${wrong}`);
    }
    const fair = readDerivation({ method: 'fair-darts', nodes: 4, threshold: 0.8 });
    expect(() => withMaxSkips(fair, 2)).toThrow(
      'fair-darts derives its cells by a threshold, without a limit of skip connections, got 2',
    );
    expect(withMaxSkips(fair, null)).toEqual(fair);
  });
});
