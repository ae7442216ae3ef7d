import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderCsv, renderMarkdown } from '../../../experiments/comparison/render-table.ts';
import type { FoundGenotype } from '../../../experiments/table2/found-genotypes.ts';
import { type Table2Row, table2Of, table2Rows } from '../../../experiments/table2/table2-table.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../../src/space/published-genotypes.ts';

const named = (rows: readonly Table2Row[], name: string): Table2Row[] => rows.filter((row) => row.name === name);

describe('the rows of table 2', () => {
  it('count what the golden file counts', () => {
    const golden = new URL('../../golden/network-counts.json', import.meta.url);
    const { networks } = JSON.parse(readFileSync(golden, 'utf8')) as {
      networks: Record<string, Record<string, number>>;
    };
    const rows = table2Rows([]);
    for (const [name, counts] of Object.entries(networks)) {
      const [row] = named(rows, name);
      expect(row).toMatchObject({
        networks: 1,
        parameters: { mean: counts.params, sd: null },
        parametersWithAuxiliary: { mean: counts.paramsWithAuxiliary },
        macs: { mean: counts.macs },
        publishedOperations: { mean: counts.opsByPublishedRule },
        publishedOperationsWithNorms: { mean: counts.opsByPublishedRuleWithBn },
      });
    }
    expect(Object.keys(networks)).toHaveLength(4);
  });

  it('are every published genotype, those of the paper’s table first, and come to its figures', () => {
    const rows = table2Rows([]);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const name of Object.keys(PUBLISHED_GENOTYPES)) expect(named(rows, name)).toHaveLength(1);
    const papers = rows.filter(({ paper }) => paper !== null);
    expect(papers.map(({ kind }) => kind)).toEqual(['published', 'published', 'published', 'paper', 'paper']);
    expect(rows.slice(0, 3)).toEqual(papers.slice(0, 3));
    const millions = (value: number | undefined): number => (value ?? Number.NaN) / 1e6;
    for (const row of papers.slice(0, 3)) {
      const counted = row.paper?.auxiliary ? row.parametersWithAuxiliary : row.parameters;
      expect(millions(counted?.mean).toFixed(1)).toBe(row.paper?.parameters.toFixed(1));
    }
    const [darts, dartsMinus, fairDarts] = papers;
    expect(Math.floor(millions(darts?.publishedOperations?.mean))).toBe(528);
    expect(dartsMinus).toMatchObject({ name: 'DARTS-, mean of 5', networks: 5 });
    expect(Math.floor(millions(dartsMinus?.publishedOperationsWithNorms?.mean))).toBe(583);
    expect(Math.floor(millions(fairDarts?.publishedOperations?.mean))).toBe(371); // the paper says 373
    // What the paper did not publish has no counts of ours, and nothing that was not trained has an accuracy.
    for (const row of papers.slice(3)) expect(row).toMatchObject({ networks: 0, parameters: null, macs: null });
    for (const row of rows) expect(row).toMatchObject({ accuracy: null, training: null });
  });

  it('are what was found, over the seeds that were trained alike', () => {
    const [small, large] = [publishedGenotype('FairDARTS_a'), publishedGenotype('DARTS_V2')];
    const found: FoundGenotype[] = [
      { name: 'fair-darts (6)', genotype: small, accuracy: 50, training: 'A' },
      { name: 'fair-darts (6)', genotype: null, accuracy: null, training: null },
      { name: 'fair-darts (6)', genotype: large, accuracy: 54, training: 'A' },
      { name: 'fair-darts (6)', genotype: large, accuracy: 80, training: 'B' },
      { name: 'fair-darts (12)', genotype: null, accuracy: null, training: null },
      { name: 'random (12)', genotype: large, accuracy: null, training: null },
      { name: null, genotype: large, accuracy: 61, training: 'A' },
      { name: null, genotype: large, accuracy: 63, training: 'A' },
      { name: null, genotype: { ...large, normal: small.normal }, accuracy: 40, training: 'A' },
    ];
    const rows = table2Rows(found);
    const own = rows.filter(({ kind }) => kind === 'found');
    expect(
      own.slice(0, -1).map(({ name, training, networks, invalid }) => [name, training, networks, invalid]),
    ).toEqual([
      ['fair-darts (6)', 'A', 2, 1],
      ['fair-darts (6)', 'B', 1, 1],
      ['fair-darts (12)', null, 0, 1],
      ['random (12)', null, 1, 0],
    ]);
    expect(own[0]?.parameters).toMatchObject({ mean: (2_360_782 + 3_349_342) / 2, min: 2_360_782, max: 3_349_342 });
    expect(own[0]?.accuracy).toMatchObject({ mean: 52, sd: Math.sqrt(8), count: 2 });
    expect(own[3]).toMatchObject({ parameters: { mean: 3_349_342 }, accuracy: null });
    expect(own[4]).toMatchObject({ name: expect.stringMatching(/^Genotype\(normal=/), accuracy: { mean: 40 } });
    expect(named(rows, 'DARTS_V2')).toMatchObject([{ accuracy: { mean: 62, count: 2 }, training: 'A', networks: 1 }]);

    const [markdown, csv] = [renderMarkdown(table2Of(rows)), renderCsv(table2Of(rows))];
    expect(markdown).toContain(
      '| DARTS_V2 | A | 1 | 0 | 3.349 | 3.826 | 528.4 | 528.4 | 549.9 | 62.00 ± 1.41 | 3.3 | 528 | 97.00 |',
    );
    expect(csv).toContain('DARTS_V2,A,1,0,3349342,,3825768,,528359040,,528402230,,549857078,,62,1.414214,3.3,528,97\n');
    expect(markdown).toContain('| fair-darts (12) |  | 0 | 1 |  |  |  |  |  | Invalid arch. |  |  |  |');
    expect(csv).toContain('fair-darts (12),,0,1,,,,,,,,,,,Invalid arch.,,,,\n');
    expect(markdown).toContain('| FairDARTS + DSCD |  |  |  |  |  |  |  |  |  | 3.6 | 532 | 97.50 |');
  });
});
