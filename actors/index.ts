/** The running system: searches and retrainings over a coordinator, a pool of workers and a supernet process; and objectives on threads. */

export type { TraceLine } from '../src/record/trace-line.ts';
export type {
  DoneEvent,
  EpochEvent,
  PausedEvent,
  RetrainedEvent,
  RetrainingEpochEvent,
  RetrainingEvent,
  SearchEvent,
  StartedEvent,
} from './events.ts';
export {
  type ModulePool,
  type ModulePoolOptions,
  openModulePool,
  type PoolObjective,
  type PoolObjectiveOptions,
  poolObjective,
} from './pool/module-pool.ts';
export { checkRetraining, resumeRetraining, startRetraining } from './retraining/retrain.ts';
export type { RunOptions } from './run/begin-run.ts';
export { DivergedError } from './run/diverged-error.ts';
export { resumeSearch, type SearchRunOptions, startSearch } from './search/search.ts';
export { SupernetCallError, SupernetLostError } from './supernet/errors.ts';
