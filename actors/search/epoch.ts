import { concentration } from '../../src/optimize/dscd/beta-annealing.ts';
import { flagName } from '../../src/options/flag-text.ts';
import type { EventFile } from '../../src/record/event-file.ts';
import { dropProbability } from '../../src/search/epoch-schedules.ts';
import { indicatorsOf } from '../../src/search/watches/indicators.ts';
import { decayOf, judgeEpoch } from '../../src/search/watches/judge-epoch.ts';
import { splitAlpha } from '../../src/space/alpha.ts';
import type { EpochEvent } from '../events.ts';
import { measureAccuracy } from '../run/accuracy.ts';
import { readStopwatch, restartStopwatch, summarizeWeights } from '../run/epoch-sums.ts';
import { countAlphaSteps, iterationNumber, progressOf, type StepInput } from '../run/run-plan.ts';
import { deriveCurrent } from './derive-current.ts';
import { measureEpochNoise } from './noise.ts';
import { emptyTotals, type SearchSession, summarizeAlpha } from './search-session.ts';
import { learningRateOf } from './steps.ts';
import { watchEpoch } from './watch.ts';

/** Ends an epoch: writes accuracy, noises and means to the metrics and alpha to its history, and starts new sums. */
export async function endEpoch(session: SearchSession, at: StepInput): Promise<EpochEvent> {
  const { freezing, objective, optimizer, options, totals } = session;
  const { epoch } = at.progress;
  const timing = await readStopwatch(session);
  const validation = await measureAccuracy(session, 'alpha', objective.mixing(optimizer.position, progressOf(at)));
  const noise = await measureEpochNoise(session, at);
  const weightsDecay = decayOf(session.watch, options);
  const indicators = indicatorsOf(options);
  const watched = indicators.size > 0 ? await watchEpoch(session, at, indicators) : undefined;
  if (watched !== undefined) {
    const ended = { epoch, epochs: at.plan.epochs, alpha: session.alpha, ...watched };
    session.watch = judgeEpoch(session.watch, ended, options);
  }
  const event: EpochEvent = {
    event: 'epoch',
    epoch: epoch + 1,
    epochs: at.plan.epochs,
    step: iterationNumber(at),
    concentration: concentration(progressOf(at)),
    weights: summarizeWeights(totals.weights, options.batch),
    alpha: summarizeAlpha(totals, countAlphaSteps(at.plan, epoch)),
    validation,
    meanMixing: deriveCurrent(session).meanMixing,
    noise,
    ...(options.eigenvalueRise === 'decay' && { weightsDecay }),
    ...(watched !== undefined && { watched }),
    ...(freezing && { freezing: { frozen: freezing.frozen.length, operations: freezing.operations.length } }),
    ...(options.dropPath > 0 && { dropProbability: dropProbability(epoch, options.epochs, options.dropPath) }),
    ...timing,
    supernet: await restartStopwatch(session),
  };
  session.metrics.append(event);
  session.metrics.flush();
  chartEpoch(session.events, event, learningRateOf(options, at));
  recordAlpha(session, epoch + 1, event.step);
  session.totals = emptyTotals();
  return event;
}

/**
 * Appends the current alpha to its history, and its distribution to the charts.
 *
 * @param epoch epochs completed
 * @param iteration iterations completed
 */
export function recordAlpha(session: SearchSession, epoch: number, iteration: number): void {
  const { alpha, alphaHistory, events, shape } = session;
  const { normal, reduce } = splitAlpha(shape, alpha);
  alphaHistory.append({ epoch, step: iteration, normal: [...normal], reduce: [...reduce] });
  alphaHistory.flush(); // cells can be derived from a search that goes on
  events.appendHistogram(iteration, 'alpha/normal', normal.filter(Number.isFinite));
  events.appendHistogram(iteration, 'alpha/reduce', reduce.filter(Number.isFinite));
  events.flush();
}

/** Charts an epoch over the iterations completed. */
function chartEpoch(
  events: EventFile,
  { step, weights, alpha, validation, meanMixing, watched, dropProbability: chance, freezing }: EpochEvent,
  rate: number,
): void {
  events.appendScalars(step, {
    'loss/weights': weights.loss,
    ...(alpha.loss === null ? {} : { 'loss/alpha': alpha.loss }),
    'loss/validation': validation.loss,
    'accuracy/weights': weights.accuracy,
    'accuracy/validation': validation.accuracy,
    'learning-rate/weights': rate,
    ...(freezing && { 'frozen-operations': freezing.frozen }),
    ...(chance !== undefined && { 'drop-probability': chance }),
    'mean-mixing/normal': meanMixing.before.normal,
    'mean-mixing/reduce': meanMixing.before.reduce,
    ...Object.fromEntries(
      Object.entries(watched ?? {}).flatMap(([name, value]) =>
        value === null ? [] : [[`watch/${flagName(name)}`, value]],
      ),
    ),
  });
}
