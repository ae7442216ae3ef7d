import type { EventFile } from '../../src/record/event-file.ts';
import { dropProbabilityOf, learningRateOf } from '../../src/retrain/schedules.ts';
import type { RetrainingEpochEvent } from '../events.ts';
import { measureAccuracy } from '../run/accuracy.ts';
import { readStopwatch, restartStopwatch } from '../run/epoch-timing.ts';
import { emptyWeightsTotals, summarizeWeights } from '../run/epoch-totals.ts';
import { iterationNumber, type StepInput } from '../run/machine.ts';
import { NO_MIXING } from './no-mixing.ts';
import type { RetrainingSession } from './session.ts';

/** Closes an epoch: its means and the test accuracy go into the metrics, and the sums start anew. */
export async function endEpoch(session: RetrainingSession, at: StepInput): Promise<RetrainingEpochEvent> {
  const { options, totals, stopwatch, metrics, events } = session;
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
    weights: summarizeWeights(totals.weights, options.batch),
    test,
    imagesPerSecond: (1000 * stopwatch.steps * options.batch) / stopwatch.wallMs,
    ...timing,
    supernet: await restartStopwatch(session),
  };
  metrics.append(event);
  metrics.flush();
  chartEpoch(events, event);
  session.totals = { weights: emptyWeightsTotals() };
  return event;
}

/** What of an epoch is charted over the steps. */
function chartEpoch(events: EventFile, { step, weights, test, learningRate, dropProbability }: RetrainingEpochEvent) {
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
