import type { Engine, MixingWeights } from '../../src/engine/engine.ts';
import { Adam } from '../../src/optimize/adam.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { relax, relaxBackward } from '../../src/space/relaxation.ts';
import { checkDrawnTrace } from './drawn-check.ts';
import type { GoldenCase } from './golden-case.ts';
import { maxError, maxWeightsError, relative } from './golden-check.ts';

const KINDS = ['normal', 'reduce'] as const;

/** Largest difference of each tensor over its largest magnitude; of `weightGrads` and `finalWeights` that of the worst. */
export type MethodErrors = Record<string, number>;

/** Methods whose cases an engine is checked by. Those of others, which need more, are read by tests of their own. */
const CHECKS = new Map([
  ['space', checkStep],
  ['darts-minus', checkTrace],
  ['sdarts-rs', checkTrace],
  ['gdas', checkDrawnTrace],
  ['drnas', checkDrawnTrace],
]);

/** Whether a case is one of a method that `checkMethod` runs; null if it is of no method. */
export function isChecked({ manifest: { method } }: GoldenCase): boolean | null {
  return method === undefined ? null : CHECKS.has(method);
}

/** Runs a case of a method on an engine that was made for its graph. */
export async function checkMethod(golden: GoldenCase, engine: Engine): Promise<MethodErrors> {
  const check = CHECKS.get(golden.manifest.method ?? '');
  if (check === undefined) throw new RangeError(`${golden.manifest.name} is of no method that is checked here`);
  await engine.restore({ weights: golden.weights(), velocity: {}, statistics: {} });
  return check(golden, engine);
}

/** One pass without drop-path, then one with it. */
async function checkStep(golden: GoldenCase, engine: Engine): Promise<MethodErrors> {
  const { trainLabels, tensors } = golden.manifest;
  const miniBatch = golden.miniBatch('trainInput', trainLabels);
  const mixing = softmaxOf(golden, golden.matrices('alpha'));
  const errors: MethodErrors = {};

  const values = Object.keys(tensors).flatMap((name) => (name.startsWith('activations.') ? name.slice(12) : []));
  const { logits, activations } = await engine.forward(miniBatch, mixing, { statistics: 'batch', activations: values });
  errors.logits = maxError(logits, golden.tensor('logits'));
  for (const name of values) {
    errors[`activations.${name}`] = maxError(
      activations[name] as Float32Array,
      golden.activation(`activations.${name}`),
    );
  }
  const gradients = await engine.weightGradients(miniBatch, mixing);
  errors.weightGrads = maxWeightsError(gradients, golden.weights('weight-grads.bin'));
  errors.weightGradNorm = relative(normOf(gradients), scalar(golden, 'weightGradNorm'));
  Object.assign(errors, await compareMixingGradient(golden, engine, miniBatch, mixing, ''));
  const evaluation = await engine.forward(miniBatch, mixing, { statistics: 'running' });
  errors.evalLogits = maxError(evaluation.logits, golden.tensor('evalLogits'));

  const dropped = { ...miniBatch, drops: golden.drops() };
  const forward = await engine.forward(dropped, mixing, { statistics: 'batch' });
  errors['dropPath.logits'] = maxError(forward.logits, golden.tensor('dropPath.logits'));
  const norm = normOf(await engine.weightGradients(dropped, mixing));
  errors['dropPath.weightGradNorm'] = relative(norm, scalar(golden, 'dropPath.weightGradNorm'));
  return { ...errors, ...(await compareMixingGradient(golden, engine, dropped, mixing, 'dropPath.')) };
}

/** @param prefix of the names of what the pass gives */
async function compareMixingGradient(
  golden: GoldenCase,
  engine: Engine,
  miniBatch: Parameters<Engine['mixingGradient']>[0],
  mixing: MixingWeights,
  prefix: string,
): Promise<MethodErrors> {
  const { loss, gradient } = await engine.mixingGradient(miniBatch, mixing);
  const errors: MethodErrors = {};
  errors[`${prefix}crossEntropy`] = relative(loss, scalar(golden, `${prefix}crossEntropy`));
  for (const kind of KINDS) {
    const [mixingGrads, alphaGrads] = [`${prefix}mixingGrads.${kind}`, `${prefix}alphaGrads.${kind}`];
    errors[mixingGrads] = maxError(gradient[kind], golden.tensor(mixingGrads));
    errors[alphaGrads] = maxError(softmaxGradient(golden, mixing, gradient, kind), golden.tensor(alphaGrads));
  }
  return errors;
}

