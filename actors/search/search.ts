import type { Cifar10 } from '../../src/data/cifar10.ts';
import { splitTrainingSet } from '../../src/data/dataset.ts';
import type { RunConfig, RunFolder } from '../../src/record/run-folder.ts';
import { estimateSearch } from '../../src/search/estimate.ts';
import { iterationsPerEpoch, readRecordedOptions } from '../../src/search/options.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { createAlphaOptimizer, type SearchSetup, setUpSearch } from '../../src/search/setup.ts';
import type { DoneEvent, PausedEvent } from '../events.ts';
import { firstPictures, type PoolData } from '../pool/make-mini-batch.ts';
import { ThreadPool } from '../pool/pool.ts';
import { beginRun, continueRun, type Overrides, type RunOptions } from '../run/begin-run.ts';
import { hangLimit, keptEngine, type RecordedEngine, recordedEngine } from '../run/engine-choice.ts';
import type { RunPlan } from '../run/machine.ts';
import { runJob } from '../run/run-job.ts';
import { checkMessageSizes } from '../supernet/build-network.ts';
import { startSupernet } from '../supernet/start.ts';
import { createSearchJob } from './search-job.ts';
import { newestState, SearchSession } from './search-session.ts';

/**
 * Runs a search in a new run folder, to its end or until it is paused.
 *
 * @param options resolved by `resolveSearchOptions`
 * @param out run folder, new or empty
 * @throws RunFolderError if the folder holds something
 * @throws DataError if the training set has fewer pictures than the options ask for
 * @throws OptionsError if the supernet or its mini-batches are too large
 * @throws DivergedError if a loss, a gradient or a weight is no longer a finite number
 */
export async function startSearch(
  options: SearchOptions,
  out: string,
  run: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  // A search that does not fit is refused before anything is written.
  splitTrainingSet(run.data.train.count, options.seed, options);
  checkMessageSizes(setUpSearch(options).network, options.batch);
  return await beginRun(out, 'search', options, run, (folder, config) => runSearch(options, folder, config, run));
}

/**
 * Resumes the search in a folder from its newest checkpoint. It ends as it would have ended without the pause.
 *
 * @throws RunFolderError if the folder holds no search, one of another version, or one that another process uses
 * @throws CheckpointError if its newest checkpoint is damaged, or all are gone
 * @throws DataError if the run began with other pictures
 */
export async function resumeSearch(
  path: string,
  overrides: Overrides<SearchOptions>,
  run: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  return await continueRun(path, 'search', run, (folder, config) => {
    return runSearch({ ...readRecordedOptions(config.options), ...overrides }, folder, config, run);
  });
}

async function runSearch(
  options: SearchOptions,
  folder: RunFolder,
  config: RunConfig,
  { data, onEvent = () => undefined, signal }: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  const setup = setUpSearch(options);
  const state = newestState(folder, options);
  const session = openSession(options, setup, folder, recordedEngine(config), data);
  return await runJob({
    folder,
    config,
    plan: planOf(options, setup),
    state,
    checkpointSeconds: options.checkpointSeconds,
    estimate: (on) => estimateSearch(options, setup, on),
    job: createSearchJob(session, onEvent),
    onEvent,
    signal,
  });
}

function planOf(options: SearchOptions, { method }: SearchSetup): RunPlan {
  const alternating = options.mode === 'joint' ? 'joint' : 'alternating';
  return {
    epochs: options.epochs,
    iterationsPerEpoch: iterationsPerEpoch(options),
    stepMode: method.alphaSteps === 'local+global' ? alternating : method.alphaSteps,
    alternation: { minSteps: options.minSteps, switch: options.switch },
  };
}

function openSession(
  options: SearchOptions,
  setup: SearchSetup,
  folder: RunFolder,
  recorded: RecordedEngine | null,
  { train, test }: Cifar10,
): SearchSession {
  const { seed, batch, image } = options;
  const split = splitTrainingSet(train.count, seed, options);
  const most = options.evaluationSize === 0 ? Number.POSITIVE_INFINITY : options.evaluationSize;
  const evaluation = {
    weights: split.weights.slice(0, most),
    alpha: split.alpha.slice(0, most),
    test: firstPictures(Math.min(most, test.count)),
  };
  const job = { name: 'search', split, objective: setup.objective } as const;
  const data: PoolData = { train, test, evaluation, seed, batch, image, job };
  const hangMs = hangLimit((on) => estimateSearch(options, setup, on).iterationSeconds, options.backend, recorded);
  return new SearchSession({
    options,
    method: setup.method,
    shape: setup.shape,
    objective: createSearchObjective(setup.objective),
    optimizer: createAlphaOptimizer(options, setup),
    folder,
    settings: { network: setup.network, engine: keptEngine(options, recorded), batch, seed },
    data,
    openPool: () => new ThreadPool(options.workers, data),
    startSupernet: () => startSupernet({ hangMs }),
  });
}
