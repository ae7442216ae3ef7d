import type { Cifar10 } from '../../src/data/cifar10.ts';
import { splitTrainingSet } from '../../src/data/split.ts';
import type { EngineDescription } from '../../src/engine/engine.ts';
import { dropColumns } from '../../src/network/drop-path.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import type { RunConfig, RunFolder } from '../../src/record/run-folder.ts';
import { readRecordedRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { estimateRetraining, networkOf, retrainingIterations } from '../../src/retrain/setup.ts';
import type { PausedEvent, RetrainedEvent, RetrainingEpochEvent, RetrainingEvent } from '../events.ts';
import { firstPictures, type PoolData } from '../pool/make-mini-batch.ts';
import { beginRun, continueRun, type Overrides, type RunOptions } from '../run/begin-run.ts';
import { checkSizes } from '../run/check-sizes.ts';
import { hangLimit, keptEngine } from '../run/engine-choice.ts';
import { planOfWeights } from '../run/machine.ts';
import { recordedEngine, runJob } from '../run/run-job.ts';
import { newestRunState, type RunState } from '../run/run-state.ts';
import { createRetrainingJob } from './job.ts';
import { RetrainingSession } from './session.ts';

/**
 * Refuses a retraining that cannot be made.
 *
 * @throws DataError where the training set has fewer pictures than the options ask for
 * @throws OptionsError where the network or its mini-batches are too large
 */
export function checkRetraining(options: RetrainingOptions, data: Cifar10): void {
  choosePictures(data, options);
  checkSizes(networkOf(options), options.batch);
}

/**
 * Trains the network that a genotype stands for from scratch and tests it, in a new run folder, to the end or until it
 * is paused.
 *
 * @param options resolved by `resolveRetrainingOptions`
 * @param out the folder: new, or empty
 * @throws RunFolderError where something stands in the folder
 * @throws DataError, OptionsError as `checkRetraining` does
 * @throws DivergedError where a loss, a gradient or a weight stops being a finite number
 */
export async function startRetraining(
  options: RetrainingOptions,
  out: string,
  run: RunOptions<RetrainingEvent>,
): Promise<RetrainedEvent | PausedEvent> {
  checkRetraining(options, run.data); // before anything is written
  return await beginRun(out, 'retraining', options, run, (folder, config) => {
    return runRetraining(options, folder, config, run);
  });
}

/**
 * Goes on with the retraining in a folder, from its newest checkpoint, to the same end that it would have come to.
 *
 * @throws RunFolderError where the folder holds no retraining, one of another version, or one that another process
 *   works on
 * @throws CheckpointError where its newest checkpoint is damaged, or all are gone
 * @throws DataError where the run began with other pictures
 */
export async function resumeRetraining(
  path: string,
  overrides: Overrides<RetrainingOptions>,
  run: RunOptions<RetrainingEvent>,
): Promise<RetrainedEvent | PausedEvent> {
  return await continueRun(path, 'retraining', run, (folder, config) => {
    return runRetraining({ ...readRecordedRetrainingOptions(config.options), ...overrides }, folder, config, run);
  });
}

async function runRetraining(
  options: RetrainingOptions,
  folder: RunFolder,
  config: RunConfig,
  { data, onEvent = () => undefined, signal }: RunOptions<RetrainingEvent>,
): Promise<RetrainedEvent | PausedEvent> {
  return await runJob<RunState, RetrainingEpochEvent, RetrainedEvent>({
    folder,
    config,
    plan: planOfWeights(options.epochs, retrainingIterations(options)),
    state: newestRunState(folder, options),
    checkpointSeconds: options.checkpointSeconds,
    estimate: (on) => estimateRetraining(options, data.test.count, on),
    createJob: (tell) => createRetrainingJob(createSession(options, folder, recordedEngine(config), data), tell),
    onEvent,
    signal,
  });
}

function createSession(
  options: RetrainingOptions,
  folder: RunFolder,
  recorded: EngineDescription | null,
  data: Cifar10,
): RetrainingSession {
  const { seed, batch, image, evaluationSize, cutout, dropPath, epochs, backend } = options;
  const { train, test } = data;
  const network = networkOf(options);
  const sample = evaluationSize === 0 ? test.count : Math.min(evaluationSize, test.count);
  const pool: PoolData = {
    train,
    test,
    evaluation: { sample: firstPictures(sample), test: firstPictures(test.count) },
    seed,
    batch,
    image,
    job: {
      name: 'retraining',
      pictures: choosePictures(data, options),
      dropColumns: dropColumns(buildRetrainedNetwork(network)).size,
      ...{ cutout, dropPath, epochs },
    },
  };
  return new RetrainingSession({
    options,
    supernet: { network, engine: keptEngine(options, recorded), batch, seed },
    hangMs: hangLimit((on) => estimateRetraining(options, test.count, on).iterationSeconds, backend, recorded),
    data: pool,
    folder,
  });
}

/** Those that a search of the same seed and size has, both halves of them. */
function choosePictures({ train }: Cifar10, { seed, trainSize }: RetrainingOptions): Uint32Array {
  const { weights, alpha } = splitTrainingSet(train.count, seed, { trainSize });
  const pictures = new Uint32Array(weights.length + alpha.length);
  pictures.set(weights);
  pictures.set(alpha, weights.length);
  return pictures;
}
