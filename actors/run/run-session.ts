import { basename } from 'node:path';
import { findNotFinite } from '../../src/engine/check-call.ts';
import { type AppendFile, AppendLog } from '../../src/record/append-file.ts';
import { writeCheckpoint } from '../../src/record/checkpoint-file.ts';
import { EventFile } from '../../src/record/event-file.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
import { encode } from '../codec.ts';
import type { OpenedEngine, SupernetSettings } from '../messages.ts';
import type { PoolData } from '../pool/make-mini-batch.ts';
import type { Pool } from '../pool/pool.ts';
import type { Supernet, SupernetLostError } from '../supernet/supernet.ts';
import { DivergedError } from './diverged-error.ts';
import { type Stopwatch, startStopwatch } from './epoch-sums.ts';
import { MiniBatches } from './mini-batches.ts';
import type { LogName, RunState } from './run-state.ts';
import { Trace } from './trace.ts';

/** Parts that a session is made of. It owns all of them from then on. */
export interface RunSessionParts {
  readonly folder: RunFolder;
  /** Settings that a supernet is opened with. */
  readonly settings: SupernetSettings;
  /** The part of the workers' data that the session needs too. */
  readonly data: Pick<PoolData, 'evaluation' | 'batch'>;
  /** Opens the workers. Called once. */
  readonly openPool: () => Pool;
  /** Starts a supernet that has not been opened. Called again after each loss. */
  readonly startSupernet: () => Promise<Supernet>;
  /** Logs of the job, besides those that every run has. @default none */
  readonly logs?: Iterable<readonly [LogName, AppendFile]>;
}

/**
 * The living half of a run, whatever its job: the supernet, the pool, the logs, and the way into a checkpoint and back.
 * The machine decides what happens when.
 */
export class RunSession {
  readonly folder: RunFolder;
  readonly data: RunSessionParts['data'];
  readonly pool: Pool;
  readonly trace: Trace;
  readonly metrics: AppendLog;
  readonly events: EventFile;
  stopwatch: Stopwatch = startStopwatch();
  readonly #settings: SupernetSettings;
  readonly #startSupernet: () => Promise<Supernet>;
  readonly #logs: ReadonlyMap<LogName, AppendFile>;
  #supernet: Supernet | null = null;
  #miniBatches: MiniBatches | null = null;

  constructor({ folder, settings, data, openPool, startSupernet, logs = [] }: RunSessionParts) {
    this.folder = folder;
    this.data = data;
    this.#settings = settings;
    this.#startSupernet = startSupernet;
    this.trace = new Trace(new AppendLog(folder.trace));
    this.metrics = new AppendLog(folder.metrics);
    this.events = new EventFile(folder.events);
    this.#logs = new Map<LogName, AppendFile>([
      ['metrics', this.metrics],
      ['trace', this.trace.log],
      ['events', this.events],
      ...logs,
    ]);
    // Last: a log that cannot be opened must leave no threads behind.
    this.pool = openPool();
  }

  /** The supernet. Throws before `openSupernet`. */
  get supernet(): Supernet {
    if (this.#supernet === null) throw new Error('the supernet has not been opened');
    return this.#supernet;
  }

  /** Mini-batches in the supernet. Throws before `openSupernet`. */
  get miniBatches(): MiniBatches {
    if (this.#miniBatches === null) throw new Error('the supernet has not been opened');
    return this.#miniBatches;
  }

  /**
   * Starts a supernet with fresh weights. One that is left is stopped first.
   *
   * @param network the network that it trains. @default that of the settings
   */
  async openSupernet(network: SupernetSettings['network'] = this.#settings.network): Promise<OpenedEngine> {
    await this.#supernet?.stop();
    this.#supernet = null;
    this.#supernet = await this.#startSupernet();
    this.#miniBatches = new MiniBatches(this.pool, this.#supernet.address);
    this.stopwatch = startStopwatch();
    return await this.#supernet.call('open', { ...this.#settings, network });
  }

  /** Adds the process's last words to the error that reported the loss of the supernet. */
  async explainLoss(error: SupernetLostError): Promise<SupernetLostError> {
    return this.#supernet === null ? error : await this.#supernet.explainLoss(error);
  }

  /**
   * Writes a checkpoint.
   *
   * @param iteration number of the next iteration
   * @param state everything that the session does not hold itself
   * @param spared names of older checkpoints that stay (`iterationsMade`). @default none
   * @throws RunFolderError if the folder is gone, or another process has taken the run over
   * @throws DivergedError if a weight is no longer finite: earlier checkpoints stay
   */
  async save(
    iteration: number,
    state: Omit<RunState, 'network' | 'logs'>,
    spared: readonly number[] = [],
  ): Promise<void> {
    const network = await this.supernet.call('save', null);
    const spoiled = findNotFinite(network);
    if (spoiled !== null) throw new DivergedError(`the network’s ${spoiled} after iteration ${iteration - 1}`);
    this.folder.hold?.check();
    const logs = Object.fromEntries([...this.#logs].map(([name, log]) => [name, log.sync()]));
    this.write(iteration, { ...state, network, logs }, spared);
  }

  /** Writes a checkpoint of a whole state, as `save` does. */
  write(iteration: number, state: RunState, spared: readonly number[] = []): void {
    const { hold, checkpoints } = this.folder;
    hold?.check();
    const at = { step: iteration + (state.progress.undone ?? 0), incarnation: hold?.incarnation ?? 0 };
    writeCheckpoint(checkpoints, at, encode(state), spared);
  }

  /** Goes back to the start of the run: empties the logs. */
  rewind(): void {
    for (const log of this.#logs.values()) log.rewind(0);
  }

  /**
   * Restores the network and the logs from a checkpoint.
   *
   * @returns a sentence for each log that has lost lines
   */
  async restore({ network, logs }: Pick<RunState, 'network' | 'logs'>): Promise<string[]> {
    await this.supernet.call('restore', network);
    return [...this.#logs].flatMap(([name, log]) => {
      const { [name]: length = 0 } = logs; // a log that the checkpoint does not know was empty
      const missing = log.rewind(length);
      if (missing === 0) return [];
      return [`${basename(this.folder[name])} lacks ${missing} bytes that it had at the checkpoint: lines are lost`];
    });
  }

  /** Ends the supernet process and the pool, and closes the logs. */
  async close(): Promise<void> {
    await this.#supernet?.stop();
    await this.pool.close();
    for (const log of this.#logs.values()) log.close();
  }
}
