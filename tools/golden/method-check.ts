import type { Engine, MixingWeights } from '../../src/engine/engine.ts';
import { Adam } from '../../src/optimize/adam.ts';
import { relax, relaxBackward } from '../../src/space/relaxation.ts';
import type { GoldenCase } from './golden-case.ts';
import { maxError, maxWeightsError, relative } from './golden-check.ts';

const KINDS = ['normal', 'reduce'] as const;

/** Largest difference of each tensor over its largest magnitude; of `weightGrads` and `finalWeights` that of the worst. */
export type MethodErrors = Record<string, number>;

/** Methods whose cases an engine is checked by. Those of others, which need more, are read by tests of their own. */
const CHECKS = new Map([
  ['space', checkStep],
  ['darts-minus', checkTrace],
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

/** Iterations of DARTS-: steps on alpha and on w with the auxiliary skip at its weight of the iteration. */
async function checkTrace(golden: GoldenCase, engine: Engine): Promise<MethodErrors> {
  const { iterations = [], optimizers, searchLabels, trainLabels } = golden.manifest;
  if (!optimizers) throw new Error(`${golden.manifest.name} names no optimizers`);
  const search = golden.miniBatch('searchInput', searchLabels);
  const train = golden.miniBatch('trainInput', trainLabels);
  const { lr, beta1, beta2, eps, weightDecay } = optimizers.alpha;
  const alpha = golden.alpha();
  const half = alpha.length / 2;
  const adam = new Adam(alpha.length, { learningRate: lr, beta1, beta2, epsilon: eps, weightDecay });
  const { lr: learningRate, momentum, weightDecay: decay, gradClipNorm: clipNorm } = optimizers.weights;
  const mixingAt = (beta: number): MixingWeights => {
    const columns = alphaColumns(golden);
    const of = softmaxOf(golden, { normal: alpha.subarray(0, half), reduce: alpha.subarray(half) });
    return {
      normal: withColumn(of.normal, columns, beta),
      reduce: withColumn(of.reduce, columns, beta),
    };
  };

  const errors: MethodErrors = {};
  let mixing = mixingAt(0);
  for (const [i, { beta = 0, ...expected }] of iterations.entries()) {
    const name = `iterations.${i}`;
    mixing = mixingAt(beta);
    const { loss, gradient } = await engine.mixingGradient(search, mixing);
    errors[`${name}.search.crossEntropy`] = relative(loss, expected.search.crossEntropy);
    const gradients = KINDS.map((kind) => softmaxGradient(golden, mixing, gradient, kind));
    adam.step(alpha, Float64Array.from(gradients.flatMap((each) => [...each])));
    for (const [k, kind] of KINDS.entries()) {
      const own = alpha.subarray(k * half, (k + 1) * half);
      errors[`${name}.mixingGrads.${kind}`] = maxError(gradient[kind], golden.tensor(`${name}.mixingGrads.${kind}`));
      errors[`${name}.alphaGrads.${kind}`] = maxError(gradients[k] ?? [], golden.tensor(`${name}.alphaGrads.${kind}`));
      errors[`${name}.alpha.${kind}`] = maxError(own, golden.tensor(`${name}.alpha.${kind}`));
    }
    mixing = mixingAt(beta);
    const { logits } = await engine.forward(train, mixing, { statistics: 'batch' });
    errors[`${name}.trainLogits`] = maxError(logits, golden.tensor(`${name}.trainLogits`));
    const step = await engine.weightsStep(train, mixing, { learningRate, momentum, weightDecay: decay, clipNorm });
    errors[`${name}.train.crossEntropy`] = relative(step.loss, expected.train.crossEntropy);
    errors[`${name}.train.gradNorm`] = relative(step.gradientNorm, expected.train.gradNorm);
  }
  const evaluation = await engine.forward(train, mixing, { statistics: 'running' });
  errors.evalLogits = maxError(evaluation.logits, golden.tensor('evalLogits'));
  const { weights } = await engine.save();
  return { ...errors, finalWeights: maxWeightsError(weights, golden.weights('final-weights.bin')) };
}

/** Columns of alpha, which lacks those that a method adds. */
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

/** Gradient in alpha. Columns that a method adds are left out. */
function softmaxGradient(
  golden: GoldenCase,
  mixing: MixingWeights,
  gradient: MixingWeights,
  kind: 'normal' | 'reduce',
): Float64Array {
  const columns = alphaColumns(golden);
  const all = columns + (golden.manifest.config.extraColumns?.length ?? 0);
  const own = (matrix: Float32Array): Float64Array => Float64Array.from(matrix.filter((_, i) => i % all < columns));
  return relaxBackward('softmax', own(mixing[kind]), own(gradient[kind]), columns);
}

/** Adds a last column of one value. */
function withColumn(matrix: Float32Array, columns: number, value: number): Float32Array {
  return Float32Array.from({ length: (matrix.length / columns) * (columns + 1) }, (_, i) => {
    const [row, column] = [Math.floor(i / (columns + 1)), i % (columns + 1)];
    return column === columns ? value : (matrix[row * columns + column] as number);
  });
}

function scalar({ manifest }: GoldenCase, name: string): number {
  return manifest.scalars?.[name] ?? Number.NaN;
}

function normOf(tensors: Readonly<Record<string, Float32Array>>): number {
  return Math.sqrt(Object.values(tensors).reduce((sum, values) => values.reduce((own, v) => own + v * v, sum), 0));
}
