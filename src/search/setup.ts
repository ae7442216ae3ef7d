import { type EngineSpeed, estimateNetwork, type NetworkEstimate, type Speed, speedOf } from '../engine/estimate.ts';
import { Random } from '../math/random.ts';
import { countMacs } from '../network/count.ts';
import { buildSupernet, type SupernetOptions } from '../network/supernet.ts';
import { Adam } from '../optimize/adam.ts';
import { Dscd } from '../optimize/dscd/dscd.ts';
import { Hybrid } from '../optimize/dscd/hybrid.ts';
import { LATER_DATA_OPTIONS } from '../options/later-options.ts';
import { type AlphaShape, alphaColumns, alphaSize } from '../space/alpha.ts';
import { CELL_KINDS, edgeCount } from '../space/cell.ts';
import { isDrawn } from '../space/drawn-relaxation.ts';
import { alphaShapeOf } from './alpha-shape.ts';
import type { SearchMethod } from './method.ts';
import { findMethod } from './methods.ts';
import type { SearchOptions } from './options-schema.ts';
import { localStepPasses, type Passes, weightsStepPasses } from './passes.ts';
import type { SearchObjectiveSettings } from './search-objective.ts';
import { stagesOf } from './stages.ts';
import { planTuning } from './tuning.ts';
import { watchPasses } from './watches/indicators.ts';

/** Parts that follow from a search's options. All but the method are plain data. */
export interface SearchSetup {
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  /** The supernet of the first stage. */
  readonly network: SupernetOptions;
  /** The objective of the first stage. */
  readonly objective: SearchObjectiveSettings;
  /** The stages, each with its first epoch, its number of epochs, its K and its supernet: at least one. */
  readonly stages: readonly {
    readonly start: number;
    readonly epochs: number;
    readonly partialChannels: number;
    readonly network: SupernetOptions;
  }[];
}

/** A stage, and its supernet. */
export type StageSetup = SearchSetup['stages'][number];

/**
 * Sets up a search: its space, its supernet and its objective. Without a data set the supernet is that of CIFAR-10.
 *
 * @param own the caller's own method, if the options name one
 * @throws OptionsError as `findMethod` does
 */
export function setUpSearch(options: SearchOptions, own?: SearchMethod): SearchSetup {
  const { channels, layers, nodes, space, image, stemMultiplier, zeroOneWeight, zeroOneRise } = options;
  const method = findMethod(options.method, own);
  const { relaxation, temperature, auxiliarySkip = false } = method;
  const { pictureChannels = LATER_DATA_OPTIONS.pictureChannels, classes = LATER_DATA_OPTIONS.classes } = options;
  const shape = alphaShapeOf(method, space, nodes);
  const { primitives } = shape;
  const partial = (partialChannels: number) => partialChannels > 1 && { partialChannels };
  const sizes = { channels, layers, nodes, image, stemMultiplier, pictureChannels, classes };
  const network = { ...sizes, primitives, auxiliarySkip, ...(options.dropPath > 0 && { edgeDrops: true }) };
  const { channelChoice } = options;
  const networkOf = (partialChannels: number): SupernetOptions => ({
    ...{ ...network, ...partial(partialChannels) },
    ...(channelChoice === 'random' && partialChannels > 1 && { channelChoice }),
  });
  return {
    method,
    shape,
    network: networkOf(options.partialChannels),
    objective: {
      ...{ shape, relaxation, auxiliarySkip, zeroOneWeight, zeroOneRise },
      ...partial(options.partialChannels),
      ...(isDrawn(relaxation) && { temperature, epochs: options.epochs }),
      ...(options.alphaPrior === 'kl' && { divergenceWeight: options.alphaDecay }),
    },
    stages: stagesOf(options).map((stage) => ({
      ...stage,
      network: networkOf(stage.partialChannels),
    })),
  };
}

/**
 * Creates the optimizer of alpha at its start: Adam, DSCD, both or none of them, as the method says.
 *
 * @throws RangeError if the method's initial alpha does not fit the space
 */
export function createAlphaOptimizer(options: SearchOptions, { method, shape }: SearchSetup): Hybrid {
  const size = alphaSize(shape);
  const { seed, domain, acceptance, window, onReject, margin, proposals, selection, discreteFrom } = options;
  const adam = {
    learningRate: options.alphaLearningRate,
    beta1: options.alphaBeta1,
    beta2: options.alphaBeta2,
    weightDecay: options.alphaPrior === 'decay' ? options.alphaDecay : 0,
  };
  const dscd = { domain, acceptance, window, onReject, margin, proposals, selection, discreteFrom };
  const position = method.initialAlpha(size, Random.fromSeed(seed, 'alpha'), domain);
  if (position.length !== size) {
    throw new RangeError(`initialAlpha of ${method.name} must give ${size} coordinates, got ${position.length}`);
  }
  return new Hybrid({
    position,
    local: method.alphaMoves === 'none' ? null : new Adam(size, adam),
    dscd: method.alphaMoves === 'local+global' ? new Dscd(dscd, Random.fromSeed(seed, 'proposals')) : null,
  });
}

/** Number of iterations of an epoch: the whole mini-batches in the half for w. */
export function iterationsPerEpoch(options: Pick<SearchOptions, 'trainSize' | 'batch'>): number {
  return Math.floor(Math.floor(options.trainSize / 2) / options.batch);
}

/** Needs of a search, estimated before it starts. */
export interface SearchEstimate extends NetworkEstimate {
  /** Seconds of the whole search; null if the engine's speed is not known. */
  readonly seconds: number | null;
  /** Seconds of one iteration with a step on alpha; null if the engine's speed is not known. */
  readonly iterationSeconds: number | null;
}

