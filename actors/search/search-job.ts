import type { SearchEvent } from '../events.ts';
import { warnOfLoss } from '../run/accuracy.ts';
import { iterationNumber, nextStepKind, type StepInput } from '../run/machine.ts';
import type { Job } from '../run/wiring.ts';
import { endEpoch, recordAlpha } from './epoch.ts';
import { finishSearch } from './finish.ts';
import type { Session } from './session.ts';
import type { SearchState } from './state.ts';
import { stepAlpha, stepWeights } from './steps.ts';

/**
 * What a search does where the machine says so.
 *
 * @param tell hears of each iteration, of each epoch, and of the end
 */
export function createSearchJob(session: Session, tell: (event: SearchEvent) => void): Job<SearchState> {
  const tellStep = (at: StepInput, kind: string, loss: number): void => {
    const { epochs, iterationsPerEpoch } = at.plan;
    tell({ event: 'step', step: iterationNumber(at) + 1, steps: epochs * iterationsPerEpoch, kind, loss });
  };
  return {
    session,
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
    finish: async (signal) => tell(await finishSearch(session, signal)),
  };
}
