import { performance } from 'node:perf_hooks';
import type { WeightsStepSettings } from '../../src/engine/engine.ts';
import { cosine } from '../../src/optimize/schedules.ts';
import type { Evaluation, StepAnswer, StepKind } from '../../src/optimize/step.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { MiniBatchKey } from '../messages.ts';
import { DivergedError } from './diverged-error.ts';
import { addAlphaStep } from './epoch-totals.ts';
import { evaluateProposals } from './evaluate-proposals.ts';
import type { StepInput } from './machine.ts';
import type { Session } from './session.ts';

const LOWER = ': try a lower learning rate';

function checkFinite(what: string, value: number, iteration: number, hint = ''): void {
  if (!Number.isFinite(value)) throw new DivergedError(`${what} became ${value} in iteration ${iteration}${hint}`);
}

/** Iterations completed before this one, over the whole search. */
export function iterationNumber({ progress, plan }: StepInput): number {
  return progress.epoch * plan.iterationsPerEpoch + progress.iteration;
}

/** The mini-batch of an iteration: the weights' and alpha's halves advance together. */
function batchKey(split: 'weights' | 'alpha', iteration: number): MiniBatchKey {
  return { use: 'search', split, step: iteration };
}

/**
 * One step of SGD on w, on the training half (eq. 11), its learning rate falling along a cosine by epochs.
 *
 * @returns mean cross-entropy before the step
 * @throws DivergedError where the loss or the gradient is not finite: the supernet's weights are spoiled then
 */
export async function stepWeights(session: Session, at: StepInput): Promise<number> {
  const { options, optimizer, objective, batches, totals, stopwatch } = session;
  const iteration = iterationNumber(at);
  const began = performance.now();
  const settings = weightsSettings(options, at.progress.epoch / at.plan.epochs);
  const mixing = objective.mixing(optimizer.position);
  batches.prefetch(batchKey('weights', iteration));
  if (at.plan.alphaSteps !== 'none') batches.prefetch(batchKey('alpha', iteration));
  const result = await batches.use(batchKey('weights', iteration), (batch) => {
    const stepped = session.client.call('weightsStep', { batch, mixing, settings });
    // While the engine computes, a worker prepares what the next iteration needs.
    batches.prefetch(batchKey('weights', iteration + 1));
    if (at.plan.alphaSteps !== 'none') batches.prefetch(batchKey('alpha', iteration + 1));
    return stepped;
  });
  checkFinite('the training loss', result.loss, iteration, LOWER);
  // A rectifier may swallow what is not finite on its way to the loss; the gradient still shows it.
  checkFinite('the norm of the gradient in the weights', result.gradientNorm, iteration, LOWER);
  totals.weights.steps++;
  totals.weights.loss += result.loss;
  totals.weights.correct += result.correct;
  totals.weights.gradientNorm += result.gradientNorm;
  stopwatch.wallMs += performance.now() - began;
  return result.loss;
}

function weightsSettings(options: SearchOptions, progress: number): WeightsStepSettings {
  const { weightsLearningRate, weightsLearningRateEnd, momentum, weightsDecay, clipNorm } = options;
  const learningRate = cosine(weightsLearningRate, weightsLearningRateEnd)(progress);
  return { learningRate, momentum, weightDecay: weightsDecay, clipNorm };
}

/**
 * One step on alpha, on the other half: the optimizer says what it needs evaluated, the supernet gives the gradient
 * and the pool the proposals, and the optimizer decides.
 *
 * @returns the step's loss, regularizer included
 * @throws DivergedError where the loss at the position, or its gradient, is not finite. A proposal whose loss is not is
 *   rejected.
 */
export async function stepAlpha(session: Session, at: StepInput & { readonly kind: StepKind }): Promise<number> {
  const { optimizer, totals, trace, stopwatch } = session;
  const iteration = iterationNumber(at);
  const began = performance.now();
  const request = optimizer.ask(at.kind, at.progress.epoch / at.plan.epochs);
  const key = batchKey('alpha', iteration);
  const [local, global] = await Promise.all([
    request.gradient ? evaluateGradient(session, key, request.position) : null,
    request.proposals.length > 0 ? evaluateProposals(session.pool, session.address, key, request) : null,
  ]);
  for (const base of [local?.base, global?.base]) checkFinite('the validation loss', base?.loss ?? 0, iteration);
  checkFinite('the gradient in alpha', local?.gradient.find((slope) => !Number.isFinite(slope)) ?? 0, iteration);
  const answer: StepAnswer = { proposals: [], ...local, ...global };
  const outcome = optimizer.tell(request, answer);
  const losses = answer.proposals.map(({ loss }) => loss);
  trace.decision({ step: iteration, epoch: at.progress.epoch }, request, losses, outcome);
  addAlphaStep(totals, outcome);
  stopwatch.wallMs += performance.now() - began;
  return outcome.loss;
}

/** Loss and gradient at the position, regularizer included. */
async function evaluateGradient(
  { batches, client, objective }: Session,
  key: MiniBatchKey,
  position: Float64Array,
): Promise<{ base: Evaluation; gradient: Float64Array }> {
  const mixing = objective.mixing(position);
  const result = await batches.use(key, (batch) => client.call('mixingGradient', { batch, mixing }));
  return {
    base: { loss: result.loss + objective.regularization(position) },
    gradient: objective.gradient(position, result.gradient),
  };
}
