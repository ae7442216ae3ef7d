import { performance } from 'node:perf_hooks';
import type { MixingWeights, WeightsStepSettings } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import type { Evaluation, StepAnswer, StepKind, StepRequest } from '../../src/optimize/dscd/step.ts';
import { cosine } from '../../src/optimize/schedules.ts';
import { drawCells } from '../../src/search/cell-mixing.ts';
import { perturbationSize } from '../../src/search/epoch-schedules.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { drawNoise } from '../../src/search/perturbation.ts';
import { tuningLearningRate } from '../../src/search/tuning.ts';
import { decayOf } from '../../src/search/watches/judge-epoch.ts';
import type { EvaluateTask, MiniBatchKey } from '../messages.ts';
import { checkFinite } from '../run/diverged-error.ts';
import {
  iterationNumber,
  movesAlpha,
  progressOf,
  type StepInput,
  scheduledEpochs,
  tuningProgress,
} from '../run/run-plan.ts';
import { trainWeights, type WeightsStep } from '../run/train-weights.ts';
import { attackMixing } from './attack-mixing.ts';
import { averageAnswers } from './average-answers.ts';
import { keyOf } from './key-of.ts';
import { addAlphaStep, type SearchSession } from './search-session.ts';
import { trainFreezing } from './train-freezing.ts';
import { passUnrolled } from './unrolled-pass.ts';

/**
 * Takes one step of SGD on w, on the training half (eq. 11). Its learning rate falls along a cosine by epochs.
 *
 * @returns mean cross-entropy before the step
 * @throws DivergedError as `trainWeights` and `trainFreezing` do
 */
export async function stepWeights(session: SearchSession, at: StepInput): Promise<number> {
  const { freezing, options, totals } = session;
  const step: WeightsStep = {
    iteration: iterationNumber(at),
    key: (iteration) => keyOf('weights', iteration),
    besides(iteration) {
      if (movesAlpha(at.plan, iteration)) return alphaKeys(iteration, options);
      return freezing === null ? [] : [keyOf('alpha', iteration)];
    },
    mixing: await mixingForWeights(session, at),
    settings: weightsSettings(session, at),
  };
  if (freezing !== null) return await trainFreezing(session, freezing, step);
  return await trainWeights(session, totals.weights, step);
}

/** Mixing weights that the step on w of an iteration sees. */
async function mixingForWeights(session: SearchSession, at: StepInput): Promise<MixingWeights> {
  const { objective, optimizer, options, shape } = session;
  const { position } = optimizer;
  const [iteration, progress] = [iterationNumber(at), progressOf(at)];
  switch (options.weightsMixing) {
    case 'alpha':
      return objective.mixing(position, progress, drawOf(session, 'weights', iteration));
    case 'cells': {
      const { normal, reduce } = drawCells(shape, Random.fromSeed(options.seed, 'cells', iteration));
      return objective.complete(Float64Array.of(...normal, ...reduce), progress);
    }
    case 'perturbed':
    case 'attack': {
      const epochs = scheduledEpochs(at.plan);
      const epsilon = perturbationSize(Math.min(at.progress.epoch, epochs), epochs);
      const random = Random.fromSeed(options.seed, 'perturbation', iteration);
      const noise = drawNoise(random, position.length, epsilon);
      if (options.weightsMixing === 'perturbed') return objective.perturbed(position, noise, progress);
      return await attackMixing(session, keyOf('weights', iteration), { noise, epsilon }, progress);
    }
  }
}

/** The draw of an iteration's pass on one half; null if the method draws nothing. It depends on alpha, seed and iteration alone. */
function drawOf(
  { objective, optimizer, options }: SearchSession,
  half: 'weights' | 'alpha',
  iteration: number,
): Float64Array | null {
  return objective.draw(optimizer.position, Random.fromSeed(options.seed, 'draw', half, iteration));
}

/**
 * Takes one step on alpha, on the other half. The optimizer names what it needs evaluated, the supernet gives the
 * gradient and the pool the losses of the proposals, and the optimizer decides.
 *
 * @returns the step's loss, regularizer included
 * @throws DivergedError if the loss at the position, or its gradient, is not finite. Proposals of such a loss are
 *   rejected.
 */
