import fc from 'fast-check';
import { STEP_KINDS, type TraceLine } from '../../src/record/trace-line.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { recovered, transition } from './trace-lines.ts';

const loss = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });
const state = fc.constantFrom('starting', 'localStep', 'globalStep', 'übrig', 'a "quoted" \\ state', 'done');

export const tenths = fc.integer({ min: 0, max: 1e14 }).map((t) => t / 10);
export const node = fc.integer({ min: 0, max: 11 });

const aProposal = fc.record({
  cell: fc.constantFrom(...CELL_KINDS),
  edge: fc.tuple(node, node),
  primitive: fc.constantFrom(...DARTS_PRIMITIVES),
  from: fc.double({ noNaN: true, noDefaultInfinity: true }),
  to: fc.double({ noNaN: true, noDefaultInfinity: true }),
  loss,
});

/** A decision, its fields in the record's order. */
export const aDecision: fc.Arbitrary<TraceLine> = fc
  .record({
    t: tenths,
    event: fc.constant('decision' as const),
    step: fc.nat(),
    epoch: fc.nat(),
    kind: fc.constantFrom(...STEP_KINDS),
    loss,
    threshold: loss,
    concentration: loss,
    returned: fc.boolean(),
    proposals: fc.array(aProposal, { maxLength: 4 }),
    chosen: fc.nat(4),
  })
  .map(({ t, event, step, epoch, kind, chosen, ...rest }) => {
    const accepted = chosen < rest.proposals.length ? chosen : null;
    const { loss, threshold, concentration, returned, proposals } = rest;
    return { t, event, step, epoch, kind, loss, threshold, concentration, accepted, returned, proposals };
  });

export const aTransition = fc.tuple(tenths, state, state).map(([t, from, to]) => transition(t, from, to));
export const aRecovery = fc.tuple(tenths, fc.nat(), fc.string()).map(([t, step, cause]) => recovered(t, step, cause));

/** A transition with its fields in another order, as another version may write them. */
export const aReorderedTransition = fc
  .tuple(tenths, state, state)
  .map(([t, from, to]): TraceLine => ({ to, by: 'x', from, event: 'transition', t }));
