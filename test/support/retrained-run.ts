import { encode } from '../../actors/codec.ts';
import { optionsDigest } from '../../actors/run/run-state.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import { writeCheckpoint } from '../../src/record/checkpoint-file.ts';
import { createRunFolder } from '../../src/record/run-folder.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';

/** A retraining as its newest checkpoint has it. */
export interface SavedRetraining {
  readonly options: RetrainingOptions;
  readonly state: NetworkState;
  /** Epochs that are done. */
  readonly epoch: number;
  /** Folder of its pictures. */
  readonly data: string;
  /** Other facts of the pictures. @default none, so that they are CIFAR-10's */
  readonly facts?: object;
}

/** Writes the folder of a retraining that has come to a state after some epochs. */
export function writeRetrainedRun(path: string, { options, state, epoch, data, facts }: SavedRetraining): void {
  const { folder, unlock } = createRunFolder(path, { job: 'retraining', options, data: { source: data, ...facts } });
  const saved = { optionsDigest: optionsDigest(options), progress: { epoch, iteration: 0 }, network: state, logs: {} };
  writeCheckpoint(folder.checkpoints, 36 * epoch, encode(saved));
  unlock();
}
