import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encode } from '../../../actors/codec.ts';
import { emptyWeightsTotals } from '../../../actors/run/epoch-sums.ts';
import { newestRunState, optionsDigest, type RunState, recordDigest } from '../../../actors/run/run-state.ts';
import { startAlternation } from '../../../src/optimize/dscd/alternation.ts';
import { LATER_OPTIONS } from '../../../src/options/later-options.ts';
import { CheckpointError, writeCheckpoint } from '../../../src/record/checkpoint-file.ts';
import { writeRunConfig } from '../../../src/record/run-folder.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { networkState } from '../../support/fake-supernet.ts';
import { madeUpFolder } from '../../support/made-up-session.ts';

const OPTIONS = { seed: 1, epochs: 3 };

function runState(changes: Partial<RunState> = {}): RunState {
  return {
    optionsDigest: optionsDigest(OPTIONS),
    progress: { epoch: 1, iteration: 2, alternation: startAlternation() },
    network: networkState(),
    totals: { weights: emptyWeightsTotals() },
    logs: { metrics: 7 },
    ...changes,
  };
}

describe('the digest of options', () => {
  it('knows neither their order nor how a run is run', () => {
    expect(optionsDigest({ epochs: 3, seed: 1, workers: 4, threads: 2 })).toBe(optionsDigest(OPTIONS));
  });

  it('knows no later option at the value that changes nothing, and any other value', () => {
    expect(optionsDigest({ ...OPTIONS, ...LATER_OPTIONS })).toBe(optionsDigest(OPTIONS));
    expect(optionsDigest({ ...OPTIONS, alphaEvery: 2 })).not.toBe(optionsDigest(OPTIONS));
  });

  it('knows drop-path and cutout of a retraining, which has always had them', () => {
    const off = { genotype: publishedGenotype('DARTS_V2'), dropPath: 0, cutout: 0 };
    expect(optionsDigest(resolveRetrainingOptions(off, 'smoke'))).toBe(
      '86d7a2c3178b9ed4bb4d618453a0e8911b9e28a614e1c1aebf65bb1f58f26963',
    );
  });

  it('knows those that determine the result', () => {
    expect(optionsDigest({ ...OPTIONS, seed: 2 })).not.toBe(optionsDigest(OPTIONS));
  });
});

describe('the newest state', () => {
  it('is null before the first step', () => {
    expect(newestRunState(madeUpFolder(), OPTIONS)).toBeNull();
  });

  it('is that of the newest checkpoint', () => {
    const folder = madeUpFolder();
    const newest = runState({ progress: { epoch: 2, iteration: 0, alternation: startAlternation() } });
    writeCheckpoint(folder.checkpoints, 8, encode(runState()));
    writeCheckpoint(folder.checkpoints, 12, encode(newest));
    expect(newestRunState(folder, OPTIONS)).toEqual(newest);
  });

  it('must be there once steps were made, known or traced', () => {
    const folder = madeUpFolder();
    expect(() => newestRunState(folder, OPTIONS, 1)).toThrow('holds no checkpoint, though the run has made steps');
    const line = { t: 0, event: 'transition', from: 'betweenSteps', to: 'weightsStep', by: 'test' };
    writeFileSync(folder.trace, `${JSON.stringify(line)}\n`);
    expect(() => newestRunState(folder, OPTIONS)).toThrow(CheckpointError);
  });

  it.each<[string, RunState, string]>([
    ['of a run with other options', runState({ optionsDigest: 'other' }), 'belongs to a run with other options'],
    ['with a weight that is not finite', runState({ network: networkState(Infinity) }), 'its weight w holds Infinity'],
  ])('%s is refused', (_, state, message) => {
    const folder = madeUpFolder();
    writeCheckpoint(folder.checkpoints, 8, encode(state));
    expect(() => newestRunState(folder, OPTIONS)).toThrow(CheckpointError);
    expect(() => newestRunState(folder, OPTIONS)).toThrow(message);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['no progress', { ...runState(), progress: undefined }],
    ['a negative iteration', { ...runState(), progress: { epoch: 0, iteration: -1 } }],
    ['no network', { ...runState(), network: null }],
    ['weights that are no arrays', { ...runState(), network: { ...networkState(), weights: { w: 'x' } } }],
    ['lengths that are none', { ...runState(), logs: { trace: 'long' } }],
  ])('with a right hash is refused if it holds %s', (_, state) => {
    const folder = madeUpFolder();
    writeCheckpoint(folder.checkpoints, 8, encode(state));
    expect(() => newestRunState(folder, OPTIONS)).toThrow(CheckpointError);
    expect(() => newestRunState(folder, OPTIONS)).toThrow('does not hold the state of this run; remove it');
  });

  it('is refused if the job’s own part is missing', () => {
    const folder = madeUpFolder();
    writeCheckpoint(folder.checkpoints, 8, encode(runState()));
    const find = (state: RunState): null => (state as unknown as { optimizer: { position: null } }).optimizer.position;
    expect(() => newestRunState(folder, OPTIONS, 0, find)).toThrow(CheckpointError);
  });

  it('is refused once the record names another engine or other pictures', () => {
    const folder = madeUpFolder();
    const note = (facts: object): void => {
      writeRunConfig(folder, { job: 'search', options: OPTIONS, ...facts });
    };
    const [data, engine] = [{ digest: 'abc' }, { engine: 'cpu', backend: 'native', threads: 1 }];
    note({ data, engine });
    writeCheckpoint(folder.checkpoints, 8, encode(runState({ recordDigest: recordDigest(folder) })));
    note({ data, engine: { ...engine, threads: 2 } });
    expect(newestRunState(folder, OPTIONS)).not.toBeNull();
    for (const other of [{ engine: null }, { engine: { ...engine, backend: 'wasm' } }, { data: { digest: 'x' } }]) {
      note({ data, engine, ...other });
      expect(() => newestRunState(folder, OPTIONS)).toThrow(
        'belongs to a run on another engine or with other pictures',
      );
    }
  });

  it('is refused if the job’s own part is spoiled', () => {
    const folder = madeUpFolder();
    writeCheckpoint(folder.checkpoints, 8, encode(runState()));
    expect(() => newestRunState(folder, OPTIONS, 0, () => 'alpha holds NaN')).toThrow(
      'cannot be gone on from: its alpha holds NaN',
    );
  });
});
