import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newestRunState } from '../../actors/run/run-state.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { openRunFolder, type RunConfig, type RunFolder, RunFolderError } from '../../src/record/run-folder.ts';
import { readRecordedRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { networkOf } from '../../src/retrain/setup.ts';

/** Where a search has the retraining that followed it (`experiments/cifar10.ts --retrain`). */
const FOLLOWING = 'retrain';

/** The network that a retraining has come to. */
export interface RetrainedRun {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly options: RetrainingOptions;
  readonly graph: BlockGraph;
  /** Of the newest checkpoint. */
  readonly state: NetworkState;
  /** Epochs that it was trained for. */
  readonly epochs: number;
}

/**
 * Reads the newest checkpoint of a retraining.
 *
 * @param path its run folder, or that of a search with the retraining inside
 * @throws RunFolderError where the folder holds no retraining, or one that has made no step yet
 * @throws OptionsError, CheckpointError where its record or its checkpoint is damaged
 */
export function readRetrainedRun(path: string): RetrainedRun {
  const following = join(path, FOLLOWING);
  const { folder, config } = openRunFolder(existsSync(following) ? following : path, 'retraining');
  const options = readRecordedRetrainingOptions(config.options);
  const saved = newestRunState(folder, options);
  if (saved === null) throw new RunFolderError(`the retraining in ${folder.path} has made no step yet`);
  const graph = buildRetrainedNetwork(networkOf(options));
  return { folder, config, options, graph, state: saved.network, epochs: saved.progress.epoch };
}