export async function stepAlpha(session: SearchSession, at: StepInput & { readonly kind: StepKind }): Promise<number> {
  const { optimizer, shape, totals, trace, alphaSteps, stopwatch } = session;
  const iteration = iterationNumber(at);
  const began = performance.now();
  const progress = progressOf(at);
  const request = optimizer.ask(at.kind, progress);
  alphaSteps.append(iteration, session.alpha);
  const [local, global] = await Promise.all([
    request.gradient ? evaluateGradient(session, at, request) : null,
    request.proposals.length > 0
      ? evaluateOnBatches(session, alphaKeys(iteration, session.options), { ...request, progress })
      : null,
  ]);
  for (const base of [local?.base, global?.base]) {
    if (base !== undefined) checkFinite('the validation loss', [base.loss], iteration);
  }
  if (local !== null) checkFinite('the gradient in alpha', local.gradient, iteration);
  const answer: StepAnswer = { proposals: [], ...local, ...global };
  const outcome = optimizer.tell(request, answer);
  const losses = answer.proposals.map(({ loss }) => loss);
  // Alpha comes before the trace: a reader of the trace finds alpha for each decision.
  alphaSteps.flush();
  trace.decided(shape, { step: iteration, epoch: at.progress.epoch }, request, losses, outcome);
  addAlphaStep(totals, outcome);
  stopwatch.wallMs += performance.now() - began;
  return outcome.loss;
}

/**
 * Evaluates proposals (and the position, if asked for) over the pool's workers, all on one mini-batch. A worker's share
 * changes no loss, so the number of workers changes none.
 */
export async function evaluateProposals(
  { pool, stage, supernet: { address } }: Pick<SearchSession, 'pool' | 'stage' | 'supernet'>,
  key: MiniBatchKey,
  { position, proposals, base, perExample, progress }: Omit<EvaluateTask, 'address' | 'key' | 'stage'>,
): Promise<Pick<StepAnswer, 'proposals' | 'base'>> {
  const common = { address, key, position, perExample, progress, ...(stage !== undefined && { stage }) };
  const size = Math.ceil(proposals.length / Math.min(pool.workers, proposals.length));
  const tasks: EvaluateTask[] = [];
  for (let from = 0; from < proposals.length; from += size) {
    const share = proposals.slice(from, from + size);
    tasks.push({ ...common, proposals: share, base: base && from === 0 });
  }
  const results = await Promise.all(tasks.map((task) => pool.evaluate(task)));
  const evaluated = results.find((result) => result.base !== null)?.base;
  return { proposals: results.flatMap((result) => result.proposals), ...(evaluated ? { base: evaluated } : {}) };
}

/**
 * Evaluates proposals by their mean losses on several mini-batches. A joint step then has its position evaluated on them
 * too, because the loss that comes with the gradient is that of one.
 */
async function evaluateOnBatches(
  session: SearchSession,
  keys: readonly MiniBatchKey[],
  request: StepRequest & Pick<EvaluateTask, 'progress'>,
): Promise<Pick<StepAnswer, 'proposals' | 'base'>> {
  const base = request.base || (request.gradient && keys.length > 1);
  return averageAnswers(await Promise.all(keys.map((key) => evaluateProposals(session, key, { ...request, base }))));
}

/** Evaluates loss and gradient at the position, regularizer included. */
async function evaluateGradient(
  session: SearchSession,
  at: StepInput,
  { position, perExample }: Pick<StepRequest, 'position' | 'perExample'>,
): Promise<{ base: Evaluation; gradient: Float64Array }> {
  const { miniBatches, supernet, objective, options } = session;
  const [iteration, progress] = [iterationNumber(at), progressOf(at)];
  const draw = drawOf(session, 'alpha', iteration);
  const mixing = objective.mixing(position, progress, draw);
  const result =
    options.alphaGradient === 'first'
      ? await miniBatches.use(keyOf('alpha', iteration), (miniBatchName) => {
          return supernet.call('mixingGradient', { miniBatchName, mixing });
        })
      : await passUnrolled(session, iteration, mixing, weightsSettings(session, at));
  const loss = result.loss + objective.regularization(position, progress);
  return {
    base: perExample ? { loss, perExample: result.perExample } : { loss },
    gradient: objective.gradient(position, result.gradient, progress, draw),
  };
}

/** Names the mini-batches that an iteration may need for alpha: its own, and others after it for proposals. */
function alphaKeys(iteration: number, { proposalBatches }: SearchOptions): MiniBatchKey[] {
  return Array.from({ length: proposalBatches }, (_, i) => keyOf('alpha', iteration + i));
}

function weightsSettings({ options, watch }: SearchSession, at: StepInput): WeightsStepSettings {
  const { momentum, clipNorm, nesterov } = options;
  const weightDecay = decayOf(watch, options);
  const learningRate = learningRateOf(options, at);
  return { learningRate, momentum, weightDecay, clipNorm, ...(nesterov && { nesterov }) };
}

/** Learning rate of w in an epoch. */
export function learningRateOf(
  { weightsLearningRate: from, weightsLearningRateEnd: to }: SearchOptions,
  at: StepInput,
): number {
  const tuned = tuningProgress(at);
  return tuned === null ? cosine(from, to)(progressOf(at)) : tuningLearningRate(from, to, tuned);
}
