import { performance } from 'node:perf_hooks';
import type { InspectionEvent } from 'xstate';
import type { StepOutcome } from '../../src/optimize/dscd/step.ts';
import type { AppendLog } from '../../src/record/append-log.ts';
import type { CellKind } from '../../src/space/cell.ts';
import type { Primitive } from '../../src/space/primitives.ts';

/** A line of `trace.jsonl`. `t` is the time in milliseconds since 1970. */
export type TraceLine =
  | {
      readonly t: number;
      readonly event: 'transition';
      readonly from: string;
      readonly to: string;
      readonly by: string;
    }
  | DecisionLine
  | { readonly t: number; readonly event: 'recovered'; readonly step: number; readonly cause: string };

/** What a step on alpha did. */
export interface DecisionLine {
  readonly t: number;
  readonly event: 'decision';
  /** Iteration, counted from 0 over the whole search. */
  readonly step: number;
  readonly epoch: number;
  readonly kind: StepOutcome['kind'];
  /** null where it was not finite: JSON has no word for it. */
  readonly loss: number | null;
  /** Loss to beat: the best of the window, or the base's; null where there was none. */
  readonly threshold: number | null;
  readonly concentration: number | null;
  /** Index of the accepted proposal, or null. */
  readonly accepted: number | null;
  /** Whether the step went back to the best position of the window. */
  readonly returned: boolean;
  readonly proposals: readonly TracedProposal[];
}

export interface TracedProposal {
  readonly cell: CellKind;
  /** `[from, to]` node of the edge. */
  readonly edge: readonly [number, number];
  readonly primitive: Primitive;
  readonly from: number;
  readonly to: number;
  readonly loss: number | null;
}

/** Writes down every transition of the machine, and what else is handed to it. */
export class Trace {
  readonly log: AppendLog;
  #state = 'starting';
  #lastTransition: TraceLine | null = null;

  constructor(log: AppendLog) {
    this.log = log;
  }

  /** For `createActor`'s `inspect`: sees each microstep, so states passed through in no time show too. */
  readonly inspect = (inspection: InspectionEvent): void => {
    if (inspection.type !== '@xstate.microstep') return;
    const { value } = inspection.snapshot as { value?: unknown };
    if (typeof value !== 'string' || value === this.#state) return;
    this.#lastTransition = {
      t: traceTime(),
      event: 'transition',
      from: this.#state,
      to: value,
      by: inspection.event.type,
    };
    this.append(this.#lastTransition);
    this.#state = value;
  };

  /**
   * The supernet was lost and replaced; what came after the checkpoint of `step` has been taken back. With it went the
   * transition into this recovery, which is written again.
   */
  recovered(step: number, cause: string): void {
    if (this.#lastTransition !== null) this.append(this.#lastTransition);
    this.append({ t: traceTime(), event: 'recovered', step, cause });
  }

  /** Appends a line. It reaches the file with the log's next `flush`. */
  append(line: TraceLine): void {
    this.log.append(line);
  }
}

/** The time of a line. Tenths of a millisecond are as much as the states differ by. */
export function traceTime(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 10) / 10;
}
