import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRetrainedRun, warnOfUnfinished } from '../../../actors/retraining/retrained-run.ts';
import { buildRetrainedNetwork } from '../../../src/network/retrained-network.ts';
import { listCheckpoints } from '../../../src/record/checkpoint-file.ts';
import { createRunFolder } from '../../../src/record/run-folder.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { networkOf, retrainingIterations } from '../../../src/retrain/setup.ts';
import { EVERY_PRIMITIVE, randomState } from '../../export/random-network.ts';
import { testFolder } from '../../support/fake-run.ts';
import { writeRetrainedRun } from '../../support/retrained-run.ts';

const OPTIONS = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE }, 'smoke');
const STATE = randomState(buildRetrainedNetwork(networkOf(OPTIONS)), 1);

function writeRun(epoch = 1, below = ''): string {
  const run = join(testFolder(), 'run');
  writeRetrainedRun(join(run, below), { options: OPTIONS, state: STATE, epoch, data: 'none' });
  return run;
}

describe('readRetrainedRun', () => {
  it('reads the network, and how long it was trained', () => {
    const run = readRetrainedRun(writeRun(2));
    expect(run).toMatchObject({ options: OPTIONS, state: STATE, epochs: 2 });
    expect(run.iterations).toBe(2 * retrainingIterations(OPTIONS));
    expect(run.preprocessing).toMatchObject({ image: OPTIONS.image, channels: 3, mean: [0.4914, 0.4822, 0.4465] });
    expect(run.preprocessing.classes[0]).toBe('airplane');
    expect(warnOfUnfinished(run)).toBe('the retraining has not ended: this is its network after 2 of 3 epochs');
    expect(warnOfUnfinished({ ...run, epochs: OPTIONS.epochs })).toBeNull();
  });

  it('finds the retraining that followed a search', () => {
    const run = writeRun(1, 'retrain');
    expect(readRetrainedRun(run).folder.path).toBe(join(run, 'retrain'));
  });

  it('refuses a run whose checkpoint is damaged, or that has none yet', () => {
    const run = writeRun();
    truncateSync(listCheckpoints(join(run, 'checkpoints'))[0] as string, 100);
    expect(() => readRetrainedRun(run)).toThrow('is truncated or damaged');
    rmSync(join(run, 'checkpoints'), { recursive: true });
    expect(() => readRetrainedRun(run)).toThrow(`the retraining in ${run} has made no step yet`);
  });

  it('refuses a folder without a run, and a search that no retraining followed', () => {
    const path = join(testFolder(), 'searched');
    expect(() => readRetrainedRun(path)).toThrow('holds no run');
    createRunFolder(path, { job: 'search', options: {} }).unlock();
    expect(() => readRetrainedRun(path)).toThrow(`${path} holds a search, not a retraining`);
  });
});
