import { Random } from '../../src/math/random.ts';
import { mean } from '../../src/math/statistics.ts';
import { concentration } from '../../src/optimize/beta-annealing.ts';
import { deriveCells } from '../../src/search/derive.ts';
import { splitAlpha } from '../../src/space/alpha.ts';
import { CELL_KINDS, cellEdges } from '../../src/space/cell.ts';
import type { EpochEvent, Noise } from '../messages.ts';
import { evaluateProposals } from '../pool/evaluate.ts';
import { measureAccuracy } from './accuracy.ts';
import { emptyTotals, summarizeAlpha, summarizeWeights } from './epoch-totals.ts';
import type { StepInput } from './machine.ts';
import { measureNoise } from './noise.ts';
import type { Session } from './session.ts';
import { stepNumber } from './steps.ts';

/** Closes an epoch: accuracy, noises and means go into the metrics, alpha into its history, and the sums start anew. */
export async function endEpoch(session: Session, at: StepInput): Promise<EpochEvent> {
  const { options, totals, stopwatch } = session;
  const { epoch } = at.progress;
  const movesAlpha = at.plan.alphaSteps !== 'none';
  const { utilization, queueWaitMs, deaths } = session.pool.takeStatistics();
  const engineMs = (await session.client.call('health', null)).busyMs - stopwatch.engineBeforeMs;
  const validation = await measureAccuracy(session, 'alpha');
  const noise = movesAlpha && options.noiseBatches >= 2 ? await measureEpochNoise(session, at) : null;
  const supernet = await session.client.call('health', null);
  const event: EpochEvent = {
    event: 'epoch',
    epoch: epoch + 1,
    epochs: at.plan.epochs,
    step: stepNumber(at),
    concentration: concentration(epoch / at.plan.epochs),
    weights: summarizeWeights(totals, options.batch),
    alpha: summarizeAlpha(totals, movesAlpha ? at.plan.iterationsPerEpoch : 0),
    validation,
    meanMixing: meanMixing(session),
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

/** Mean mixing weight of each cell, before and after discretization: Figures 1 and 2 of the paper, by epoch. */
function meanMixing(session: Session): EpochEvent['meanMixing'] {
  const { method, objective, optimizer, options, shape } = session;
  const mixing = objective.mixing(optimizer.position);
  const { genotype } = deriveCells(method, options.threshold, shape, optimizer.position);
  const edges = cellEdges(shape.nodes);
  const means = { before: { normal: 0, reduce: 0 }, after: { normal: 0, reduce: 0 } };
  for (const kind of CELL_KINDS) {
    const weights = mixing[kind];
    means.before[kind] = mean(weights);
    for (const { primitive, from, to } of genotype[kind]) {
      const row = edges.findIndex((edge) => edge.from === from && edge.to === to);
      const column = shape.primitives.indexOf(primitive);
      means.after[kind] += (weights[row * shape.primitives.length + column] as number) / weights.length;
    }
  }
  return means;
}

/** Measures the noises on the epoch's last mini-batches, which are at hand for any epoch at any time. */
function measureEpochNoise(session: Session, at: StepInput): Promise<Noise> {
  const { options, optimizer, pool, address } = session;
  const { position } = optimizer;
  const random = Random.fromSeed(options.seed, 'noise', at.progress.epoch);
  const batches = Math.min(options.noiseBatches, at.plan.iterationsPerEpoch);
  const last = stepNumber(at) - 1;
  return measureNoise(position, options.domain, random, batches, (i, proposals) =>
    evaluateProposals(
      pool,
      address,
      { use: 'search', split: 'alpha', step: last - i },
      { position, proposals, base: true, perExample: false },
    ),
  );
}
