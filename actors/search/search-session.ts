import type { Hybrid, HybridState } from '../../src/optimize/dscd/hybrid.ts';
import type { StepOutcome } from '../../src/optimize/dscd/step.ts';
import { AlphaFile } from '../../src/record/alpha-file.ts';
import { AppendLog } from '../../src/record/append-file.ts';
import type { AlphaSummary } from '../../src/record/metrics-line.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
import type { SearchMethod } from '../../src/search/method.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { projectObjective } from '../../src/search/projected-objective.ts';
import type { CellProjections } from '../../src/search/projection.ts';
import { createSearchObjective, type SearchObjective, type StageObjective } from '../../src/search/search-objective.ts';
import type { SearchSetup } from '../../src/search/setup.ts';
import type { Stage } from '../../src/search/stages.ts';
import type { Freezing } from '../../src/search/watches/freezing.ts';
import type { GradientMatch } from '../../src/search/watches/gradient-match-watch.ts';
import { NEW_WATCH, type WatchState } from '../../src/search/watches/judge-epoch.ts';
import { type AlphaShape, alphaSize } from '../../src/space/alpha.ts';
import { markPruned } from '../../src/space/dirichlet-relaxation.ts';
import { emptyWeightsTotals, type WeightsTotals } from '../run/epoch-sums.ts';
import { RunSession, type RunSessionParts } from '../run/run-session.ts';
import { newestRunState, type RunState, runStateAfter } from '../run/run-state.ts';

/** Parts that a search adds to its session. */
export interface SearchParts {
  readonly options: SearchOptions;
  readonly setup: SearchSetup;
  /** Optimizer of alpha, at its start. */
  readonly optimizer: Hybrid;
  /** Operations that may be frozen, at the start; null if none may. */
  readonly freezing: Freezing | null;
}

/** The living half of a search: the session of every run, the optimizer of alpha, and the logs of alpha. */
export class SearchSession extends RunSession implements SearchParts {
  readonly options: SearchOptions;
  readonly setup: SearchSetup;
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  readonly optimizer: Hybrid;
  readonly freezing: Freezing | null;
  /** Log of alpha at the start and after every epoch. */
  readonly alphaHistory: AppendLog;
  /** Log of alpha before each step on it. */
  readonly alphaSteps: AlphaFile;
  totals: EpochTotals = emptyTotals();
  watch: WatchState = NEW_WATCH;
  #objective: SearchObjective;
  #kept: Uint8Array | null = null;
  #projections: CellProjections | null = null;

  constructor(parts: Omit<RunSessionParts, 'logs'> & SearchParts) {
    const alphaHistory = new AppendLog(parts.folder.alpha);
    const { method, shape, objective } = parts.setup;
    const alphaSteps = new AlphaFile(parts.folder.alphaSteps, alphaSize(shape));
    super({
      ...parts,
      logs: [
        ['alpha', alphaHistory],
        ['alphaSteps', alphaSteps],
      ],
    });
    this.alphaHistory = alphaHistory;
    this.alphaSteps = alphaSteps;
    this.options = parts.options;
    this.setup = parts.setup;
    this.method = method;
    this.shape = shape;
    this.#objective = createSearchObjective(objective);
    this.optimizer = parts.optimizer;
    this.freezing = parts.freezing;
  }

  /** The objective of the current stage, after all decisions. */
  get objective(): SearchObjective {
    return this.#objective;
  }

  /** Columns of alpha that stay in the second stage, 1 or 0 each; null in the first. */
  get kept(): Uint8Array | null {
    return this.#kept;
  }

  /** What the stage changes in the objective; undefined in the first. */
  get stage(): StageObjective | undefined {
    const { stages } = this.setup;
    if (this.#kept === null) return undefined;
    return { partialChannels: (stages.at(-1) as Stage).partialChannels, kept: this.#kept };
  }

  /** Alpha as it is recorded and cells are derived: -Infinity where a column was pruned. */
  get alpha(): Float64Array {
    return markPruned(this.optimizer.position, this.#kept);
  }

  /**
   * Goes to a stage: its objective, which follows from the columns that stay.
   *
   * @param kept see `kept`
   * @throws RangeError if they do not fit alpha
   */
  enterStage(kept: Uint8Array | null): void {
    const { length } = this.optimizer.position;
    if (kept !== null && kept.length !== length) {
      throw new RangeError(`the columns that stay must be marked for ${length} coordinates, got ${kept.length}`);
    }
    this.#kept = kept;
    this.#updateObjective();
  }

  /** Decisions of the tuning; null before the first. */
  get projections(): CellProjections | null {
    return this.#projections;
  }

  set projections(projections: CellProjections | null) {
    this.#projections = projections;
    this.#updateObjective();
  }

  #updateObjective(): void {
    const undecided = createSearchObjective({ ...this.setup.objective, ...this.stage });
    const { shape } = this;
    const decided = this.#projections;
    this.#objective = decided === null ? undecided : projectObjective(undecided, shape, decided);
  }
}

/** State in a search's checkpoint. */
export interface SearchState extends RunState {
  /** Alpha, Adam's moments, the acceptance window and the generator. */
  readonly optimizer: HybridState;
  readonly totals: EpochTotals;
  /** Older checkpoints lack it. */
  readonly watch?: WatchState;
  /** @default null: no decision; older checkpoints lack it */
  readonly projections?: CellProjections | null;
  /** Only in a search that freezes operations. */
  readonly freezing?: GradientMatch;
  /** Columns of alpha that stay, in the second stage alone: it tells the stage. */
  readonly kept?: Uint8Array;
}

/** Sums over an epoch's steps so far. Plain data: part of every checkpoint. */
export interface EpochTotals {
  readonly weights: WeightsTotals;
  readonly alpha: { localSteps: number; globalSteps: number; accepted: number; returned: number; loss: number };
}

/** Reads the newest checkpoint of a search; see `newestRunState`. */
export function newestState(folder: RunFolder, options: SearchOptions, iterations = 0): SearchState | null {
  return newestRunState<SearchState>(folder, options, iterations, findSpoiled);
}

/** Reads the checkpoint of a search after a number of iterations; see `runStateAfter`. */
export function stateAfter(folder: RunFolder, options: SearchOptions, step: number): SearchState {
  return runStateAfter<SearchState>(folder, options, step, findSpoiled);
}

function findSpoiled({ optimizer }: SearchState): string | null {
  const alpha = optimizer.position.find((value) => !Number.isFinite(value));
  return alpha === undefined ? null : `alpha holds ${alpha}`;
}

export function emptyTotals(): EpochTotals {
  return {
    weights: emptyWeightsTotals(),
    alpha: { localSteps: 0, globalSteps: 0, accepted: 0, returned: 0, loss: 0 },
  };
}

/** Adds a step on alpha. A joint step counts as one of each kind. */
export function addAlphaStep({ alpha }: EpochTotals, outcome: StepOutcome): void {
  if (outcome.kind !== 'global') alpha.localSteps++;
  if (outcome.kind !== 'local') alpha.globalSteps++;
  if (outcome.accepted !== null) alpha.accepted++;
  if (outcome.returned) alpha.returned++;
  alpha.loss += outcome.loss;
}

/**
 * Takes counts and mean loss of the steps on alpha.
 *
 * @param steps number of these steps
 */
export function summarizeAlpha({ alpha }: EpochTotals, steps: number): AlphaSummary {
  return { ...alpha, loss: steps === 0 ? null : alpha.loss / steps };
}
