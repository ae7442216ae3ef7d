import { performance } from 'node:perf_hooks';
import type { InspectionEvent } from 'xstate';
import type { StepOutcome, StepRequest } from '../../src/optimize/step.ts';
import type { AppendLog } from '../../src/record/append-log.ts';
import { type AlphaShape, describeCoordinate } from '../../src/space/alpha.ts';
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

/** Writes down every transition of the machine, and every decision with its proposals. */
export class Trace {
  readonly log: AppendLog;
  readonly #shape: AlphaShape;
  #state = 'starting';
  #lastTransition: TraceLine | null = null;

  constructor(log: AppendLog, shape: AlphaShape) {
    this.log = log;
    this.#shape = shape;
  }

  /** For `createActor`'s `inspect`: sees each microstep, so states passed through in no time show too. */
  readonly inspect = (inspection: InspectionEvent): void => {
    if (inspection.type !== '@xstate.microstep') return;
    const { value } = inspection.snapshot as { value?: unknown };
    if (typeof value !== 'string' || value === this.#state) return;
    this.#lastTransition = { t: now(), event: 'transition', from: this.#state, to: value, by: inspection.event.type };
    this.#append(this.#lastTransition);
    this.#state = value;
  };

  /** A step on alpha: the request it made, the losses it got, and what came of it. */
  decision(
    at: { readonly step: number; readonly epoch: number },
    request: StepRequest,
    losses: readonly number[],
    outcome: StepOutcome,
  ): void {
    this.#append({
      t: now(),
      event: 'decision',
      ...at,
      kind: outcome.kind,
      loss: finite(outcome.loss),
      threshold: finite(outcome.threshold),
      concentration: request.concentration,
      accepted: outcome.accepted,
      returned: outcome.returned,
      proposals: request.proposals.map((proposal, i) => {
        const { cell, edge, primitive } = describeCoordinate(this.#shape, proposal.coordinate);
        const { from, to } = proposal;
        return { cell, edge: [edge.from, edge.to], primitive, from, to, loss: finite(losses[i]) };
      }),
    });
    this.log.flush();
  }

  /**
   * The supernet was lost and replaced; what came after the checkpoint of `step` has been taken back. With it went the
   * transition into this recovery, which is written again.
   */
  recovered(step: number, cause: string): void {
    if (this.#lastTransition !== null) this.#append(this.#lastTransition);
    this.#append({ t: now(), event: 'recovered', step, cause });
  }

  #append(line: TraceLine): void {
    this.log.append(line);
  }
}

/** Tenths of a millisecond are as much as the states differ by. */
function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 10) / 10;
}

function finite(loss: number | undefined): number | null {
  return loss !== undefined && Number.isFinite(loss) ? loss : null;
}
