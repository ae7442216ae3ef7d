/**
 * The public names. Nothing here loads TensorFlow.js: the engine on it has an entry of its own, `lesslocal/engine/tfjs`,
 * and whole searches run from `lesslocal/actors`.
 */

// data: CIFAR-10
export { type Cifar10, type DataProgress, type LoadOptions, loadCifar10 } from './data/cifar10.ts';
export { DataError } from './data/data-error.ts';
export { CLASS_NAMES, type Dataset, type ImageSet } from './data/dataset.ts';
export {
  type EvaluationRequest,
  evaluationMiniBatch,
  type TrainingRequest,
  trainingMiniBatch,
} from './data/mini-batch.ts';
export { splitTrainingSet, type TrainingSplit } from './data/split.ts';
// engine: the contract of what trains a supernet
export {
  BackendError,
  type CandidateLoss,
  type Engine,
  type EngineDescription,
  type EngineMemory,
  type ForwardResult,
  type MiniBatch,
  type MixingGradientResult,
  type MixingWeights,
  type NetworkState,
  OutOfMemoryError,
  type WeightsStepResult,
  type WeightsStepSettings,
} from './engine/engine.ts';
export { type SgdSettings, stepSgd } from './engine/sgd.ts';
// math: seeded randomness
export { sampleBeta } from './math/beta.ts';
export { Random, type RandomState } from './math/random.ts';
// network: the supernet as a graph
export type {
  AuxiliaryHeadBlock,
  BatchNormSpec,
  Block,
  BlockGraph,
  ClassifierBlock,
  ConcatBlock,
  ConvOperation,
  ConvUnit,
  GlobalAveragePoolBlock,
  HalvingBlock,
  HalvingOperation,
  IdentityOperation,
  MixedEdge,
  NodeBlock,
  NoneOperation,
  Operation,
  PoolOperation,
  ProjectionBlock,
  StemBlock,
  ValueSpec,
  WeightSpec,
} from './network/block-graph.ts';
export { BATCH_NORM } from './network/block-graph.ts';
export { countMacs, countParameters } from './network/count.ts';
export { countRetrainedNetwork, type RetrainedCounts } from './network/count-retrained.ts';
export { dropColumns } from './network/drop-path.ts';
export { initialWeights } from './network/initial-weights.ts';
export { estimateMemory, type MemoryEstimate } from './network/memory.ts';
export { buildRetrainedNetwork, type RetrainedNetworkOptions } from './network/retrained-network.ts';
export { buildSupernet, type SupernetOptions } from './network/supernet.ts';
export { Adam, type AdamOptions, type AdamState } from './optimize/adam.ts';
// optimize: minimization of functions, its optimizers and their parts
export { AcceptanceWindow, type AcceptanceWindowState, type Observation } from './optimize/dscd/acceptance-window.ts';
export {
  AlternatingOptimizer,
  type AlternatingOptions,
  type AlternatingState,
} from './optimize/dscd/alternating-optimizer.ts';
export {
  type AlternationOptions,
  type AlternationState,
  advance,
  startAlternation,
} from './optimize/dscd/alternation.ts';
export { type BetaShapes, betaShapes, concentration } from './optimize/dscd/beta-annealing.ts';
export { Dscd, type DscdState } from './optimize/dscd/dscd.ts';
export { type DscdOptions, type ResolvedDscdOptions, resolveDscdOptions } from './optimize/dscd/dscd-options.ts';
export { Hybrid, type HybridOptions, type HybridState } from './optimize/dscd/hybrid.ts';
export type { Evaluation, Proposal, StepAnswer, StepKind, StepOutcome, StepRequest } from './optimize/dscd/step.ts';
export type { LocalOptimizer } from './optimize/local-optimizer.ts';
export {
  createOptimizer,
  METHOD_NAMES,
  type MethodName,
  type MethodOptions,
  needsGradient,
  type ScheduleName,
} from './optimize/minimize/create-optimizer.ts';
export { minimize } from './optimize/minimize/minimize.ts';
export type {
  Minimizable,
  MinimizeOptions,
  MinimizeProgress,
  MinimizeResult,
  MinimizeState,
} from './optimize/minimize/minimize-options.ts';
export type { Objective } from './optimize/minimize/objective.ts';
export { ObjectiveError } from './optimize/minimize/objective-error.ts';
export type { Optimizer, Point, PointEvaluation } from './optimize/optimizer.ts';
export { BasinHopping, type BasinHoppingOptions, type BasinHoppingState } from './optimize/rivals/basin-hopping.ts';
export { CmaEs, type CmaEsOptions, type CmaEsState } from './optimize/rivals/cma-es.ts';
export {
  CoordinateDescent,
  type CoordinateDescentOptions,
  type CoordinateDescentState,
} from './optimize/rivals/coordinate-descent.ts';
export {
  UniformSampling,
  type UniformSamplingOptions,
  type UniformSamplingState,
} from './optimize/rivals/uniform-sampling.ts';
export { constant, cosine, type Schedule, type WarmRestartsOptions, warmRestarts } from './optimize/schedules.ts';
export {
  ACKLEY,
  ELLIPSOID,
  GRIEWANK,
  LEVY,
  RASTRIGIN,
  ROSENBROCK,
  SCHWEFEL,
  SPHERE,
  STYBLINSKI_TANG,
  scaleToDomain,
  TEST_FUNCTIONS,
  type TestFunction,
  type TestFunctionName,
} from './optimize/test-functions/test-functions.ts';
export { OptionsError } from './options/options-error.ts';
// record: why a run folder cannot be used
export { CheckpointError } from './record/checkpoint-file.ts';
export { RunFolderError } from './record/run-folder.ts';
// retrain: the options of training a genotype's network from scratch
export { resolveRetrainingOptions } from './retrain/options.ts';
export type { RetrainingOptions, RetrainingOptionsInput } from './retrain/options-schema.ts';
export { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from './retrain/presets.ts';
// search: the methods, their options and what they minimize
export { type DerivedCells, deriveCells } from './search/derive.ts';
export type { MethodDefaults, SearchMethod } from './search/method.ts';
export { SEARCH_METHOD_NAMES, SEARCH_METHODS, type SearchMethodName } from './search/methods.ts';
export { resolveSearchOptions } from './search/options.ts';
export type { SearchOptions, SearchOptionsInput } from './search/options-schema.ts';
export { PRESET_NAMES, type PresetName } from './search/presets.ts';
export {
  createSearchObjective,
  type SearchObjective,
  type SearchObjectiveSettings,
  zeroOneGradient,
  zeroOneLoss,
} from './search/search-objective.ts';
export {
  createAlphaOptimizer,
  estimateSearch,
  type SearchEstimate,
  type SearchSetup,
  setUpSearch,
} from './search/setup.ts';
// space: what is searched, and what is found
export {
  type AlphaCoordinate,
  type AlphaShape,
  alphaSize,
  type CellMatrices,
  cellSize,
  describeCoordinate,
  splitAlpha,
} from './space/alpha.ts';
export { CELL_KINDS, type CellKind, cellEdges, type Edge, edgeCount } from './space/cell.ts';
export { type DiscretizedCell, type DiscretizeRule, discretize } from './space/discretize.ts';
export { connectedNodes, type Genotype, type GenotypeEntry } from './space/genotype.ts';
export { GenotypeError } from './space/genotype-syntax.ts';
export { type GenotypeDialect, readGenotype, writeGenotype } from './space/genotype-text.ts';
export { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, isPrimitive, type Primitive } from './space/primitives.ts';
export { PUBLISHED_GENOTYPES, type PublishedGenotype, publishedGenotype } from './space/published-genotypes.ts';
export { type Relaxation, relax, relaxBackward } from './space/relaxation.ts';
