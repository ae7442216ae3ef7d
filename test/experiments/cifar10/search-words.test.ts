import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DoneEvent } from '../../../actors/index.ts';
import { describeSearch } from '../../../experiments/cifar10/search-words.ts';
import type { ProjectionLine } from '../../../src/record/projection-line.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { PROJECTIONS, testFolder } from '../../support/fake-run.ts';

const options = resolveSearchOptions({}, 'smoke');

const SOUND = {
  event: 'done',
  genotype: { normal: [], reduce: [] },
  valid: { normal: true, reduce: true },
  degenerate: { normal: false, reduce: false },
  reasons: { normal: null, reduce: null },
  alphaDigest: '',
  searchAccuracy: { train: 0.5, validation: 0.4, test: 0.3 },
  run: 'runs/none',
} as const satisfies DoneEvent;

describe('a search by projection', () => {
  const options = resolveSearchOptions({ method: 'darts-pt' }, 'smoke');
  const words = describeSearch(options);

  it('says how long its tuning is', () => {
    const engine = { engine: 'cpu', backend: 'wasm', reason: 'a test', usesGpu: false };
    const facts = { run: 'runs/none', step: 0, steps: 54, parameters: 1, macs: 1, memoryBytes: 1, expectedSeconds: 1 };
    expect(words.started({ engine, ...facts })[0]).toBe(
      'searching  darts-pt, seed 0: 3 epochs and 6 of tuning, 54 iterations of 8 pictures',
    );
  });

  it('tells each decision in a line', () => {
    expect(PROJECTIONS.map((line) => words.projection?.(line))).toEqual([
      'decision 1/12  normal cell, edge 0→2: sep_conv_3x3  accuracy without 25.00 %, next max_pool_3x3 45.00 %',
      'decision 12/12  reduce cell, node 3: sep_conv_3x3 2→3, skip_connect 0→3  loss without 2.0000, 1.5000, next sep_conv_3x3 1→3 1.2500',
    ]);
    const [line] = PROJECTIONS as [ProjectionLine];
    const only = { ...line, removals: line.removals.filter(({ kept }) => kept) };
    expect(words.projection?.(only)).toMatch(/accuracy without 25\.00 %$/);
  });
});

describe('the first words of a search', () => {
  const engine = { engine: 'cpu', backend: 'wasm', reason: 'a test', usesGpu: false, threads: 1 } as const;
  const started = { event: 'started', run: 'runs/none', step: 0, steps: 18, engine } as const;
  const sizes = { parameters: 10, macs: 10, memoryBytes: 10, expectedSeconds: null };
  const open = (input: SearchOptionsInput): readonly string[] => {
    return describeSearch(resolveSearchOptions(input, 'smoke')).started({ ...started, ...sizes });
  };

  it('tell of stages, and of alpha’s rest in each', () => {
    const given = { method: 'drnas', alphaRest: 1, epochs: 9 } as const;
    expect(open({ ...given, channels: 8 })).toContain(
      'stages     from epoch 5 on an edge keeps 4 operations on 1/2 of the channels, before on 1/4 of the channels',
    );
    const words = open(given);
    expect(words).toContain(
      'stages     from epoch 5 on an edge keeps 4 operations on all channels, before on 1/2 of the channels',
    );
    expect(words).toContain('alpha      rests for 1 epoch of each stage');
    expect(open({}).some((line) => line.startsWith('stages'))).toBe(false);
  });

  it('tell of drop-path if there is one', () => {
    const line = 'held back  cutout 4, drop-path of edges up to 0.2';
    expect(open({ dropPath: 0.2, cutout: 4 })).toContain(line);
    expect(open({}).some((words) => words.includes('drop-path'))).toBe(false);
  });

  it('tell when operations are frozen, if any are', () => {
    const line = 'freezes    operations of a match-sum below 0.381 over 21 iterations';
    expect(open({ method: 'oles', freeze: 'match-sum' })).toContain(line);
    expect(open({}).some((words) => words.startsWith('freezes'))).toBe(false);
  });
});

describe('the closing words of a search', () => {
  const close = (event: DoneEvent) => describeSearch(options).done(event);

  it('are genotype, accuracy and folder if both cells are sound', () => {
    expect(close(SOUND)).toEqual([
      'Genotype(normal=[], normal_concat=range(2, 2), reduce=[], reduce_concat=range(2, 2))',
      'accuracy of the supernet: train 50.0 %, validation 40.0 %, test 30.0 %',
      'record of the run: runs/none',
    ]);
  });

  it('say how the search went back and was stopped', () => {
    const wentBack = [{ after: 9, to: 3, weightsDecay: 0.003 }];
    expect(close({ ...SOUND, wentBack })[1]).toBe(
      'went back from epoch 9 to epoch 3 because the eigenvalue rose, with weight decay 0.003',
    );
    expect(close({ ...SOUND, stopped: { by: 'eigenvalue', epoch: 10, cellsOf: 4 } })[1]).toBe(
      'stopped after epoch 10 because the eigenvalue rose, with the cells of epoch 4',
    );
  });

  it('say what is wrong with a cell, and what to try', () => {
    const [, ...words] = close({
      ...SOUND,
      valid: { normal: true, reduce: false },
      degenerate: { normal: true, reduce: false },
      reasons: { normal: 'it uses 1 of 4 nodes', reduce: 'no operation reaches the threshold 0.85' },
    });
    expect(words.slice(0, 3)).toEqual([
      'the normal cell is degenerate: it uses 1 of 4 nodes',
      'the reduce cell is invalid, no activation passes it: no operation reaches the threshold 0.85',
      'try --acceptance paired, or derive from another epoch or by a lower threshold: ' +
        'npx node tools/derive.ts runs/none --epoch all',
    ]);
  });

  it('say that a cell’s weights fall', () => {
    const run = testFolder();
    const lines = [0, 1, 2, 3, 4, 5].map((epoch) =>
      JSON.stringify({ epoch, normal: Array(35).fill(-epoch), reduce: Array(35).fill(0) }),
    );
    writeFileSync(join(run, 'alpha.jsonl'), `${lines.join('\n')}\n`);
    const [, sign, accuracy] = close({ ...SOUND, run });
    expect(sign).toMatch(
      /^the normal cell’s weights fall: collapse likely \(mean mixing weight 0\.500 .* 0\.007 now\)$/,
    );
    expect(accuracy).toMatch(/^accuracy of the supernet/);
  });
});
