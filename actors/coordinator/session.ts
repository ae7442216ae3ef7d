import type { EngineDescription } from '../../src/engine/engine.ts';
import type { Hybrid } from '../../src/optimize/hybrid.ts';
import { AppendLog } from '../../src/record/append-log.ts';
import { writeCheckpoint } from '../../src/record/checkpoint-file.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
import type { SearchMethod } from '../../src/search/method.ts';
import type { Objective } from '../../src/search/objective.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { AlphaShape } from '../../src/space/alpha.ts';
import { encode } from '../codec.ts';
import type { SupernetSettings } from '../messages.ts';
import type { ProposalPool } from '../pool/pool.ts';
import type { SupernetClient } from '../supernet/client.ts';
import { type SupernetProcess, startSupernet } from '../supernet/start.ts';
import { type EpochTotals, emptyTotals } from './epoch-totals.ts';
import type { SearchProgress } from './machine.ts';
import { MiniBatches } from './mini-batches.ts';
import { newestState, optionsDigest, type SearchState } from './state.ts';
import { Trace } from './trace.ts';

/** What a session is made of; it owns all of it from then on. */
export interface SessionParts {
  readonly options: SearchOptions;
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  readonly objective: Objective;
  /** Of alpha, at its start. */
  readonly optimizer: Hybrid;
  readonly supernet: SupernetSettings;
  readonly pool: ProposalPool;
  /** Pictures of each split that accuracies are measured on. */
  readonly evaluationPictures: { readonly weights: number; readonly alpha: number; readonly test: number };
  readonly folder: RunFolder;
}

/**
 * The living half of a search: the supernet process, the optimizer of alpha, the logs, and the way all of them go
 * into a checkpoint and back. What happens when is the machine's business.
 */
export class Session {
  readonly options: SearchOptions;
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  readonly objective: Objective;
  readonly optimizer: Hybrid;
  readonly pool: ProposalPool;
  readonly folder: RunFolder;
  readonly trace: Trace;
  readonly metrics: AppendLog;
  readonly alphaHistory: AppendLog;
  totals: EpochTotals = emptyTotals();
  /** Of the steps since the epoch began or the supernet was opened: wall-clock time, and where the engine's stood. */
  stopwatch = { wallMs: 0, engineBeforeMs: 0 };
  readonly #settings: SupernetSettings;
  readonly #evaluationPictures: SessionParts['evaluationPictures'];
  #process: SupernetProcess | null = null;
  #batches: MiniBatches | null = null;

  constructor(parts: SessionParts) {
    this.options = parts.options;
    this.method = parts.method;
    this.shape = parts.shape;
    this.objective = parts.objective;
    this.optimizer = parts.optimizer;
    this.pool = parts.pool;
    this.folder = parts.folder;
    this.#settings = parts.supernet;
    this.#evaluationPictures = parts.evaluationPictures;
    this.trace = new Trace(new AppendLog(parts.folder.trace), parts.shape);
    this.metrics = new AppendLog(parts.folder.metrics);
    this.alphaHistory = new AppendLog(parts.folder.alpha);
  }

  /** The connection to the supernet, which must have been opened. */
  get client(): SupernetClient {
    return this.#opened().client;
  }

  /** The supernet's address, for the pool's workers. */
  get address(): string {
    return this.#opened().address;
  }

  get batches(): MiniBatches {
    if (this.#batches === null) throw new Error('the supernet has not been opened');
    return this.#batches;
  }

  /** Mini-batches that a split's pictures for measuring accuracies make. */
  evaluationBatches(split: 'weights' | 'alpha' | 'test'): number {
    return Math.ceil(this.#evaluationPictures[split] / this.options.batch);
  }

  /** Starts a supernet process with fresh weights, in place of one that may be left. */
  async openSupernet(): Promise<EngineDescription> {
    await this.#process?.stop();
    this.#process = await startSupernet();
    this.#batches = new MiniBatches(this.pool, this.#process.address);
    this.stopwatch = { wallMs: 0, engineBeforeMs: 0 };
    return await this.client.call('open', this.#settings);
  }

  /** Writes a checkpoint of everything. */
  async save(progress: SearchProgress, step: number): Promise<void> {
    const network = await this.client.call('save', null);
    const state: SearchState = {
      optionsDigest: optionsDigest(this.options),
      progress,
      optimizer: this.optimizer.save(),
      network,
      totals: this.totals,
      logs: { metrics: this.metrics.sync(), trace: this.trace.log.sync(), alpha: this.alphaHistory.sync() },
    };
    writeCheckpoint(this.folder.checkpoints, step, encode(state));
  }

  /** Goes back to a checkpoint's state: supernet, optimizer, sums and logs. */
  async restore(state: SearchState): Promise<void> {
    await this.client.call('restore', state.network);
    this.optimizer.restore(state.optimizer);
    this.totals = state.totals;
    this.metrics.rewind(state.logs.metrics);
    this.trace.log.rewind(state.logs.trace);
    this.alphaHistory.rewind(state.logs.alpha);
  }

  /** The state in the newest checkpoint, or null before the first. */
  newestState(): SearchState | null {
    return newestState(this.folder.checkpoints, this.options);
  }

  /** Ends the supernet process and the pool, and closes the logs. */
  async close(): Promise<void> {
    await this.#process?.stop();
    await this.pool.close();
    for (const log of [this.metrics, this.trace.log, this.alphaHistory]) log.close();
  }

  #opened(): SupernetProcess {
    if (this.#process === null) throw new Error('the supernet has not been opened');
    return this.#process;
  }
}
