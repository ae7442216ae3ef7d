import { performance } from 'node:perf_hooks';
import type { WeightsStepSettings } from '../../src/engine/engine.ts';
import type { Evaluation, StepAnswer, StepKind } from '../../src/optimize/dscd/step.ts';
import { cosine } from '../../src/optimize/schedules.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { MiniBatchKey } from '../messages.ts';
import { addAlphaStep } from '../run/epoch-totals.ts';
import { iterationNumber, type StepInput } from '../run/machine.ts';
import { checkFinite, trainWeights } from '../run/train-weights.ts';
import { evaluateProposals } from './evaluate-proposals.ts';
import type { Session } from './session.ts';

/** The mini-batch of an iteration: the weights' and alpha's halves advance together. */
function batchKey(split: 'weights' | 'alpha', iteration: number): MiniBatchKey {
  return { use: 'search', split, step: iteration };
}

/**
 * One step of SGD on w, on the training half (eq. 11), its learning rate falling along a cosine by epochs.
 *
 * @returns mean cross-entropy before the step
 * @throws DivergedError as `trainWeights` does
 */
export async function stepWeights(session: Session, at: StepInput): Promise<number> {
  const { optimizer, objective, options } = session;
  const movesAlpha = at.plan.alphaSteps !== 'none';
  return await trainWeights(session, {
    iteration: iterationNumber(at),
    key: (iteration) => batchKey('weights', iteration),
    besides: (iteration) => (movesAlpha ? [batchKey('alpha', iteration)] : []),
    mixing: objective.mixing(optimizer.position),
    settings: weightsSettings(options, at.progress.epoch / at.plan.epochs),
  });
}

function weightsSettings(options: SearchOptions, progress: number): WeightsStepSettings {
  const { momentum, weightsDecay, clipNorm } = options;
  return { learningRate: learningRateOf(options, progress), momentum, weightDecay: weightsDecay, clipNorm };
}

/** Learning rate of w at a share of the search. */
export function learningRateOf(
  { weightsLearningRate, weightsLearningRateEnd }: SearchOptions,
  progress: number,
): number {
  return cosine(weightsLearningRate, weightsLearningRateEnd)(progress);
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
  const { optimizer, shape, totals, trace, alphaSteps, stopwatch } = session;
  const iteration = iterationNumber(at);
  const began = performance.now();
  const request = optimizer.ask(at.kind, at.progress.epoch / at.plan.epochs);
  alphaSteps.append(iteration, request.position);
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
  // First: whoever follows the trace finds alpha for each of its decisions.
  alphaSteps.flush();
  trace.decided(shape, { step: iteration, epoch: at.progress.epoch }, request, losses, outcome);
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
