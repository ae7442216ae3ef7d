import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSpace } from '../../src/space/spaces.ts';
import { finished, refusal, SearchBench } from '../support/search-run.ts';

describe('a search that draws its mixing weights', () => {
  it.each(['gdas', 'snas', 'drnas'])('finds cells, in any space: %s', async (method) => {
    const bench = new SearchBench();
    const run = bench.startHere(method, ['--method', method, '--space', 's3', '--epochs', '2']);
    const { genotype, valid } = await finished(run);
    expect(valid).toEqual({ normal: true, reduce: true });
    expect(genotype.normal.length).toBe(4);
  });

  it('is refused with DSCD in a sentence', async () => {
    const bench = new SearchBench();
    expect(await refusal(bench.startHere('both', ['--method', 'gdas+dscd']))).toContain(
      'method gdas+dscd does not exist: gdas draws mixing weights anew in each pass',
    );
  });
});

describe('a search with --space', () => {
  it('finds in s1 operations that their edges have, for any method', async () => {
    const bench = new SearchBench();
    const space = findSpace('s1', 4);
    const edges = Array.from({ length: 4 }, (_, node) => node + 2).flatMap((to) =>
      Array.from({ length: to }, (_, from) => `${from}-${to}`),
    );
    for (const method of ['darts-+dscd', 'fair-darts']) {
      const args = ['--method', method, '--space', 's1', '--nodes', '4', '--epochs', '1', '--threshold', '0.1'];
      const run = bench.startHere(method, method === 'fair-darts' ? args : args.slice(0, -2));
      const { genotype } = await finished(run);
      expect(genotype.normal.length).toBe(8);
      for (const kind of ['normal', 'reduce'] as const) {
        for (const { primitive, from, to } of genotype[kind]) {
          expect(space[kind][edges.indexOf(`${from}-${to}`)]).toContain(primitive);
        }
      }
    }
  });

  it('is in s5 that of DARTS itself, to the bit', async () => {
    const bench = new SearchBench();
    const own = await finished(bench.startHere('own', ['--method', 'darts']));
    const s5 = await finished(bench.startHere('s5', ['--method', 'darts', '--space', 's5']));
    expect(s5.alphaDigest).toBe(own.alphaDigest);
  });

  it('gives the noise of s4 values, and retrains what it found', async () => {
    const bench = new SearchBench();
    const args = ['--method', 'darts', '--space', 's4', '--epochs', '1', '--retrain', '--retrain-epochs', '1'];
    const { code, stderr } = await bench.startHere('noisy', args).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(readFileSync(join(bench.path('noisy'), 'retrain', 'result.json'), 'utf8'));
    const kept = [...result.genotype.normal, ...result.genotype.reduce].map(({ primitive }) => primitive);
    expect(kept).toContain('noise');
    expect(JSON.parse(readFileSync(join(bench.path('noisy'), 'config.json'), 'utf8')).options.space).toBe('s4');
  });

  it('is refused where the space is not defined', async () => {
    const bench = new SearchBench();
    expect(await refusal(bench.startHere('small', ['--space', 's1']))).toContain(
      'the space s1 has cells of 4 nodes, got 2',
    );
  });
});
