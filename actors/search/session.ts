import type { Hybrid } from '../../src/optimize/dscd/hybrid.ts';
import { AlphaFile } from '../../src/record/alpha-file.ts';
import { AppendLog } from '../../src/record/append-file.ts';
import type { SearchMethod } from '../../src/search/method.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { SearchObjective } from '../../src/search/search-objective.ts';
import { type AlphaShape, alphaSize } from '../../src/space/alpha.ts';
import { emptyTotals } from '../run/epoch-totals.ts';
import { RunSession, type RunSessionParts } from '../run/run-session.ts';
import { newestState, type SearchState } from './state.ts';

/** What a search's session is made of besides what every run's is. */
export interface SessionParts extends RunSessionParts {
  readonly options: SearchOptions;
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  readonly objective: SearchObjective;
  /** Of alpha, at its start. */
  readonly optimizer: Hybrid;
}

/** The living half of a search: besides what every run has, the optimizer of alpha, and what becomes of alpha. */
export class Session extends RunSession<SearchState> {
  readonly options: SearchOptions;
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  readonly objective: SearchObjective;
  readonly optimizer: Hybrid;
  /** Alpha at the start and after every epoch. */
  readonly alphaHistory: AppendLog;
  /** Alpha before each step on it. */
  readonly alphaSteps: AlphaFile;

  constructor(parts: SessionParts) {
    const alphaHistory = new AppendLog(parts.folder.alpha);
    const alphaSteps = new AlphaFile(parts.folder.alphaSteps, alphaSize(parts.shape));
    super(parts, emptyTotals(), { alpha: alphaHistory, alphaSteps });
    this.alphaHistory = alphaHistory;
    this.alphaSteps = alphaSteps;
    this.options = parts.options;
    this.method = parts.method;
    this.shape = parts.shape;
    this.objective = parts.objective;
    this.optimizer = parts.optimizer;
  }

  override newestState(steps: number): SearchState | null {
    return newestState(this.folder, this.options, steps);
  }

  protected override saveOwn(): Pick<SearchState, 'optimizer'> {
    return { optimizer: this.optimizer.save() };
  }

  protected override restoreOwn({ optimizer }: SearchState): void {
    this.optimizer.restore(optimizer);
  }
}
