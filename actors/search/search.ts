import { checkDataset } from '../../src/data/check-dataset.ts';
import { type LoadedDataset, splitTrainingSet } from '../../src/data/dataset.ts';
import { dropColumns } from '../../src/network/drop-columns.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { type Bound, bindToData } from '../../src/options/bind-to-data.ts';
import type { RunConfig, RunFolder } from '../../src/record/run-folder.ts';
import type { SearchMethod } from '../../src/search/method.ts';
import { readRecordedOptions } from '../../src/search/options.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import {
  createAlphaOptimizer,
  estimateSearch,
  iterationsPerEpoch,
  type SearchSetup,
  setUpSearch,
} from '../../src/search/setup.ts';
import { countEpochs, planTuning } from '../../src/search/tuning.ts';
import { Freezing } from '../../src/search/watches/freezing.ts';
import type { DoneEvent, PausedEvent } from '../events.ts';
import { commonData, firstPictures, type PoolData, type SearchData } from '../pool/make-mini-batch.ts';
import { ThreadPool } from '../pool/pool.ts';
import { beginRun, continueRun, type Overrides, type RunOptions } from '../run/begin-run.ts';
import { hangLimit, keptEngine, type RecordedEngine, recordedEngine } from '../run/engine-choice.ts';
import { runJob } from '../run/run-job.ts';
import type { RunPlan } from '../run/run-plan.ts';
import { checkMessageSizes } from '../supernet/build-network.ts';
import { startSupernet } from '../supernet/start.ts';
import { createSearchJob } from './search-job.ts';
import { newestState, SearchSession } from './search-session.ts';

/** Surroundings of a search, besides its options. */
export interface SearchRunOptions extends RunOptions {
  /**
   * The search method, if it is one of the caller's own: the record keeps only its name, so a resumed search must be
   * given the same method again.
   */
  readonly method?: SearchMethod | undefined;
}

/**
 * Runs a search in a new run folder, to its end or until it is paused.
 *
 * @param options resolved by `resolveSearchOptions`. What they leave open follows from the data
 * @param out the folder: new, or empty
 * @throws RunFolderError if the folder is not empty
 * @throws DataError if the data is not what its shape says, or has fewer training pictures than the options ask for
 * @throws OptionsError if the options contradict the data, the supernet or its mini-batches are too large, or the options'
 *   own method is missing
 * @throws DivergedError if a loss, a gradient or a weight stops being a finite number
 */
export async function startSearch(
  options: SearchOptions,
  out: string,
  run: SearchRunOptions,
): Promise<DoneEvent | PausedEvent> {
  // A search that does not fit is refused before anything is written.
  checkDataset(run.data);
  const bound = bindToData(options, run.data);
  splitTrainingSet(run.data.train.count, options.seed, options);
  for (const { network } of setUpSearch(bound, run.method).stages) checkMessageSizes(network, options.batch);
  return await beginRun(out, 'search', bound, run, (folder, config) => runSearch(bound, folder, config, run));
}

/**
 * Resumes the search in a folder from its newest checkpoint: it ends as if it had never been interrupted.
 *
 * @param overrides options that may change
 * @throws RunFolderError if the folder holds no search, one of another version, one that another process works on, or one
 *   that began on an engine that computes other bits
 * @throws CheckpointError if its newest checkpoint is damaged, or all are gone
 * @throws DataError if the run began with other pictures
 * @throws OptionsError if the recorded options are damaged, or the search's own method is missing
 */
export async function resumeSearch(
  path: string,
  overrides: Overrides<SearchOptions>,
  run: SearchRunOptions,
): Promise<DoneEvent | PausedEvent> {
  return await continueRun(path, 'search', run, (folder, config) => {
    const options = { ...readRecordedOptions(config.options, run.method), ...overrides };
    return runSearch(bindToData(options, run.data), folder, config, run);
  });
}

async function runSearch(
  options: Bound<SearchOptions>,
  folder: RunFolder,
  config: RunConfig,
  { data, method, onEvent = () => undefined, signal, otherEngine }: SearchRunOptions,
): Promise<DoneEvent | PausedEvent> {
  const setup = setUpSearch(options, method);
  const state = newestState(folder, options);
  const session = openSession(options, setup, folder, recordedEngine(config), data);
  return await runJob({
    folder,
    config,
    plan: planOf(options, setup),
    state,
    checkpointSeconds: options.checkpointSeconds,
    estimate: (on) => estimateSearch(options, setup, on, data.test.count),
    job: createSearchJob(session, onEvent),
    otherEngine,
    onEvent,
    signal,
  });
}

function planOf(options: SearchOptions, { method, stages }: SearchSetup): RunPlan {
  const tuning = planTuning(options);
  const alternating = options.mode === 'joint' ? 'joint' : 'alternating';
  return {
    epochs: countEpochs(options),
    iterationsPerEpoch: iterationsPerEpoch(options),
    stepMode: method.alphaMoves === 'local+global' ? alternating : method.alphaMoves,
    alphaEvery: options.alphaEvery,
    alphaRest: options.alphaRest,
    stageStarts: stages.map(({ start }) => start),
    alternation: { minSteps: options.minSteps, switch: options.switch },
    ...(tuning !== null && { tuning }),
  };
}

function openSession(
  options: Bound<SearchOptions>,
  setup: SearchSetup,
  folder: RunFolder,
  recorded: RecordedEngine | null,
  dataset: LoadedDataset,
): SearchSession {
  const { seed, batch, cutout, dropPath, epochs, freeze } = options;
  const { train, test } = dataset;
  const split = splitTrainingSet(train.count, seed, options);
  const most = options.evaluationSize === 0 ? Number.POSITIVE_INFINITY : options.evaluationSize;
  const evaluation = {
    weights: split.weights.slice(0, most),
    alpha: split.alpha.slice(0, most),
    test: firstPictures(Math.min(most, test.count)),
  };
  const graph = buildSupernet(setup.network);
  const job: SearchData = {
    ...{ name: 'search', split, objective: setup.objective },
    ...(dropPath > 0 && {
      drops: { cutout, dropPath, epochs, columns: dropColumns(graph).size },
    }),
  };
  const data: PoolData = { ...commonData(dataset, options), evaluation, job };
  const hangMs = hangLimit((on) => estimateSearch(options, setup, on).iterationSeconds, options.backend, recorded);
  return new SearchSession({
    options,
    setup,
    optimizer: createAlphaOptimizer(options, setup),
    freezing: freeze === 'none' ? null : new Freezing(graph, options),
    folder,
    settings: { network: setup.network, engine: keptEngine(options, recorded), batch, seed },
    data,
    openPool: () => new ThreadPool(options.workers, data),
    startSupernet: () => startSupernet({ hangMs }),
  });
}
