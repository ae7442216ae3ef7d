/**
 * The running system: searches and retrainings over a coordinator, a pool of workers and a supernet process, and
 * objectives that are evaluated on threads. The entry `lesslocal/actors`.
 */

export type { Preprocessing } from '../src/data/preprocessing.ts';
export type {
  Accuracy,
  AlphaSummary,
  Noise,
  RetrainingEpochLine,
  SearchEpochLine,
  SupernetHealth,
} from '../src/record/metrics-line.ts';
export type { ProjectionLine } from '../src/record/projection-line.ts';
export type { RetrainingDoneLine, SearchDoneLine } from '../src/record/run-result.ts';
export type { DecisionLine, StepKind, TracedProposal, TraceLine } from '../src/record/trace-line.ts';
export type {
  CoordinatorReport,
  DoneEvent,
  EpochEvent,
  PausedEvent,
  ProjectionEvent,
  RetrainedEvent,
  RetrainingEpochEvent,
  RetrainingEvent,
  RunEvent,
  SearchEvent,
  StartedEvent,
} from './events.ts';
export type { SupernetErrorCode } from './messages.ts';
export {
  type ModulePool,
  type ModulePoolOptions,
  openModulePool,
  type PoolObjective,
  type PoolObjectiveOptions,
  poolObjective,
} from './pool/module-pool.ts';
export { type LoadNetworkOptions, loadNetwork, type TrainedNetwork } from './retraining/load-network.ts';
export { checkRetraining, resumeRetraining, startRetraining } from './retraining/retrain.ts';
export type { Overrides, RunOptions } from './run/begin-run.ts';
export { DivergedError } from './run/diverged-error.ts';
export { resumeSearch, type SearchRunOptions, startSearch } from './search/search.ts';
export { SupernetCallError, SupernetLostError } from './supernet/supernet.ts';
