import { learningRateOf } from '../../src/retrain/schedules.ts';
import type { RetrainingEvent } from '../events.ts';
import { warnOfLoss } from '../run/accuracy.ts';
import { iterationNumber } from '../run/machine.ts';
import type { RunState } from '../run/run-state.ts';
import { trainWeights } from '../run/train-weights.ts';
import type { Job } from '../run/wiring.ts';
import { endEpoch } from './epoch.ts';
import { finishRetraining } from './finish.ts';
import { NO_MIXING } from './no-mixing.ts';
import type { RetrainingSession } from './session.ts';

/**
 * What a retraining does where the machine says so.
 *
 * @param tell hears of each iteration, of each epoch, and of the end
 */
export function createRetrainingJob(session: RetrainingSession, tell: (event: RetrainingEvent) => void): Job<RunState> {
  const { momentum, weightDecay, clipNorm, auxiliaryWeight } = session.options;
  return {
    session,
    begin: () => undefined,
    async weightsStep(at) {
      const iteration = iterationNumber(at);
      const learningRate = learningRateOf(session.options, at.progress.epoch);
      const loss = await trainWeights(session, {
        iteration,
        key: (step) => ({ use: 'retraining', step }),
        mixing: NO_MIXING,
        settings: { learningRate, momentum, weightDecay, clipNorm, auxiliaryWeight },
      });
      const steps = at.plan.epochs * at.plan.iterationsPerEpoch;
      tell({ event: 'step', step: iteration + 1, steps, kind: 'weights', loss });
    },
    alphaStep: () => Promise.reject(new Error('a retraining takes no steps on alpha')),
    async endOfEpoch(at) {
      const ended = await endEpoch(session, at);
      tell(ended);
      for (const warning of warnOfLoss('test loss', ended.epoch, ended.test.loss)) tell(warning);
    },
    finish: async (signal) => tell(await finishRetraining(session, signal)),
  };
}
