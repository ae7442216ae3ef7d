import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProjectionLine } from '../../src/record/projection-line.ts';
import { readRun } from '../../src/record/read-run.ts';
import { RunFolderError } from '../../src/record/run-folder.ts';
import { PROJECTIONS, testFolder, writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';

describe('a run folder', () => {
  it('is read whole', () => {
    const run = readRun(writeFakeSearch(join(testFolder(), 'one')));
    expect(run.gaps).toEqual([]);
    expect(run.name).toBe('one');
    expect(run.record.options.method).toBe('fair-darts+dscd');
    expect(run.epochs.map(({ epoch, weights }) => [epoch, weights.loss])).toEqual([
      [1, 2],
      [2, 1],
      [3, 2 / 3],
    ]);
    expect(run.alphas.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(run.trace.states).toEqual([
      // What passes between two epochs of this run is in betweenSteps: twice 997 s less the last step, and a second a step.
      { state: 'betweenSteps', seconds: 2 * 989 + 3 * 3, visits: 12 },
      { state: 'globalStep', seconds: 24, visits: 12 },
    ]);
    expect(run.trace).toMatchObject({ proposed: 24, accepted: 6 });
    expect(run.trace.proposals[3]).toEqual({
      step: 7,
      coordinate: 'normal 0→2 skip_connect',
      from: 0,
      to: 0.1,
      accepted: true,
    });
    expect(run.result?.cells?.reduce.choices[0]?.margin).toBe(0.05);
  });

  it('has the decisions of projections, each once, and takes their lines for no damage', () => {
    const [first, last] = PROJECTIONS as [ProjectionLine, ProjectionLine];
    const again = { ...first, epoch: 4 };
    const run = readRun(writeFakeSearch(testFolder(), { projections: [first, last, again] }));
    expect(run.projections).toEqual([again, last]);
    expect([run.epochs.length, run.gaps]).toEqual([3, []]);
    expect(readRun(writeFakeSearch(testFolder())).projections).toEqual([]);
  });

  it('of a retraining has a result, and no alphas that would be missing', () => {
    const run = readRun(writeFakeRetraining(join(testFolder(), 'one')));
    expect(run.gaps).toEqual([]);
    expect(run.result?.test.accuracy).toBe(0.4433);
    expect(run.epochs[0]?.validation).toEqual({ loss: null, accuracy: null, pictures: null });
  });

  it('is read up to the line that is being written', () => {
    const folder = writeFakeSearch(testFolder(), { ended: false });
    for (const name of ['metrics', 'alpha', 'trace']) appendFileSync(join(folder, `${name}.jsonl`), '{"event":"epo');
    appendFileSync(join(folder, 'trace.jsonl'), 'ch","event":"decision","st');
    const run = readRun(folder);
    expect(run.gaps).toEqual([]);
    expect(run.epochs).toHaveLength(3);
    expect(run.result).toBeNull();
  });

  it('tells which lines are damaged, and reads the others', () => {
    const folder = writeFakeSearch(testFolder());
    const path = join(folder, 'metrics.jsonl');
    const [first, second, third] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, `${first}\n${second?.slice(40)}\n{"event":"epoch"}\n${third}\n{"event":"done"}\n`);
    writeFileSync(join(folder, 'genotype.json'), '{');
    const run = readRun(folder);
    expect(run.epochs.map(({ epoch }) => epoch)).toEqual([1, 3]);
    expect(run.gaps).toEqual(['2 lines of metrics.jsonl cannot be read', 'genotype.json is damaged']);
  });

  it('counts lines of a trace that tell of no event, and says of what is no file that it is none', () => {
    const folder = writeFakeSearch(testFolder());
    appendFileSync(join(folder, 'trace.jsonl'), '\u0000\u0001\n[1]\n{"t":3,"event":"recovered"}\n');
    for (const name of ['metrics.jsonl', 'alpha.jsonl']) {
      rmSync(join(folder, name));
      mkdirSync(join(folder, name));
    }
    const { gaps, trace } = readRun(folder);
    expect(gaps).toEqual([
      'metrics.jsonl is no file',
      'alpha.jsonl is no file',
      '2 lines of trace.jsonl cannot be read',
    ]);
    expect(trace.proposed).toBe(24);
  });

  it('takes the last word on an epoch that is told twice', () => {
    const folder = writeFakeSearch(testFolder());
    appendFileSync(join(folder, 'metrics.jsonl'), '{"event":"epoch","epoch":2,"weights":{"loss":7}}\n');
    expect(readRun(folder).epochs.map(({ weights }) => weights.loss)).toEqual([2, 7, 2 / 3]);
  });

  it('may be old, newer, or incomplete', () => {
    const folder = writeFakeSearch(testFolder());
    writeFileSync(join(folder, 'config.json'), '{"options":{"method":"darts"},"runVersion":9}');
    for (const name of ['alpha.jsonl', 'trace.jsonl', 'genotype.json']) rmSync(join(folder, name));
    const run = readRun(folder);
    expect(run.record).toMatchObject({ job: 'search', versions: {}, engine: {} });
    expect(run.gaps).toEqual([
      'alpha.jsonl is missing',
      'trace.jsonl is missing',
      'the run is of version 9, and this program knows version 1',
    ]);
    rmSync(join(folder, 'config.json'));
    expect(readRun(folder).epochs).toHaveLength(3);
  });

  it('passes over events that it does not know, whatever they hold', () => {
    const folder = writeFakeSearch(testFolder());
    appendFileSync(join(folder, 'trace.jsonl'), '{"t":1,"event":"@xstate.snapshot","snapshot":{"event":1}}\n');
    expect(readRun(folder).gaps).toEqual([]);
  });

  it('must hold something of a run', () => {
    const folder = testFolder();
    expect(() => readRun(join(folder, 'none'))).toThrow(RunFolderError);
    mkdirSync(join(folder, 'empty'));
    expect(() => readRun(join(folder, 'empty'))).toThrow(/empty holds no run: config\.json is missing/);
  });

  it('keeps some of very many proposals, evenly, and counts all', () => {
    const run = readRun(writeFakeSearch(testFolder(), { globalSteps: 2500 }));
    const { proposals, proposed, accepted } = run.trace;
    expect([proposed, accepted]).toEqual([15000, 3750]);
    const kept = proposals.filter((proposal) => proposal.accepted);
    expect(kept).toHaveLength(1875); // every second
    expect(proposals.length - kept.length).toBe(1407); // every eighth of 11250
    expect(proposals.map(({ step }) => step)).toEqual(proposals.map(({ step }) => step).toSorted((a, b) => a - b));
  });
});
