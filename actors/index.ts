/** The running system: searches over a coordinator, a pool of workers and a supernet process. */
export { DivergedError } from './coordinator/diverged-error.ts';
export type { TraceLine } from './coordinator/trace.ts';
export type { DoneEvent, EpochEvent, PausedEvent, SearchEvent, StartedEvent } from './messages.ts';
export { type RunOptions, resumeSearch, startSearch } from './search.ts';
export { SupernetCallError, SupernetLostError } from './supernet/errors.ts';
