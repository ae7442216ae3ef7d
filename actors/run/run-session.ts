import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findNotFinite } from '../../src/engine/check-call.ts';
import type { AppendFile } from '../../src/record/append-file.ts';
import { AppendLog } from '../../src/record/append-file.ts';
import { writeCheckpoint } from '../../src/record/checkpoint-file.ts';
import { EventFile } from '../../src/record/event-file.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
import { encode } from '../codec.ts';
import type { EvaluationSplit, OpenedEngine, SupernetSettings } from '../messages.ts';
import type { PoolData } from '../pool/make-mini-batch.ts';
import { ProposalPool } from '../pool/pool.ts';
import type { SupernetClient } from '../supernet/client.ts';
import { SupernetLostError } from '../supernet/errors.ts';
import { type SupernetProcess, startSupernet } from '../supernet/start.ts';
import { DivergedError } from './diverged-error.ts';
import type { RunProgress } from './machine.ts';
import { MiniBatches } from './mini-batches.ts';
import { type LogName, optionsDigest, type RunState } from './run-state.ts';
import { Trace } from './trace.ts';

/** Time that a lost supernet is given to end, so that its last words are known. */
const LAST_WORDS_MS = 1000;

/** What a session is made of; it owns all of it from then on. */
export interface RunSessionParts {
  readonly options: { readonly workers: number };
  readonly supernet: SupernetSettings;
  /** Milliseconds without an answer after which a supernet counts as hung. */
  readonly hangMs: number;
  /** What the pool's workers hold. */
  readonly data: PoolData;
  readonly folder: RunFolder;
}

/** Of the steps since the epoch began or the supernet was opened: how many, their time, and where the engine's stood. */
export interface Stopwatch {
  steps: number;
  wallMs: number;
  engineBeforeMs: number;
}

/**
 * The living half of a run, whatever its job: the supernet process, the pool, the logs, and the way all of them go into
 * a checkpoint and back. What happens when is the machine's business.
 */
export abstract class RunSession<State extends RunState> {
  readonly pool: ProposalPool;
  readonly folder: RunFolder;
  readonly trace: Trace;
  readonly metrics: AppendLog;
  readonly events: EventFile;
  totals: State['totals'];
  stopwatch: Stopwatch = { steps: 0, wallMs: 0, engineBeforeMs: 0 };
  readonly #options: { readonly workers: number };
  readonly #settings: SupernetSettings;
  readonly #hangMs: number;
  readonly #data: PoolData;
  readonly #logs: { readonly [name in LogName]?: AppendFile };
  #process: SupernetProcess | null = null;
  #batches: MiniBatches | null = null;

  /** @param logs besides those that every run has */
  constructor(parts: RunSessionParts, totals: State['totals'], logs: { readonly [name in LogName]?: AppendFile } = {}) {
    const { folder } = parts;
    this.folder = folder;
    this.totals = totals;
    this.#options = parts.options;
    this.#settings = parts.supernet;
    this.#hangMs = parts.hangMs;
    this.#data = parts.data;
    this.trace = new Trace(new AppendLog(folder.trace));
    this.metrics = new AppendLog(folder.metrics);
    this.events = new EventFile(folder.events);
    this.#logs = { metrics: this.metrics, trace: this.trace.log, events: this.events, ...logs };
    // Last: a log that cannot be opened must leave no threads behind.
    this.pool = new ProposalPool(parts.options.workers, parts.data);
  }

  /** What a checkpoint holds besides what every run's does. */
  protected abstract saveOwn(): Omit<State, keyof RunState>;

  /** Goes back to what `saveOwn` gave. */
  protected abstract restoreOwn(state: State): void;

  /** The state in the newest checkpoint; see `newestRunState`. */
  abstract newestState(steps: number): State | null;

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
  evaluationBatches(split: EvaluationSplit): number {
    return Math.ceil((this.#data.evaluation[split]?.length ?? 0) / this.#data.batch);
  }

  /** Starts a supernet process with fresh weights, in place of one that may be left. */
  async openSupernet(): Promise<OpenedEngine> {
    await this.#process?.stop();
    this.#process = null;
    this.#process = await startSupernet({ hangMs: this.#hangMs });
    this.#batches = new MiniBatches(this.pool, this.#process.address);
    this.stopwatch = { steps: 0, wallMs: 0, engineBeforeMs: 0 };
    return await this.client.call('open', this.#settings);
  }

  /**
   * Writes a checkpoint of everything.
   *
   * @throws DivergedError where a weight is no longer finite: the checkpoints before stay
   */
  async save(progress: RunProgress, step: number): Promise<void> {
    const network = await this.client.call('save', null);
    const spoiled = findNotFinite(network);
    if (spoiled !== null) throw new DivergedError(`the network’s ${spoiled} after iteration ${step - 1}`);
    const logs = this.#eachLog((log) => log.sync());
    const state: RunState = {
      optionsDigest: optionsDigest(this.#options),
      progress,
      network,
      totals: this.totals,
      logs: Object.fromEntries(logs),
    };
    writeCheckpoint(this.folder.checkpoints, step, encode({ ...state, ...this.saveOwn() }));
  }

  /** A lost supernet's error with the process's last words, whoever noticed the loss. */
  async explainLoss(error: SupernetLostError): Promise<SupernetLostError> {
    const words = await Promise.race([this.#process?.exited, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    return words === undefined ? error : new SupernetLostError(`${error.message}: ${words}`, { cause: error });
  }

  /** Goes back to the start, where there is no checkpoint: nothing is in the logs. */
  rewindLogs(): void {
    this.#eachLog((log) => log.rewind(0));
  }

  /**
   * Goes back to a checkpoint's state: supernet, sums, logs and what the job adds.
   *
   * @returns a sentence for each log that has lost lines
   */
  async restore(state: State): Promise<string[]> {
    await this.client.call('restore', state.network);
    this.totals = state.totals;
    this.restoreOwn(state);
    const missing = this.#eachLog((log, name) => log.rewind(state.logs[name] ?? 0));
    return missing.flatMap(([name, bytes]) => {
      if (bytes === 0) return [];
      return [`${basename(this.folder[name])} lacks ${bytes} bytes that it had at the checkpoint: lines are lost`];
    });
  }

  /** Ends the supernet process and the pool, and closes the logs. */
  async close(): Promise<void> {
    await this.#process?.stop();
    await this.pool.close();
    this.#eachLog((log) => log.close());
  }

  #eachLog<T>(use: (log: AppendFile, name: LogName) => T): [LogName, T][] {
    return (Object.entries(this.#logs) as [LogName, AppendFile][]).map(([name, log]) => [name, use(log, name)]);
  }

  #opened(): SupernetProcess {
    if (this.#process === null) throw new Error('the supernet has not been opened');
    return this.#process;
  }
}
