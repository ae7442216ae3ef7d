import { performance } from 'node:perf_hooks';
import type { MixingWeights } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { mean } from '../../src/math/statistics.ts';
import type { ProjectionLine } from '../../src/record/projection-line.ts';
import { decide, nextDecision, removeEach, tellRemovals } from '../../src/search/decision.ts';
import { beginProjections } from '../../src/search/projection.ts';
import { checkFinite } from '../run/diverged-error.ts';
import { iterationNumber, progressOf, type StepInput } from '../run/run-plan.ts';
import { keyOf } from './key-of.ts';
import type { SearchSession } from './search-session.ts';

/**
 * Makes the next decision of a tuning (DARTS-PT): judges the supernet without each operation of an edge, or without each edge of
 * a node, and keeps what is missed most. Before the first one, SGD on w starts again, at velocity 0. The decision goes to
 * the metrics.
 *
 * @throws DivergedError if a score is not finite
 */
export async function makeDecision(session: SearchSession, at: StepInput): Promise<ProjectionLine> {
  const { metrics, objective, optimizer, options, shape, stopwatch } = session;
  const began = performance.now();
  const { decisions: made = 0, epoch } = at.progress;
  if (made === 0) await resetVelocity(session);
  const projections = session.projections ?? beginProjections(shape.nodes);
  const decision = nextDecision(shape, projections, made, Random.fromSeed(options.seed, 'projection', made));
  const without = removeEach(shape, decision, objective.mixing(optimizer.position, progressOf(at)));
  const scores = await judge(session, at, without);
  const criterion = options.projectionCriterion;
  checkFinite(`the ${criterion} of the supernet without an operation`, scores, iterationNumber(at));
  const decided = decide(decision, projections, scores, criterion);
  session.projections = decided;
  const { cell, chooses } = decision;
  const removals = tellRemovals(shape, decision, decided[cell]);
  const line: ProjectionLine = {
    event: 'projection',
    decision: made + 1,
    decisions: at.plan.tuning?.decisions ?? 0,
    epoch,
    step: iterationNumber(at),
    cell,
    chooses,
    to: removals[0]?.to as number,
    criterion,
    removals: removals.map(({ primitive, from, kept }, i) => ({ primitive, from, score: scores[i] as number, kept })),
  };
  metrics.append(line);
  metrics.flush();
  stopwatch.wallMs += performance.now() - began;
  return line;
}

/** Starts SGD on w again: its velocity is that of a network before its first step. */
async function resetVelocity({ supernet }: SearchSession): Promise<void> {
  await supernet.call('restore', { ...(await supernet.call('save', null)), velocity: {} });
}

/**
 * Measures accuracies or mean losses over the mini-batches of the half for alpha in the epoch to come, by batch statistics. A
 * task has one mini-batch and all mixing weights, so the number of workers changes nothing.
 */
async function judge(
  { pool, supernet: { address }, options }: SearchSession,
  at: StepInput,
  candidates: readonly MixingWeights[],
): Promise<number[]> {
  const { batch, projectionBatches: most, projectionCriterion: criterion } = options;
  const count = most === 0 ? at.plan.iterationsPerEpoch : Math.min(most, at.plan.iterationsPerEpoch);
  const first = iterationNumber(at);
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      pool.measureLosses({ address, key: keyOf('alpha', first + i), candidates }),
    ),
  );
  return candidates.map((_, candidate) => {
    const own = answers.map(({ [candidate]: answer }) => {
      if (answer === undefined) throw new Error(`${candidates.length} mixing weights must have a loss each`);
      return answer;
    });
    // Pictures are counted, so that equal accuracies are equal to the last bit.
    if (criterion === 'accuracy') return own.reduce((sum, { correct }) => sum + correct, 0) / (count * batch);
    return mean(own.map(({ loss }) => loss));
  });
}
