import { existsSync } from 'node:fs';
import { type Preprocessing, recordedPreprocessing } from '../../src/data/preprocessing.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import {
  openRunFolder,
  type RunConfig,
  type RunFolder,
  RunFolderError,
  runFiles,
} from '../../src/record/run-folder.ts';
import { readRecordedRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { networkOf, retrainingIterations } from '../../src/retrain/setup.ts';
import { newestRunState } from '../run/run-state.ts';

/** Network that a retraining has come to. */
export interface RetrainedRun {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly options: RetrainingOptions;
  readonly preprocessing: Preprocessing;
  readonly graph: BlockGraph;
  /** State of the newest checkpoint. */
  readonly state: NetworkState;
  /** Number of epochs that it was trained for. */
  readonly epochs: number;
  /** Number of steps of SGD that it was trained for. */
  readonly iterations: number;
}

/**
 * Reads the newest checkpoint of a retraining.
 *
 * @param path folder of the retraining, or of a search with the retraining inside
 * @throws RunFolderError if the folder holds no retraining, or one that has made no step yet
 * @throws OptionsError, DataError, CheckpointError if its record or its checkpoint is damaged
 */
export function readRetrainedRun(path: string): RetrainedRun {
  const { following } = runFiles(path);
  const { folder, config } = openRunFolder(existsSync(following) ? following : path, 'retraining');
  const options = readRecordedRetrainingOptions(config.options);
  const saved = newestRunState(folder, options);
  if (saved === null) throw new RunFolderError(`the retraining in ${folder.path} has made no step yet`);
  const { epoch, iteration } = saved.progress;
  return {
    folder,
    config,
    options,
    preprocessing: recordedPreprocessing(config.data, options.image),
    graph: buildRetrainedNetwork(networkOf(options)),
    state: saved.network,
    epochs: epoch,
    iterations: epoch * retrainingIterations(options) + iteration,
  };
}

/** Sentence for a network whose retraining goes on, or was left; null for one that was trained to the end. */
export function warnOfUnfinished({ options, epochs }: Pick<RetrainedRun, 'options' | 'epochs'>): string | null {
  if (epochs >= options.epochs) return null;
  return `the retraining has not ended: this is its network after ${epochs} of ${options.epochs} epochs`;
}