/** Iterations of DARTS-, and of SDARTS-RS with the noise of the case: steps on alpha and on w. */
async function checkTrace(golden: GoldenCase, engine: Engine): Promise<MethodErrors> {
  const { iterations = [], optimizers, searchLabels, trainLabels, config } = golden.manifest;
  if (!optimizers) throw new Error(`${golden.manifest.name} names no optimizers`);
  const search = golden.miniBatch('searchInput', searchLabels);
  const train = golden.miniBatch('trainInput', trainLabels);
  const { lr, beta1, beta2, eps, weightDecay } = optimizers.alpha;
  const alpha = golden.alpha();
  const half = alpha.length / 2;
  const adam = new Adam(alpha.length, { learningRate: lr, beta1, beta2, epsilon: eps, weightDecay });
  const { lr: learningRate, momentum, weightDecay: decay, gradClipNorm: clipNorm } = optimizers.weights;
  const objective = createSearchObjective({
    shape: { nodes: config.nodes, primitives: config.ops ?? [] },
    relaxation: config.relaxation,
    auxiliarySkip: config.extraColumns?.includes('auxiliary_skip') ?? false,
    zeroOneWeight: 0,
  });

  const errors: MethodErrors = {};
  let progress = 0;
  for (const [i, { beta = 1, ...expected }] of iterations.entries()) {
    const name = `iterations.${i}`;
    progress = 1 - beta;
    const compare = (tensor: string, values: ArrayLike<number>): void => {
      if (golden.has(`${name}.${tensor}`)) {
        errors[`${name}.${tensor}`] = maxError(values, golden.tensor(`${name}.${tensor}`));
      }
    };
    const { loss, gradient } = await engine.mixingGradient(search, objective.mixing(alpha, progress));
    errors[`${name}.search.crossEntropy`] = relative(loss, expected.search.crossEntropy);
    const alphaGradient = objective.gradient(alpha, gradient, progress);
    adam.step(alpha, alphaGradient);
    const noise = golden.has(`${name}.perturbation.normal`) ? golden.alpha(`${name}.perturbation`) : null;
    const mixing = noise === null ? objective.mixing(alpha, progress) : objective.perturbed(alpha, noise, progress);
    for (const [k, kind] of KINDS.entries()) {
      compare(`mixingGrads.${kind}`, gradient[kind]);
      compare(`alphaGrads.${kind}`, alphaGradient.subarray(k * half, (k + 1) * half));
      compare(`alpha.${kind}`, alpha.subarray(k * half, (k + 1) * half));
      compare(`perturbed.${kind}`, mixing[kind]);
    }
    const { logits } = await engine.forward(train, mixing, { statistics: 'batch' });
    compare('trainLogits', logits);
    const step = await engine.weightsStep(train, mixing, { learningRate, momentum, weightDecay: decay, clipNorm });
    errors[`${name}.train.crossEntropy`] = relative(step.loss, expected.train.crossEntropy);
    errors[`${name}.train.gradNorm`] = relative(step.gradientNorm, expected.train.gradNorm);
  }
  const evaluation = await engine.forward(train, objective.mixing(alpha, progress), { statistics: 'running' });
  errors.evalLogits = maxError(evaluation.logits, golden.tensor('evalLogits'));
  const { weights } = await engine.save();
  return { ...errors, finalWeights: maxWeightsError(weights, golden.weights('final-weights.bin')) };
}

/** Columns of alpha. */
function alphaColumns({ manifest }: GoldenCase): number {
  const { ops, edgeOps } = manifest.config;
  return (ops ?? edgeOps?.normal[0] ?? []).length;
}

function softmaxOf(golden: GoldenCase, alpha: Record<'normal' | 'reduce', ArrayLike<number>>): MixingWeights {
  const of = (kind: 'normal' | 'reduce'): Float32Array => {
    return Float32Array.from(relax('softmax', Float64Array.from(alpha[kind]), alphaColumns(golden)));
  };
  return { normal: of('normal'), reduce: of('reduce') };
}

/** Gradient in alpha. */
function softmaxGradient(
  golden: GoldenCase,
  mixing: MixingWeights,
  gradient: MixingWeights,
  kind: 'normal' | 'reduce',
): Float64Array {
  const [own, slope] = [Float64Array.from(mixing[kind]), Float64Array.from(gradient[kind])];
  return relaxBackward('softmax', own, slope, alphaColumns(golden));
}

function scalar({ manifest }: GoldenCase, name: string): number {
  return manifest.scalars?.[name] ?? Number.NaN;
}

function normOf(tensors: Readonly<Record<string, Float32Array>>): number {
  return Math.sqrt(Object.values(tensors).reduce((sum, values) => values.reduce((own, v) => own + v * v, sum), 0));
}
