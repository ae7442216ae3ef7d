/** The running system: searches and retrainings over a coordinator, a pool of workers and a supernet process; and objectives on threads. */
export { DivergedError } from './coordinator/diverged-error.ts';
export type { TraceLine } from './coordinator/trace.ts';
export type {
  DoneEvent,
  EpochEvent,
  PausedEvent,
  RetrainedEvent,
  RetrainingEpochEvent,
  RetrainingEvent,
  SearchEvent,
  StartedEvent,
} from './messages.ts';
export {
  type ModulePool,
  type ModulePoolOptions,
  openModulePool,
  type PoolObjective,
  type PoolObjectiveOptions,
  poolObjective,
} from './pool/module-pool.ts';
export { checkRetraining, resumeRetraining, startRetraining } from './retraining/retrain.ts';
export type { RunOptions } from './run.ts';
export { resumeSearch, startSearch } from './search.ts';
export { SupernetCallError, SupernetLostError } from './supernet/errors.ts';
