import { describe, expect, it } from 'vitest';
import { genotypeInDialect } from '../../src/export/genotype-in-dialect.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { EVERY_PRIMITIVE } from './random-network.ts';

describe('genotypeInDialect', () => {
  it('takes pairs where they say the same entries in the same order, else triples', () => {
    const pairs = genotypeInDialect(publishedGenotype('DARTS_V2'));
    expect(pairs.dialect).toBe('pairs');
    expect(pairs.text).toContain("('sep_conv_3x3', 0)");
    const triples = genotypeInDialect(EVERY_PRIMITIVE);
    expect(triples.dialect).toBe('triples');
    expect(triples.text).toContain("('sep_conv_3x3', 5, 4)");
    const { normal, reduce } = publishedGenotype('DARTS_V2');
    const reversed = { normal: normal.toReversed(), reduce };
    expect(readGenotype(genotypeInDialect(reversed).text)).toEqual(reversed);
    expect(() => genotypeInDialect(reversed, 'pairs')).toThrow('pairs say the entries in another order');
  });
});
