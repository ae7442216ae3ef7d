import { Random } from '../../src/math/random.ts';
import { concentration } from '../../src/optimize/dscd/beta-annealing.ts';
import type { EventFile } from '../../src/record/event-file.ts';
import type { Noise } from '../../src/record/metrics-line.ts';
import { meanMixing } from '../../src/search/derive.ts';
import { splitAlpha } from '../../src/space/alpha.ts';
import type { EpochEvent } from '../events.ts';
import { measureAccuracy } from '../run/accuracy.ts';
import { readStopwatch, restartStopwatch } from '../run/epoch-timing.ts';
import { emptyTotals, summarizeAlpha, summarizeWeights } from '../run/epoch-totals.ts';
import { iterationNumber, type StepInput } from '../run/machine.ts';
import { evaluateProposals } from './evaluate-proposals.ts';
import { measureNoise } from './noise.ts';
import type { Session } from './session.ts';
import { learningRateOf } from './steps.ts';

/** Closes an epoch: accuracy, noises and means go into the metrics, alpha into its history, and the sums start anew. */
export async function endEpoch(session: Session, at: StepInput): Promise<EpochEvent> {
  const { method, objective, optimizer, options, shape, totals } = session;
  const { epoch } = at.progress;
  const movesAlpha = at.plan.alphaSteps !== 'none';
  const timing = await readStopwatch(session);
  const validation = await measureAccuracy(session, 'alpha', objective.mixing(optimizer.position));
  const noiseBatches = movesAlpha ? Math.min(options.noiseBatches, at.plan.iterationsPerEpoch) : 0;
  // One mini-batch has no spread.
  const noise = noiseBatches < 2 ? null : await measureEpochNoise(session, at, noiseBatches);
  const event: EpochEvent = {
    event: 'epoch',
    epoch: epoch + 1,
    epochs: at.plan.epochs,
    step: iterationNumber(at),
    concentration: concentration(epoch / at.plan.epochs),
    weights: summarizeWeights(totals.weights, options.batch),
    alpha: summarizeAlpha(totals, movesAlpha ? at.plan.iterationsPerEpoch : 0),
    validation,
    meanMixing: meanMixing(method, options.threshold, shape, optimizer.position),
    noise,
    ...timing,
    supernet: await restartStopwatch(session),
  };
  session.metrics.append(event);
  session.metrics.flush();
  chartEpoch(session.events, event, learningRateOf(options, epoch / at.plan.epochs));
  recordAlpha(session, epoch + 1, event.step);
  session.totals = emptyTotals();
  return event;
}

/** Appends the current alpha to its history, and its distribution to the charts. */
export function recordAlpha({ alphaHistory, events, optimizer, shape }: Session, epoch: number, step: number): void {
  const { normal, reduce } = splitAlpha(shape, optimizer.position);
  alphaHistory.append({ epoch, step, normal: [...normal], reduce: [...reduce] });
  events.appendHistogram(step, 'alpha/normal', normal);
  events.appendHistogram(step, 'alpha/reduce', reduce);
  events.flush();
}

/** What of an epoch is charted over the steps. */
function chartEpoch(
  events: EventFile,
  { step, weights, alpha, validation, meanMixing }: EpochEvent,
  rate: number,
): void {
  events.appendScalars(step, {
    'loss/weights': weights.loss,
    ...(alpha.loss === null ? {} : { 'loss/alpha': alpha.loss }),
    'loss/validation': validation.loss,
    'accuracy/weights': weights.accuracy,
    'accuracy/validation': validation.accuracy,
    'learning-rate/weights': rate,
    'mean-mixing/normal': meanMixing.before.normal,
    'mean-mixing/reduce': meanMixing.before.reduce,
  });
}

/** Measures the noises on the epoch's last mini-batches, which are at hand for any epoch at any time. */
function measureEpochNoise(session: Session, at: StepInput, batches: number): Promise<Noise> {
  const { options, optimizer, pool, address } = session;
  const { position } = optimizer;
  const random = Random.fromSeed(options.seed, 'noise', at.progress.epoch);
  const last = iterationNumber(at) - 1;
  return measureNoise(position, options.domain, random, batches, (i, proposals) =>
    evaluateProposals(
      pool,
      address,
      { use: 'search', split: 'alpha', step: last - i },
      { position, proposals, base: true, perExample: false },
    ),
  );
}
