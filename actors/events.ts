import type { EngineDescription } from '../src/engine/engine.ts';
import type { RetrainingEpochLine, SearchEpochLine } from '../src/record/metrics-line.ts';
import type { RetrainingDoneLine, SearchDoneLine } from '../src/record/run-result.ts';

/** What a run tells whoever started it, in order; `Epoch` and `Done` are the job's own. */
export type RunEvent<Epoch, Done> =
  | StartedEvent
  | {
      readonly event: 'step';
      readonly step: number;
      readonly steps: number;
      readonly kind: string;
      readonly loss: number;
    }
  | Epoch
  | CoordinatorReport
  | PausedEvent
  | Done;

/** What the coordinator itself reports, whatever the job. */
export type CoordinatorReport =
  /** The run goes on, but something about it is not as expected: one sentence. */
  | { readonly event: 'warning'; readonly message: string }
  | { readonly event: 'checkpoint'; readonly step: number }
  /** The supernet process was lost, and replaced from the checkpoint of a step. */
  | { readonly event: 'recovered'; readonly step: number; readonly cause: string };

/** The end of an epoch, and the end of the job: each is also a line of `metrics.jsonl`. */
export type EpochEvent = SearchEpochLine;
export type DoneEvent = SearchDoneLine;
export type RetrainingEpochEvent = RetrainingEpochLine;
export type RetrainedEvent = RetrainingDoneLine;

export type SearchEvent = RunEvent<EpochEvent, DoneEvent>;
export type RetrainingEvent = RunEvent<RetrainingEpochEvent, RetrainedEvent>;

/** A checkpoint has been written, and the run can be resumed. */
export interface PausedEvent {
  readonly event: 'paused';
  readonly step: number;
  readonly run: string;
}

export interface StartedEvent {
  readonly event: 'started';
  readonly run: string;
  /** Step it starts from: 0, or that of the checkpoint resumed. */
  readonly step: number;
  readonly steps: number;
  readonly engine: EngineDescription;
  /** Weights of the network, and multiply-adds of one picture through it. */
  readonly parameters: number;
  readonly macs: number;
  readonly memoryBytes: number;
  /** A rough guess from earlier measurements, null where there are none; the bar's own comes from this run. */
  readonly expectedSeconds: number | null;
}