/** Number of forward passes that measuring the noises takes on each mini-batch: the current alpha, and two others. */
const NOISE_PASSES = 3;

/** Number of pictures in CIFAR-10's test set. */
const TEST_PICTURES = 10_000;

/**
 * Estimates the network, the memory and the time of a search on an engine. The network is the last stage's, the widest.
 *
 * @param testPictures number of pictures in the test set. @default 10,000
 */
export function estimateSearch(
  options: SearchOptions,
  setup: SearchSetup,
  on: EngineSpeed,
  testPictures: number = TEST_PICTURES,
): SearchEstimate {
  const { alphaEvery, alphaRest, batch, epochs, trainSize, evaluationSize, noiseBatches } = options;
  const stages = setup.stages.map(({ epochs, network }, stage) => {
    const graph = buildSupernet(network);
    return { epochs, graph, macs: macsOfPass(setup, options, stage, countMacs(graph)) };
  });
  const last = stages.at(-1) as (typeof stages)[number];
  const network = estimateNetwork(last.graph, batch);
  const speed = speedOf(on);
  if (speed === null) return { ...network, seconds: null, iterationSeconds: null };
  const secondsOf = (passes: number, macs: number): number => (passes * macs) / speed.macs;

  const iterations = iterationsPerEpoch(options);
  const weightsStep = batch * costOf(weightsStepPasses(options), speed);
  const alphaStep = batch * alphaPasses(options, setup, speed);
  const atMost = evaluationSize === 0 ? Number.POSITIVE_INFINITY : evaluationSize;
  const validation = Math.min(Math.floor(trainSize / 2), atMost);
  const noise = setup.method.alphaMoves === 'none' ? 0 : Math.min(noiseBatches, iterations) * batch * NOISE_PASSES;
  const watched = watchPasses(options, { epochs, iterations, coordinates: alphaSize(setup.shape) });
  const watching = watched * batch * speed.localStep;
  const final = 2 * validation + Math.min(testPictures, atMost); // both halves of the training set, and the test set
  const seconds = stages.map(({ epochs, macs }) => {
    const alphaSteps = ((epochs - alphaRest) * iterations) / alphaEvery;
    return secondsOf(epochs * (iterations * weightsStep + validation + noise) + alphaSteps * alphaStep, macs);
  });
  const tuning = tuningPasses(options, setup, speed, weightsStep, validation);
  return {
    ...network,
    seconds: seconds.reduce((sum, each) => sum + each, secondsOf(watching + tuning + final, last.macs)),
    iterationSeconds: Math.max(...stages.map(({ macs }) => secondsOf(weightsStep + alphaStep, macs))),
  };
}

/**
 * Multiply-adds of one picture's pass: those of all operations, or of the operations of an edge that are computed, on average
 * over them.
 *
 * @param all those of all operations
 */
function macsOfPass(
  { objective, shape, stages }: SearchSetup,
  { keptOperations }: SearchOptions,
  stage: number,
  all: number,
): number {
  const columns = alphaColumns(shape);
  const pruned = stage === 0 ? columns : keptOperations;
  const computed = objective.relaxation === 'gumbel-hard' ? 1 : pruned;
  if (computed === columns) return all;
  const rest = countMacs(buildSupernet({ ...(stages[stage] as StageSetup).network, primitives: ['none'] }));
  return rest + ((all - rest) * computed) / columns;
}

/** Number of forward passes of a picture that a tuning takes, its decisions included; 0 without a tuning. */
function tuningPasses(
  options: SearchOptions,
  { method, ...setup }: SearchSetup,
  speed: Speed,
  weightsStep: number,
  validation: number,
): number {
  const tuning = planTuning(options);
  if (tuning === null) return 0;
  const { alphaEvery, batch, nodes, projectionBatches } = options;
  const iterations = iterationsPerEpoch(options);
  const columns = alphaColumns(setup.shape);
  const alphaMoves = method.alphaMoves === 'none' ? 'none' : 'local';
  const alphaStep = batch * alphaPasses(options, { ...setup, method: { ...method, alphaMoves } }, speed);
  // Edges come down from all operations to one, at a steady pace.
  const share = (1 + 1 / columns) / 2;
  const epoch = share * (iterations * (weightsStep + alphaStep / alphaEvery) + validation);
  const batches = projectionBatches === 0 ? iterations : Math.min(projectionBatches, iterations);
  const removals = CELL_KINDS.length * edgeCount(nodes) * (columns + 1); // each operation of an edge, and the edge
  return tuning.epochs * epoch + removals * batches * batch;
}

/** Number of forward passes that cost as much. */
function costOf({ weights, mixing, forward }: Passes, { weightsStep, localStep }: Speed): number {
  return weights * weightsStep + mixing * localStep + forward;
}

/** Number of forward passes that cost as much as a step on alpha, on average. */
function alphaPasses(options: SearchOptions, { method }: SearchSetup, speed: Speed): number {
  const { acceptance, mode, proposals, proposalBatches } = options;
  const localStep = costOf(localStepPasses(options, method), speed);
  if (method.alphaMoves !== 'local+global') return localStep;
  // The gradient's own loss is the base, unless there are other mini-batches.
  if (mode === 'joint') return localStep + proposalBatches * (proposals + (proposalBatches > 1 ? 1 : 0));
  const globalStep = proposalBatches * (proposals + (acceptance === 'paired' ? 1 : 0));
  return (localStep + globalStep) / 2; // half of the steps are global
}
