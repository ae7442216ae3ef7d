/** Minimization of functions, the optimizers and their parts: the entry `lesslocal/optimize`, and all of `lesslocal-optimize`. */

// math: seeded randomness
export { Random, type RandomState, sampleBeta } from '../math/random.ts';
// optimize: minimization of functions, its optimizers and their parts
export { Adam, type AdamOptions, type AdamState } from './adam.ts';
export { AcceptanceWindow, type AcceptanceWindowState, type Observation } from './dscd/acceptance-window.ts';
export {
  AlternatingOptimizer,
  type AlternatingOptions,
  type AlternatingState,
} from './dscd/alternating-optimizer.ts';
export {
  type AlternationOptions,
  type AlternationState,
  advance,
  startAlternation,
} from './dscd/alternation.ts';
export { type BetaShapes, betaShapes, concentration } from './dscd/beta-annealing.ts';
export { Dscd, type DscdState } from './dscd/dscd.ts';
export { type DscdOptions, type ResolvedDscdOptions, resolveDscdOptions } from './dscd/dscd-options.ts';
export { Hybrid, type HybridOptions, type HybridState } from './dscd/hybrid.ts';
export type { Evaluation, Proposal, StepAnswer, StepKind, StepOutcome, StepRequest } from './dscd/step.ts';
export {
  createOptimizer,
  METHOD_NAMES,
  type MethodName,
  type MethodOptions,
  needsGradient,
  type ScheduleName,
} from './minimize/create-optimizer.ts';
export { minimize, ObjectiveError } from './minimize/minimize.ts';
export type {
  Minimizable,
  MinimizeOptions,
  MinimizeProgress,
  MinimizeResult,
  MinimizeState,
} from './minimize/minimize-options.ts';
export type { OptimizerState } from './minimize/named-optimizer.ts';
export type { Objective } from './minimize/objective.ts';
export type { LocalOptimizer, Optimizer, Point, PointEvaluation, PointKind } from './optimizer.ts';
export type { Range, RangeOptions, Ranges } from './range/range.ts';
export { BasinHopping, type BasinHoppingOptions, type BasinHoppingState } from './rivals/basin-hopping.ts';
export { CmaEs, type CmaEsOptions, type CmaEsState } from './rivals/cma-es.ts';
export {
  CoordinateDescent,
  type CoordinateDescentOptions,
  type CoordinateDescentState,
} from './rivals/coordinate-descent.ts';
export type { CurvaturePair } from './rivals/curvature-history.ts';
export type { LbfgsEnd, LbfgsState } from './rivals/lbfgs.ts';
export type { LbfgsOptions, LbfgsSettings } from './rivals/lbfgs-options.ts';
export type { SearchDistributionState } from './rivals/search-distribution.ts';
export {
  UniformSampling,
  type UniformSamplingOptions,
  type UniformSamplingState,
} from './rivals/uniform-sampling.ts';
export { constant, cosine, type Schedule, type WarmRestartsOptions, warmRestarts } from './schedules.ts';
export { createStudy, type StudyOptions } from './study/create-study.ts';
export type { EvaluationRow } from './study/evaluation-row.ts';
export { type EvaluatedPosition, estimateImportance, type Importance } from './study/importance.ts';
export { type Packed, type PackedNumber, packState, unpackState } from './study/packed-state.ts';
export type { Study, StudyState, Trial } from './study/study.ts';
export { BBOB_FUNCTIONS, type BbobFunction, bbobFunction } from './test-functions/bbob/bbob.ts';
export { scaleToDomain, type TestFunction } from './test-functions/test-function.ts';
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
  TEST_FUNCTIONS,
  type TestFunctionName,
} from './test-functions/test-functions.ts';
