import { Random } from '../../src/math/random.ts';
import { concentration } from '../../src/optimize/beta-annealing.ts';
import { meanMixing } from '../../src/search/mean-mixing.ts';
import { splitAlpha } from '../../src/space/alpha.ts';
import type { EpochEvent, Noise } from '../messages.ts';
import { measureAccuracy } from './accuracy.ts';
import { emptyTotals, summarizeAlpha, summarizeWeights } from './epoch-totals.ts';
import { evaluateProposals } from './evaluate-proposals.ts';
import type { StepInput } from './machine.ts';
import { measureNoise } from './noise.ts';
import type { Session } from './session.ts';
import { iterationNumber } from './steps.ts';

/** Closes an epoch: accuracy, noises and means go into the metrics, alpha into its history, and the sums start anew. */
export async function endEpoch(session: Session, at: StepInput): Promise<EpochEvent> {
  const { method, optimizer, options, shape, totals, stopwatch } = session;
  const { epoch } = at.progress;
  const movesAlpha = at.plan.alphaSteps !== 'none';
  const { utilization, queueWaitMs, deaths } = session.pool.takeStatistics();
  const engineMs = (await session.client.call('health', null)).busyMs - stopwatch.engineBeforeMs;
  const validation = await measureAccuracy(session, 'alpha');
  const noiseBatches = movesAlpha ? Math.min(options.noiseBatches, at.plan.iterationsPerEpoch) : 0;
  // One mini-batch has no spread.
  const noise = noiseBatches < 2 ? null : await measureEpochNoise(session, at, noiseBatches);
  const supernet = await session.client.call('health', null);
  const event: EpochEvent = {
    event: 'epoch',
    epoch: epoch + 1,
    epochs: at.plan.epochs,
    step: iterationNumber(at),
    concentration: concentration(epoch / at.plan.epochs),
    weights: summarizeWeights(totals, options.batch),
    alpha: summarizeAlpha(totals, movesAlpha ? at.plan.iterationsPerEpoch : 0),
    validation,
    meanMixing: meanMixing(method, options.threshold, shape, optimizer.position),
    noise,
    pool: { utilization, queueWaitMs, deaths },
    supernet,
    seconds: stopwatch.wallMs / 1000,
    overhead: Math.max(0, 1 - engineMs / stopwatch.wallMs),
  };
  session.metrics.append(event);
  session.metrics.flush();
  recordAlpha(session, epoch + 1, event.step);
  session.totals = emptyTotals();
  session.stopwatch = { wallMs: 0, engineBeforeMs: supernet.busyMs };
  return event;
}

/** Appends the current alpha to its history. */
export function recordAlpha({ alphaHistory, optimizer, shape }: Session, epoch: number, step: number): void {
  const { normal, reduce } = splitAlpha(shape, optimizer.position);
  alphaHistory.append({ epoch, step, normal: [...normal], reduce: [...reduce] });
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
