import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectedNodes } from '../../src/space/genotype.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../src/space/published-genotypes.ts';

const COUNTS = JSON.parse(readFileSync(new URL('../golden/network-counts.json', import.meta.url), 'utf8')) as {
  readonly networks: Record<string, { readonly genotype: { readonly normal: unknown; readonly reduce: unknown } }>;
};

describe.each(Object.entries(PUBLISHED_GENOTYPES))('%s', (name, { source, text }) => {
  const genotype = publishedGenotype(name);

  it('reads as written, and writes as read', () => {
    const onOneLine = text.replaceAll(/\s*\n\s*/g, ' ').replace('( ', '(');
    const dialect = /', \d\)/.test(text) ? 'pairs' : 'triples';
    expect(writeGenotype(genotype, dialect)).toBe(onOneLine);
  });

  it('passes an activation on in both cells', () => {
    expect(connectedNodes(genotype.normal)).not.toEqual([]);
    expect(connectedNodes(genotype.reduce)).not.toEqual([]);
  });

  it('names a paper with its year, and a repository with a file', () => {
    expect(source.paper).toMatch(/ 20\d\d, /);
    expect(source.file).toMatch(/^[\w.-]+\/[\w.-]+ [\w./-]+\.(py|sh)$/);
  });
});

describe('publishedGenotype', () => {
  it.each(Object.entries(COUNTS.networks))('%s is that of the golden data', (name, { genotype }) => {
    const lists = `normal=${JSON.stringify(genotype.normal)}, normal_concat=range(2, 6), reduce=${JSON.stringify(genotype.reduce)}`;
    expect(publishedGenotype(name)).toEqual(readGenotype(`Genotype(${lists}, reduce_concat=range(2, 6))`));
  });

  it.each(['DARTS_V3', '', 'toString', '__proto__'])('refuses %j, and lists the names there are', (name) => {
    expect(() => publishedGenotype(name)).toThrow(GenotypeError);
    expect(() => publishedGenotype(name)).toThrow(
      `there is no published genotype named ${name}; there are DARTS_V1, DARTS_V2, SNAS, `,
    );
  });
});
