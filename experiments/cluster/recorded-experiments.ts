import { COLLAPSE } from '../collapse/collapse-runs.ts';
import type { RecordedExperiment } from '../many-runs/planned-runs.ts';
import { METHODS } from '../methods/methods-runs.ts';
import { RETRAININGS } from '../retrainings/retrainings-runs.ts';
import { SIGNAL } from '../signal/signal-runs.ts';
import { TABLE_1 } from '../table1/table1-runs.ts';

/** Experiments whose runs workers make, by name. A job cannot name any other. */
export const RECORDED_EXPERIMENTS: readonly RecordedExperiment<never, never, never>[] = [
  TABLE_1,
  METHODS,
  COLLAPSE,
  SIGNAL,
  RETRAININGS,
] as unknown as readonly RecordedExperiment<never, never, never>[];
