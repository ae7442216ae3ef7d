import { createHash } from 'node:crypto';
import type { MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import { countMacs, countParameters } from '../../src/network/count.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import type { EventFile } from '../../src/record/event-file.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { dropProbabilityOf, learningRateOf } from '../../src/retrain/schedules.ts';
import { networkOf } from '../../src/retrain/setup.ts';
import type { RetrainedEvent, RetrainingEpochEvent, RetrainingEvent } from '../events.ts';
import { measureAccuracy, measurePredictions } from '../run/accuracy.ts';
import { warnOfLoss } from '../run/diverged-error.ts';
import { emptyWeightsTotals, readStopwatch, restartStopwatch, summarizeWeights } from '../run/epoch-sums.ts';
import { iterationNumber, type StepInput } from '../run/run-plan.ts';
import type { RunSession } from '../run/run-session.ts';
import { newestRunState, type RunState } from '../run/run-state.ts';
import { trainWeights } from '../run/train-weights.ts';
import type { Job } from '../run/wiring.ts';
import { gatherPredictions, type LabeledPictures } from './gather-predictions.ts';

/** Mixing weights of a network that has none. */
export const NO_MIXING: MixingWeights = { normal: new Float32Array(), reduce: new Float32Array() };

/**
 * Creates the job of a retraining: the work that the machine asks for.
 *
 * @param pictures all test pictures
 * @param tell hears of each iteration and of each epoch
 */
export function createRetrainingJob(
  session: RunSession,
  options: RetrainingOptions,
  pictures: LabeledPictures,
  tell: (event: RetrainingEvent) => void,
): Job<RunState, RetrainedEvent> {
  const { momentum, weightDecay, clipNorm, auxiliaryWeight } = options;
  let totals = { weights: emptyWeightsTotals() };
  return {
    session,
    options,
    begin: () => undefined,
    async weightsStep(at) {
      const iteration = iterationNumber(at);
      const learningRate = learningRateOf(options, at.progress.epoch);
      const loss = await trainWeights(session, totals.weights, {
        iteration,
        key: (needed) => ({ use: 'retraining', iteration: needed }),
        mixing: NO_MIXING,
        settings: { learningRate, momentum, weightDecay, clipNorm, auxiliaryWeight },
      });
      const steps = at.plan.epochs * at.plan.iterationsPerEpoch;
      tell({ event: 'step', step: iteration + 1, steps, kind: 'weights', loss });
    },
    alphaStep: () => Promise.reject(new Error('a retraining takes no steps on alpha')),
    async endOfEpoch(at) {
      const weights = summarizeWeights(totals.weights, options.batch);
      const ended = await endEpoch(session, options, at, weights);
      totals = { weights: emptyWeightsTotals() };
      tell(ended);
      for (const warning of warnOfLoss('test loss', ended.epoch, ended.test.loss)) tell(warning);
      return 'next';
    },
    finish: (signal) => finishRetraining(session, options, pictures, signal),
    save: () => ({ totals }),
    restore(state) {
      totals = state.totals;
    },
    newestState: (iterations) => newestRunState(session.folder, options, iterations),
  };
}

/** Ends an epoch: writes the means of its steps and the test accuracy to the metrics. */
async function endEpoch(
  session: RunSession,
  options: RetrainingOptions,
  at: StepInput,
  weights: RetrainingEpochEvent['weights'],
): Promise<RetrainingEpochEvent> {
  const { stopwatch, metrics, events } = session;
  const { epoch } = at.progress;
  const timing = await readStopwatch(session);
  const test = await measureAccuracy(session, 'sample', NO_MIXING);
  const event: RetrainingEpochEvent = {
    event: 'epoch',
    epoch: epoch + 1,
    epochs: at.plan.epochs,
    step: iterationNumber(at),
    learningRate: learningRateOf(options, epoch),
    dropProbability: dropProbabilityOf(options, epoch),
    weights,
    test,
    imagesPerSecond: (1000 * stopwatch.steps * options.batch) / stopwatch.wallMs,
    ...timing,
    supernet: await restartStopwatch(session),
  };
  metrics.append(event);
  metrics.flush();
  chartEpoch(events, event);
  return event;
}

/** Charts an epoch over the iterations completed. */
function chartEpoch(
  events: EventFile,
  { step, weights, test, learningRate, dropProbability }: RetrainingEpochEvent,
): void {
  events.appendScalars(step, {
    'loss/train': weights.loss,
    'loss/test': test.loss,
    'accuracy/train': weights.accuracy,
    'accuracy/test': test.accuracy,
    'learning-rate/weights': learningRate,
    'drop-probability': dropProbability,
  });
  events.flush();
}

/**
 * Ends a retraining: measures the network on the whole test set, and writes its predictions and the result.
 *
 * @throws the signal's reason if it is aborted before anything is written
 */
async function finishRetraining(
  session: RunSession,
  options: RetrainingOptions,
  pictures: LabeledPictures,
  signal: AbortSignal,
): Promise<RetrainedEvent> {
  const { folder, metrics, supernet } = session;
  const { accuracy: test, predictions } = await measurePredictions(session, 'test', NO_MIXING);
  const weightsDigest = digestOf(await supernet.call('save', null));
  const graph = buildRetrainedNetwork({ ...networkOf(options), auxiliary: false });
  signal.throwIfAborted();
  const event: RetrainedEvent = {
    event: 'done',
    genotype: options.genotype,
    test,
    parameters: countParameters(graph),
    macs: countMacs(graph),
    weightsDigest,
    run: folder.path,
  };
  writeFileAtomically(folder.predictions, `${JSON.stringify(gatherPredictions(predictions, pictures))}\n`);
  writeFileAtomically(folder.result, `${JSON.stringify(event, null, 2)}\n`);
  metrics.append(event);
  return event;
}

/** Returns the SHA-256 of the numbers' bytes, in the order of their names, little-endian on every machine. */
function digestOf({ weights, statistics }: NetworkState): string {
  const hash = createHash('sha256');
  const tensors = [weights, statistics].flatMap((part) => Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const [name, values] of tensors) {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4);
    hash.update(`${name}\n`).update(bytes);
  }
  return hash.digest('hex');
}
