import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { emptyWeightsTotals } from '../run/epoch-totals.ts';
import { RunSession, type RunSessionParts } from '../run/run-session.ts';
import { newestRunState, type RunState } from '../run/run-state.ts';

/** The living half of a retraining: what every run has, and nothing else. */
export class RetrainingSession extends RunSession<RunState> {
  readonly options: RetrainingOptions;

  constructor(parts: RunSessionParts & { readonly options: RetrainingOptions }) {
    super(parts, { weights: emptyWeightsTotals() });
    this.options = parts.options;
  }

  override newestState(steps: number): RunState | null {
    return newestRunState(this.folder, this.options, steps);
  }

  protected override saveOwn(): object {
    return {};
  }

  protected override restoreOwn(): void {}
}
