import type { DoneEvent, SearchEvent } from '../events.ts';
import { warnOfLoss } from '../run/diverged-error.ts';
import { iterationNumber, nextStepKind, type StepInput } from '../run/machine.ts';
import type { Job } from '../run/wiring.ts';
import { endEpoch, recordAlpha } from './epoch.ts';
import { finishSearch } from './finish.ts';
import { newestState, type SearchSession, type SearchState } from './search-session.ts';
import { stepAlpha, stepWeights } from './steps.ts';

/**
 * Creates the job of a search: the work that the machine asks for.
 *
 * @param tell hears of each iteration and of each epoch
 */
export function createSearchJob(
  session: SearchSession,
  tell: (event: SearchEvent) => void,
): Job<SearchState, DoneEvent> {
  const { options } = session;
  const tellStep = (at: StepInput, kind: string, loss: number): void => {
    const { epochs, iterationsPerEpoch } = at.plan;
    tell({ event: 'step', step: iterationNumber(at) + 1, steps: epochs * iterationsPerEpoch, kind, loss });
  };
  return {
    session,
    options,
    begin: () => recordAlpha(session, 0, 0),
    async weightsStep(at) {
      const loss = await stepWeights(session, at);
      if (nextStepKind(at) === null) tellStep(at, 'weights', loss);
    },
    async alphaStep(at) {
      const loss = await stepAlpha(session, at);
      tellStep(at, at.kind, loss);
      return loss;
    },
    async endOfEpoch(at) {
      const ended = await endEpoch(session, at);
      tell(ended);
      for (const warning of warnOfLoss('validation loss', ended.epoch, ended.validation.loss)) tell(warning);
    },
    finish: (signal) => finishSearch(session, signal),
    save: () => ({ totals: session.totals, optimizer: session.optimizer.save() }),
    restore({ totals, optimizer }) {
      session.totals = totals;
      session.optimizer.restore(optimizer);
    },
    newestState: (iterations) => newestState(session.folder, options, iterations),
  };
}
