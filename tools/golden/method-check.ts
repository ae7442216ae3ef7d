import type { Engine, MixingWeights } from '../../src/engine/engine.ts';
import { Adam } from '../../src/optimize/adam.ts';
import { createSearchObjective, type SearchObjective } from '../../src/search/search-objective.ts';
import { relax, relaxBackward } from '../../src/space/relaxation.ts';
import type { GoldenCase, TraceIteration } from './golden-case.ts';
import { maxError, maxWeightsError, relative } from './golden-check.ts';
import { checkCurvature, type OwnPasses, passAttack, passFreezing, passUnrolled } from './own-passes.ts';

const KINDS = ['normal', 'reduce'] as const;

/** Largest difference of each tensor over its largest magnitude; of `weightGrads` and `finalWeights` that of the worst. */
export type MethodErrors = Record<string, number>;

/** How an engine is checked by a method's case. */
const CHECKS = new Map<string, (golden: GoldenCase, engine: Engine) => Promise<MethodErrors>>([
  ['space', checkStep],
  ['darts-minus', (golden, engine) => checkTrace(golden, engine, relaxByObjective(golden))],
  ['sdarts-rs', (golden, engine) => checkTrace(golden, engine, relaxByObjective(golden))],
  ['gdas', (golden, engine) => checkTrace(golden, engine, relaxByDraws(golden))],
  ['drnas', (golden, engine) => checkTrace(golden, engine, relaxByDraws(golden))],
  ['pc-darts', (golden, engine) => checkTrace(golden, engine, relaxWithEdges(golden))],
  ['darts-2nd', (golden, engine) => checkOwn(golden, engine, passUnrolled)],
  ['sdarts-adv', (golden, engine) => checkOwn(golden, engine, passAttack)],
  ['oles', (golden, engine) => checkOwn(golden, engine, (_, __, ___, errors) => passFreezing(golden, engine, errors))],
  ['curvature', (golden, engine) => checkCurvature(golden, engine, objectiveOf(golden))],
]);

