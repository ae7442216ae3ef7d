import type { StepOutcome, StepRequest } from '../../src/optimize/dscd/step.ts';
import type { DecisionLine } from '../../src/record/trace-line.ts';
import { type AlphaShape, describeCoordinate } from '../../src/space/alpha.ts';
import { type Trace, traceTime } from '../run/trace.ts';

/** Writes down a step on alpha: the request it made, the losses it got, and what came of it. */
export function traceDecision(
  trace: Trace,
  shape: AlphaShape,
  at: Pick<DecisionLine, 'step' | 'epoch'>,
  request: StepRequest,
  losses: readonly number[],
  outcome: StepOutcome,
): void {
  trace.append({
    t: traceTime(),
    event: 'decision',
    ...at,
    kind: outcome.kind,
    loss: finite(outcome.loss),
    threshold: finite(outcome.threshold),
    concentration: request.concentration,
    accepted: outcome.accepted,
    returned: outcome.returned,
    proposals: request.proposals.map((proposal, i) => {
      const { cell, edge, primitive } = describeCoordinate(shape, proposal.coordinate);
      const { from, to } = proposal;
      return { cell, edge: [edge.from, edge.to], primitive, from, to, loss: finite(losses[i]) };
    }),
  });
  trace.log.flush();
}

function finite(loss: number | undefined): number | null {
  return loss !== undefined && Number.isFinite(loss) ? loss : null;
}
