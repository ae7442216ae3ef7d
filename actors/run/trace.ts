import { performance } from 'node:perf_hooks';
import type { InspectionEvent } from 'xstate';
import type { StepOutcome, StepRequest } from '../../src/optimize/dscd/step.ts';
import type { AppendLog } from '../../src/record/append-file.ts';
import { type DecisionLine, orderTraceLine, type TraceLine } from '../../src/record/trace-line.ts';
import { type AlphaShape, describeCoordinate } from '../../src/space/alpha.ts';

/** Writes the trace of a run: transitions of the machine, steps on alpha and recoveries. */
export class Trace {
  readonly log: AppendLog;
  #state = 'starting';
  #lastTransition: TraceLine | null = null;

  constructor(log: AppendLog) {
    this.log = log;
  }

  /** Inspector for `createActor`. It sees each microstep, so that the trace holds transient states too. */
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
    this.#append(this.#lastTransition);
    this.#state = value;
  };

  /**
   * Writes a step on alpha, and flushes the log: its request, the losses of the proposals and the outcome.
   *
   * @param losses loss of each proposal, in the order of the request
   */
  decided(
    shape: AlphaShape,
    at: Pick<DecisionLine, 'step' | 'epoch'>,
    request: StepRequest,
    losses: readonly number[],
    outcome: StepOutcome,
  ): void {
    this.#append({
      t: traceTime(),
      event: 'decision',
      ...at,
      kind: outcome.kind,
      loss: finiteOrNull(outcome.loss),
      threshold: finiteOrNull(outcome.threshold),
      concentration: request.concentration,
      accepted: outcome.accepted,
      returned: outcome.returned,
      proposals: request.proposals.map((proposal, i) => {
        const { cell, edge, primitive } = describeCoordinate(shape, proposal.coordinate);
        const { from, to } = proposal;
        return { cell, edge: [edge.from, edge.to], primitive, from, to, loss: finiteOrNull(losses[i]) };
      }),
    });
    this.log.flush();
  }

  /** Writes the transition into the present state again: the log went back to a checkpoint, and lost it. */
  repeatTransition(): void {
    if (this.#lastTransition !== null) this.#append(this.#lastTransition);
  }

  /**
   * Writes that the supernet was lost and replaced, after the transition into this recovery.
   *
   * @param step iteration that the run continues with
   */
  recovered(step: number, cause: string): void {
    this.repeatTransition();
    this.#append({ t: traceTime(), event: 'recovered', step, cause });
  }

  #append(line: TraceLine): void {
    this.log.append(orderTraceLine(line));
  }
}

/** Current time in milliseconds since 1970, in tenths: states differ by no less. */
function traceTime(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 10) / 10;
}

function finiteOrNull(loss: number | undefined): number | null {
  return loss !== undefined && Number.isFinite(loss) ? loss : null;
}
