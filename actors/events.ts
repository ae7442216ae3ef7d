import type { EngineDescription } from '../src/engine/engine.ts';
import type { RetrainingEpochLine, SearchEpochLine } from '../src/record/metrics-line.ts';
import type { ProjectionLine } from '../src/record/projection-line.ts';
import type { RetrainingDoneLine, SearchDoneLine } from '../src/record/run-result.ts';

/** An event that a run reports to its caller, in order. `Epoch` and `Done` are the job's own. */
export type RunEvent<Epoch, Done> = StartedEvent | StepEvent | Epoch | CoordinatorReport | PausedEvent | Done;

/** An event that the coordinator itself reports, whatever the job. */
export type CoordinatorReport =
  /** The run goes on, but something about it is not as expected: one sentence. */
  | { readonly event: 'warning'; readonly message: string }
  /** A checkpoint was written. `step` counts the iterations completed. */
  | { readonly event: 'checkpoint'; readonly step: number }
  /** The run went back to the checkpoint after `step` iterations by a rule of its own, the cause. */
  | { readonly event: 'wentBack'; readonly step: number; readonly cause: string }
  /** The supernet process was lost, and replaced from the checkpoint after `step` iterations. */
  | { readonly event: 'recovered'; readonly step: number; readonly cause: string };

/** The end of an epoch. It is also a line of `metrics.jsonl`. */
export type EpochEvent = SearchEpochLine;
export type RetrainingEpochEvent = RetrainingEpochLine;

/** The end of the job. It is also the last line of `metrics.jsonl`. */
export type DoneEvent = SearchDoneLine;
export type RetrainedEvent = RetrainingDoneLine;

/** A decision of a tuning. It is also a line of `metrics.jsonl`. */
export type ProjectionEvent = ProjectionLine;

export type SearchEvent = RunEvent<EpochEvent, DoneEvent> | ProjectionEvent;
export type RetrainingEvent = RunEvent<RetrainingEpochEvent, RetrainedEvent>;

/** The run has begun, or goes on. */
export interface StartedEvent {
  readonly event: 'started';
  /** Path of the run folder. */
  readonly run: string;
  /** Iterations completed: 0, or those of the checkpoint resumed. */
  readonly step: number;
  /** Iterations of the whole run. */
  readonly steps: number;
  readonly engine: EngineDescription;
  /** Number of the network's weights. */
  readonly parameters: number;
  /** Multiply-adds of one picture through the network. */
  readonly macs: number;
  /** Memory of the engine: taken, or estimated if it takes memory as it goes. */
  readonly memoryBytes: number;
  /** A rough estimate from earlier measurements; null if there are none. */
  readonly expectedSeconds: number | null;
}

/** An iteration is complete. */
interface StepEvent {
  readonly event: 'step';
  /** Iterations completed. */
  readonly step: number;
  /** Iterations of the whole run. */
  readonly steps: number;
  /** Kind of the step on alpha, or `weights` if there was none. */
  readonly kind: string;
  /** Loss of the step on alpha, or else of the step on w. */
  readonly loss: number;
}

/** A checkpoint has been written, and the run can be resumed. */
export interface PausedEvent {
  readonly event: 'paused';
  /** Iterations completed. */
  readonly step: number;
  /** Path of the run folder. */
  readonly run: string;
}