/** Runs a case of a method on an engine that was made for its graph. */
export async function checkMethod(golden: GoldenCase, engine: Engine): Promise<MethodErrors> {
  const check = CHECKS.get(golden.manifest.method ?? '');
  if (check === undefined) throw new RangeError(`${golden.manifest.name} is of an unknown method`);
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

/** How a method makes mixing weights of its parameters, which are flat: of each name those of normal cells, then of reduction cells. */
interface TracedRelaxation {
  readonly names: readonly string[];
  /** Whether the step on w comes first. @default false */
  readonly weightsFirst?: boolean;
  mixing(parameters: Float64Array, iteration: TraceIteration, index: number): MixingWeights;
  /** Mixing weights that the step on w of an iteration sees. @default those of `mixing` */
  weightsMixing?(
    parameters: Float64Array,
    iteration: TraceIteration,
    index: number,
  ): MixingWeights | Promise<MixingWeights>;
  /** Mixing weights of `evalLogits`. @default those of `mixing` in the last iteration */
  settled?(parameters: Float64Array): MixingWeights;
  /** @param gradient in the mixing weights */
  gradient(parameters: Float64Array, gradient: MixingWeights, iteration: TraceIteration, index: number): Float64Array;
}

/** The objective of the search, for a method whose mixing weights are the softmax of alpha. */
function objectiveOf(golden: GoldenCase): SearchObjective {
  const { nodes, ops = [], relaxation, extraColumns } = golden.manifest.config;
  return createSearchObjective({
    shape: { nodes, primitives: ops },
    relaxation,
    auxiliarySkip: extraColumns?.includes('auxiliary_skip') ?? false,
    zeroOneWeight: 0,
  });
}

/** A trace of a method that takes passes of its own. */
async function checkOwn(
  golden: GoldenCase,
  engine: Engine,
  passesOf: (golden: GoldenCase, engine: Engine, objective: SearchObjective, errors: MethodErrors) => OwnPasses,
): Promise<MethodErrors> {
  const errors: MethodErrors = {};
  const passes = passesOf(golden, engine, objectiveOf(golden), errors);
  return { ...(await checkTrace(golden, engine, { ...relaxByObjective(golden), ...passes })), ...errors };
}

/** DARTS-, and SDARTS-RS with the noise of the case, by the objective of the search. */
function relaxByObjective(golden: GoldenCase): TracedRelaxation {
  const objective = objectiveOf(golden);
  const progressOf = ({ beta = 1 }: TraceIteration): number => 1 - beta;
  return {
    names: ['alpha'],
    mixing: (alpha, iteration) => objective.mixing(alpha, progressOf(iteration)),
    weightsMixing(alpha, iteration, index) {
      const noise = `iterations.${index}.perturbation`;
      if (!golden.has(`${noise}.normal`)) return objective.mixing(alpha, progressOf(iteration));
      return objective.perturbed(alpha, golden.alpha(noise), progressOf(iteration));
    },
    gradient: (alpha, gradient, iteration) => objective.gradient(alpha, gradient, progressOf(iteration)),
  };
}

/** GDAS, whose step on w comes first, or DrNAS, by the objective of the search and with the draws of the case. */
function relaxByDraws(golden: GoldenCase): TracedRelaxation {
  const { config, method } = golden.manifest;
  const isGdas = method === 'gdas';
  const objectiveAt = (tau: number): SearchObjective => {
    return createSearchObjective({
      shape: { nodes: config.nodes, primitives: config.ops ?? [] },
      relaxation: isGdas ? 'gumbel-hard' : 'dirichlet',
      temperature: [tau, tau],
      zeroOneWeight: 0,
    });
  };
  const drawOf = (index: number, step: 'alpha' | 'weights'): Float64Array => {
    return golden.alpha(`iterations.${index}.${isGdas ? 'gumbels' : 'sample'}.${step}`);
  };
  return {
    names: ['alpha'],
    weightsFirst: isGdas,
    mixing: (alpha, { tau = 1 }, index) => objectiveAt(tau).mixing(alpha, 1, drawOf(index, 'alpha')),
    weightsMixing: (alpha, { tau = 1 }, index) => objectiveAt(tau).mixing(alpha, 1, drawOf(index, 'weights')),
    settled: (alpha) => objectiveAt(1).mixing(alpha),
    gradient(alpha, gradient, { tau = 1 }, index) {
      return objectiveAt(tau).gradient(alpha, gradient, 1, drawOf(index, 'alpha'));
    },
  };
}

/** PC-DARTS: softmax over the operations of an edge, times that of beta over the edges of a node. */
function relaxWithEdges(golden: GoldenCase): TracedRelaxation {
  const { nodes, partialChannels = 1 } = golden.manifest.config;
  const primitives = golden.manifest.config.ops ?? [];
  const columns = primitives.length;
  const shape = { nodes, primitives, edgeWeights: true };
  const objective = createSearchObjective({ shape, relaxation: 'edge-normalized', partialChannels, zeroOneWeight: 0 });
  const { length } = golden.alpha('alpha');
  /** Lays out parameters as the search does: each row of alpha ends in its beta. */
  const toRows = (parameters: Float64Array): Float64Array => {
    return Float64Array.from({ length: parameters.length }, (_, i) => {
      const [row, column] = [Math.floor(i / (columns + 1)), i % (columns + 1)];
      return parameters[column === columns ? length + row : row * columns + column] as number;
    });
  };
  return {
    names: ['alpha', 'beta'],
    mixing: (parameters) => objective.mixing(toRows(parameters)),
    gradient: (parameters, gradient) => {
      const rows = objective.gradient(toRows(parameters), gradient);
      const isBeta = (_: number, i: number): boolean => i % (columns + 1) === columns;
      return Float64Array.of(...rows.filter((_, i) => !isBeta(_, i)), ...rows.filter(isBeta));
    },
  };
}

/**
 * PC-DARTS with the channels that the case selected: one pass on the search mini-batch, before the trace.
 *
 * @param engine made for the case's graph of random channels
 */
export async function checkSelected(golden: GoldenCase, engine: Engine): Promise<MethodErrors> {
  await engine.restore({ weights: golden.weights(), velocity: {}, statistics: {} });
  const relaxation = relaxWithEdges(golden);
  const parameters = Float64Array.from(relaxation.names.flatMap((name) => [...golden.alpha(name)]));
  const pictures = golden.miniBatch('searchInput', golden.manifest.searchLabels);
  const miniBatch = { ...pictures, channels: golden.selectedChannels() };
  const none: TraceIteration = {
    search: { crossEntropy: 0, total: 0 },
    train: { crossEntropy: 0, total: 0, gradNorm: 0 },
  };
  const mixing = relaxation.mixing(parameters, none, 0);
  const { logits } = await engine.forward(miniBatch, mixing, { statistics: 'batch' });
  const { loss, gradient } = await engine.mixingGradient(miniBatch, mixing);
  const errors: MethodErrors = {
    selectedLogits: maxError(logits, golden.tensor('selectedLogits')),
    crossEntropySelected: relative(loss, scalar(golden, 'crossEntropySelected')),
  };
  const gradients = relaxation.gradient(parameters, gradient, none, 0);
  let at = 0;
  for (const [name, kind] of relaxation.names.flatMap((name) => KINDS.map((kind) => [name, kind] as const))) {
    const [mixingGrads, grads] = [
      `selectedMixingGrads.${kind}`,
      `selected${name === 'alpha' ? 'Alpha' : 'Beta'}Grads.${kind}`,
    ];
    const { length } = golden.tensor(grads);
    errors[mixingGrads] = maxError(gradient[kind], golden.tensor(mixingGrads));
    errors[grads] = maxError(gradients.subarray(at, at + length), golden.tensor(grads));
    at += length;
  }
  return errors;
}

/** Iterations of a search: steps on the parameters of the mixing weights and on w. */
async function checkTrace(
  golden: GoldenCase,
  engine: Engine,
  { names, weightsFirst = false, ...relaxation }: TracedRelaxation & Omit<OwnPasses, 'weightsMixing'>,
): Promise<MethodErrors> {
  const { iterations = [], optimizers, tensors } = golden.manifest;
  if (!optimizers) throw new Error(`${golden.manifest.name} names no optimizers`);
  const { search, train } = golden.batches();
  const { lr, beta1, beta2, eps, weightDecay } = optimizers.alpha;
  const parameters = Float64Array.from(names.flatMap((name) => [...golden.alpha(name)]));
  const adam = new Adam(parameters.length, { learningRate: lr, beta1, beta2, epsilon: eps, weightDecay });

  const errors: MethodErrors = {};
  const compare = (name: string, actual: ArrayLike<number>): void => {
    errors[name] = maxError(actual, golden.tensor(name));
  };
  /** Compares flat values with the tensors that begin with a prefix, each name with `suffix`. */
  const compareFlat = (prefix: string, suffix: string, flat: Float64Array): void => {
    let at = 0;
    for (const tensor of names.flatMap((name) => KINDS.map((kind) => `${prefix}.${name}${suffix}.${kind}`))) {
      const { length } = golden.tensor(tensor);
      compare(tensor, flat.subarray(at, at + length));
      at += length;
    }
  };
  const stepParameters = async (iteration: TraceIteration, i: number): Promise<void> => {
    const name = `iterations.${i}`;
    const before = relaxation.mixing(parameters, iteration, i);
    const passed = relaxation.alphaPass?.(before, parameters, i) ?? engine.mixingGradient(search, before);
    const { loss, gradient } = await passed;
    errors[`${name}.search.crossEntropy`] = relative(loss, iteration.search.crossEntropy);
    for (const kind of KINDS) {
      if (`${name}.mixing.${kind}` in tensors) compare(`${name}.mixing.${kind}`, before[kind]);
      if (`${name}.mixingGrads.${kind}` in tensors) compare(`${name}.mixingGrads.${kind}`, gradient[kind]);
    }
    const gradients = relaxation.gradient(parameters, gradient, iteration, i);
    compareFlat(name, 'Grads', gradients);
    adam.step(parameters, gradients);
    compareFlat(name, '', parameters);
  };
  const stepWeights = async (iteration: TraceIteration, i: number): Promise<void> => {
    const name = `iterations.${i}`;
    const seen = relaxation.weightsMixing?.(parameters, iteration, i) ?? relaxation.mixing(parameters, iteration, i);
    const mixing = await seen;
    for (const kind of KINDS) {
      if (`${name}.perturbed.${kind}` in tensors) compare(`${name}.perturbed.${kind}`, mixing[kind]);
    }
    const { logits } = await engine.forward(train, mixing, { statistics: 'batch' });
    compare(`${name}.trainLogits`, logits);
    const settings = { ...golden.weightsSettings(), ...(await relaxation.stepSettings?.(mixing, i)) };
    const step = await engine.weightsStep(train, mixing, settings);
    errors[`${name}.train.crossEntropy`] = relative(step.loss, iteration.train.crossEntropy);
    errors[`${name}.train.gradNorm`] = relative(step.gradientNorm, iteration.train.gradNorm);
  };
  const steps = weightsFirst ? [stepWeights, stepParameters] : [stepParameters, stepWeights];
  for (const [i, iteration] of iterations.entries()) for (const step of steps) await step(iteration, i);

  const end = iterations.length - 1;
  const last =
    relaxation.settled?.(parameters) ?? relaxation.mixing(parameters, iterations[end] as TraceIteration, end);
  compare('evalLogits', (await engine.forward(train, last, { statistics: 'running' })).logits);
  const { weights } = await engine.save();
  return { ...errors, finalWeights: maxWeightsError(weights, golden.weights('final-weights.bin')) };
}

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
