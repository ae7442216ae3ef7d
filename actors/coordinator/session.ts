import { setTimeout as sleep } from 'node:timers/promises';
import { findNotFinite } from '../../src/engine/check-call.ts';
import type { Hybrid } from '../../src/optimize/hybrid.ts';
import { AppendLog } from '../../src/record/append-log.ts';
import { writeCheckpoint } from '../../src/record/checkpoint-file.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
import type { SearchMethod } from '../../src/search/method.ts';
import type { Objective } from '../../src/search/objective.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { AlphaShape } from '../../src/space/alpha.ts';
import { encode } from '../codec.ts';
import type { OpenedEngine, SupernetSettings } from '../messages.ts';
import { ProposalPool } from '../pool/pool.ts';
import type { PoolData } from '../pool/tasks.ts';
import type { SupernetClient } from '../supernet/client.ts';
import { SupernetLostError } from '../supernet/errors.ts';
import { type SupernetProcess, startSupernet } from '../supernet/start.ts';
import { DivergedError } from './diverged-error.ts';
import { type EpochTotals, emptyTotals } from './epoch-totals.ts';
import type { SearchProgress } from './machine.ts';
import { MiniBatches } from './mini-batches.ts';
import { newestState, optionsDigest, type SearchState } from './state.ts';
import { Trace } from './trace.ts';

/** Time that a lost supernet is given to end, so that its last words are known. */
const LAST_WORDS_MS = 1000;

/** What a session is made of; it owns all of it from then on. */
export interface SessionParts {
  readonly options: SearchOptions;
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  readonly objective: Objective;
  /** Of alpha, at its start. */
  readonly optimizer: Hybrid;
  readonly supernet: SupernetSettings;
  /** Milliseconds without an answer after which a supernet counts as hung. */
  readonly hangMs: number;
  /** What the pool's workers hold. */
  readonly data: PoolData;
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
  readonly #hangMs: number;
  readonly #evaluation: PoolData['evaluation'];
  #process: SupernetProcess | null = null;
  #batches: MiniBatches | null = null;

  constructor(parts: SessionParts) {
    this.options = parts.options;
    this.method = parts.method;
    this.shape = parts.shape;
    this.objective = parts.objective;
    this.optimizer = parts.optimizer;
    this.folder = parts.folder;
    this.#settings = parts.supernet;
    this.#hangMs = parts.hangMs;
    this.#evaluation = parts.data.evaluation;
    this.trace = new Trace(new AppendLog(parts.folder.trace), parts.shape);
    this.metrics = new AppendLog(parts.folder.metrics);
    this.alphaHistory = new AppendLog(parts.folder.alpha);
    // Last: a log that cannot be opened must leave no threads behind.
    this.pool = new ProposalPool(parts.options.workers, parts.data);
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
    return Math.ceil(this.#evaluation[split].length / this.options.batch);
  }

  /** Starts a supernet process with fresh weights, in place of one that may be left. */
  async openSupernet(): Promise<OpenedEngine> {
    await this.#process?.stop();
    this.#process = null;
    this.#process = await startSupernet({ hangMs: this.#hangMs });
    this.#batches = new MiniBatches(this.pool, this.#process.address);
    this.stopwatch = { wallMs: 0, engineBeforeMs: 0 };
    return await this.client.call('open', this.#settings);
  }

  /**
   * Writes a checkpoint of everything.
   *
   * @throws DivergedError where a weight is no longer finite: the checkpoints before stay
   */
  async save(progress: SearchProgress, step: number): Promise<void> {
    const network = await this.client.call('save', null);
    const spoiled = findNotFinite(network);
    if (spoiled !== null) throw new DivergedError(`the supernet’s ${spoiled} after iteration ${step - 1}`);
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

  /** A lost supernet's error with the process's last words, whoever noticed the loss. */
  async explainLoss(error: SupernetLostError): Promise<SupernetLostError> {
    const words = await Promise.race([this.#process?.exited, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    return words === undefined ? error : new SupernetLostError(`${error.message}: ${words}`, { cause: error });
  }

  /** Goes back to the start, where there is no checkpoint: nothing is in the logs. */
  rewindLogs(): void {
    for (const log of [this.metrics, this.trace.log, this.alphaHistory]) log.rewind(0);
  }

  /**
   * Goes back to a checkpoint's state: supernet, optimizer, sums and logs.
   *
   * @returns a sentence for each log that has lost lines
   */
  async restore(state: SearchState): Promise<string[]> {
    await this.client.call('restore', state.network);
    this.optimizer.restore(state.optimizer);
    this.totals = state.totals;
    const logs = { metrics: this.metrics, trace: this.trace.log, alpha: this.alphaHistory };
    return (['metrics', 'trace', 'alpha'] as const).flatMap((name) => {
      const missing = logs[name].rewind(state.logs[name]);
      return missing === 0
        ? []
        : [`${name}.jsonl lacks ${missing} bytes that it had at the checkpoint: lines are lost`];
    });
  }

  /** The state in the newest checkpoint; see `newestState`. */
  newestState(steps: number): SearchState | null {
    return newestState(this.folder, this.options, steps);
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
