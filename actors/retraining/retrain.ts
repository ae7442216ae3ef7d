import { checkDataset } from '../../src/data/check-dataset.ts';
import { type LoadedDataset, splitTrainingSet } from '../../src/data/dataset.ts';
import { withPixels } from '../../src/data/pixel-store.ts';
import { dropColumns } from '../../src/network/drop-columns.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { type Bound, bindToData } from '../../src/options/bind-to-data.ts';
import type { RunConfig, RunFolder } from '../../src/record/run-folder.ts';
import { readRecordedRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { estimateRetraining, networkOf, retrainingIterations } from '../../src/retrain/setup.ts';
import type { PausedEvent, RetrainedEvent, RetrainingEvent } from '../events.ts';
import { commonData, firstPictures, type PoolData } from '../pool/make-mini-batch.ts';
import { ThreadPool } from '../pool/pool.ts';
import { beginRun, continueRun, type Overrides, type RunOptions } from '../run/begin-run.ts';
import { hangLimit, keptEngine, type RecordedEngine, recordedEngine } from '../run/engine-choice.ts';
import { runJob } from '../run/run-job.ts';
import { planOfWeights } from '../run/run-plan.ts';
import { RunSession } from '../run/run-session.ts';
import { newestRunState } from '../run/run-state.ts';
import { checkMessageSizes } from '../supernet/build-network.ts';
import { startSupernet } from '../supernet/start.ts';
import type { LabeledPictures } from './gather-predictions.ts';
import { createRetrainingJob } from './retraining-job.ts';

/**
 * Refuses a retraining that cannot be made.
 *
 * @returns the options, bound to the data
 * @throws DataError if the data is not what its shape says, or has fewer training pictures than the options ask for
 * @throws OptionsError if the options contradict the data, or the network or its mini-batches are too large
 */
export function checkRetraining(options: RetrainingOptions, data: LoadedDataset): Bound<RetrainingOptions> {
  checkDataset(data);
  const bound = bindToData(options, data);
  choosePictures(data.train.count, options);
  checkMessageSizes(networkOf(bound), options.batch);
  return bound;
}

/**
 * Trains the network of a genotype from scratch and tests it, in a new run folder, to the end or until it is paused.
 *
 * @param options resolved by `resolveRetrainingOptions`. What they leave open follows from the data
 * @param out run folder, new or empty
 * @throws RunFolderError if the folder holds something
 * @throws DataError, OptionsError as `checkRetraining` does
 * @throws DivergedError if a loss, a gradient or a weight is no longer a finite number
 */
export async function startRetraining(
  options: RetrainingOptions,
  out: string,
  run: RunOptions<RetrainingEvent>,
): Promise<RetrainedEvent | PausedEvent> {
  const bound = checkRetraining(options, run.data); // before anything is written
  return await beginRun(out, 'retraining', bound, run, (folder, config) => {
    return runRetraining(bound, folder, config, run);
  });
}

/**
 * Resumes the retraining in a folder from its newest checkpoint. It ends as it would have ended without the pause.
 *
 * @throws RunFolderError if the folder holds no retraining, one of another version, one that another process uses, or one
 *   that began on an engine that computes other bits
 * @throws CheckpointError if its newest checkpoint is damaged, or all are gone
 * @throws DataError if the run began with other pictures
 */
export async function resumeRetraining(
  path: string,
  overrides: Overrides<RetrainingOptions>,
  run: RunOptions<RetrainingEvent>,
): Promise<RetrainedEvent | PausedEvent> {
  return await continueRun(path, 'retraining', run, (folder, config) => {
    const options = { ...readRecordedRetrainingOptions(config.options), ...overrides };
    return runRetraining(bindToData(options, run.data), folder, config, run);
  });
}

async function runRetraining(
  options: Bound<RetrainingOptions>,
  folder: RunFolder,
  config: RunConfig,
  { data, onEvent = () => undefined, signal, otherEngine }: RunOptions<RetrainingEvent>,
): Promise<RetrainedEvent | PausedEvent> {
  const state = newestRunState(folder, options);
  const session = openSession(options, folder, recordedEngine(config), data);
  return await runJob({
    folder,
    config,
    plan: planOfWeights(options.epochs, retrainingIterations(options)),
    state,
    checkpointSeconds: options.checkpointSeconds,
    estimate: (on) => estimateRetraining(options, data.test.count, on),
    job: createRetrainingJob(session, options, labeledPictures(data), onEvent),
    otherEngine,
    onEvent,
    signal,
  });
}

function openSession(
  options: Bound<RetrainingOptions>,
  folder: RunFolder,
  recorded: RecordedEngine | null,
  dataset: LoadedDataset,
): RunSession {
  const { seed, batch, evaluationSize, cutout, dropPath, epochs, backend } = options;
  const { train, test } = dataset;
  const network = networkOf(options);
  const sample = evaluationSize === 0 ? test.count : Math.min(evaluationSize, test.count);
  const data: PoolData = {
    ...commonData(dataset, options),
    evaluation: { sample: firstPictures(sample), test: firstPictures(test.count) },
    job: {
      name: 'retraining',
      pictures: choosePictures(train.count, options),
      dropColumns: dropColumns(buildRetrainedNetwork(network)).size,
      ...{ cutout, dropPath, epochs },
    },
  };
  const hangMs = hangLimit((on) => estimateRetraining(options, test.count, on).iterationSeconds, backend, recorded);
  return new RunSession({
    folder,
    settings: { network, engine: keptEngine(options, recorded), batch, seed },
    data,
    openPool: () => new ThreadPool(options.workers, data),
    startSupernet: () => startSupernet({ hangMs }),
  });
}

/** The test pictures of a data set, for the record of predictions. */
function labeledPictures({ classes, side, channels, test: { images, labels } }: LoadedDataset): LabeledPictures {
  const length = side * side * channels;
  return {
    ...{ classes, side, channels, labels },
    pixels: (index) => withPixels(images, (read) => read(index * length, length)),
  };
}

/** Chooses the pictures that a search of the same seed and size has, both halves of them. */
function choosePictures(count: number, { seed, trainSize }: RetrainingOptions): Uint32Array {
  const { weights, alpha } = splitTrainingSet(count, seed, { trainSize });
  const pictures = new Uint32Array(weights.length + alpha.length);
  pictures.set(weights);
  pictures.set(alpha, weights.length);
  return pictures;
}
