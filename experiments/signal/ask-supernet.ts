import { type MiniBatchKey, miniBatchName } from '../../actors/messages.ts';
import { commonData, makeMiniBatch, type PoolData } from '../../actors/pool/make-mini-batch.ts';
import { keptEngine, recordedEngine } from '../../actors/run/engine-choice.ts';
import { startSupernet } from '../../actors/supernet/start.ts';
import { type LoadedDataset, splitTrainingSet } from '../../src/data/dataset.ts';
import type { MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import { mean } from '../../src/math/statistics.ts';
import { bindToData } from '../../src/options/bind-to-data.ts';
import type { RunConfig } from '../../src/record/run-folder.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { setUpSearch } from '../../src/search/setup.ts';

/** Supernet of a search at some age. */
export interface AgedSupernet {
  /** Resolved options of the search, overrides included. */
  readonly options: SearchOptions;
  /** Record of the search, which names its engine. */
  readonly config: RunConfig;
  readonly network: NetworkState;
}

/**
 * Asks a supernet for the losses of cells: mean cross-entropy on the first mini-batches on which the search moves alpha,
 * with batch statistics, as the search itself asks. All cells see the same pictures.
 *
 * @param cells mixing weights of each cell
 * @returns losses in the order of the cells, in nats
 * @throws SupernetLostError, SupernetCallError if the supernet's process fails
 */
export async function askSupernet(
  { options, config, network }: AgedSupernet,
  cells: readonly MixingWeights[],
  miniBatches: number,
  dataset: LoadedDataset,
): Promise<number[]> {
  const { seed, batch } = options;
  const setup = setUpSearch(bindToData(options, dataset));
  const job = {
    name: 'search',
    split: splitTrainingSet(dataset.train.count, seed, options),
    objective: setup.objective,
  } as const;
  const data: PoolData = { ...commonData(dataset, bindToData(options, dataset)), evaluation: {}, job };
  const supernet = await startSupernet();
  try {
    const engine = keptEngine(options, recordedEngine(config));
    await supernet.call('open', { network: setup.network, engine, batch, seed });
    await supernet.call('restore', network);
    const losses: number[][] = cells.map(() => []);
    for (let iteration = 0; iteration < miniBatches; iteration++) {
      const key: MiniBatchKey = { use: 'search', split: 'alpha', iteration };
      const name = miniBatchName(key);
      await supernet.call('putMiniBatch', { name, miniBatch: makeMiniBatch(data, key) });
      const asked = await supernet.call('losses', { miniBatchName: name, candidates: cells, perExample: false });
      for (const [i, { loss }] of asked.entries()) losses[i]?.push(loss);
    }
    return losses.map(mean);
  } finally {
    await supernet.stop();
  }
}
