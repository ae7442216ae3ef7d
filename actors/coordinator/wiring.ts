import { fromPromise } from 'xstate';
import type { StepKind } from '../../src/optimize/step.ts';
import type { OpenedEngine, SearchEvent } from '../messages.ts';
import { SupernetLostError } from '../supernet/errors.ts';
import { endEpoch, recordAlpha } from './epoch.ts';
import { finishSearch } from './finish.ts';
import { coordinatorMachine, nextStepKind, type SearchProgress, type StepInput } from './machine.ts';
import type { Session } from './session.ts';
import type { SearchState } from './state.ts';
import { iterationNumber, stepAlpha, stepWeights } from './steps.ts';

/** What the wiring tells its owner. */
export interface WiringListener {
  /** A supernet is there, in the state of the newest checkpoint. */
  opened(engine: OpenedEngine): void;
  event(event: SearchEvent): void;
}

/**
 * The coordinator's machine with its actors wired to a session.
 *
 * @param initial state to begin in; null is the start of the search
 */
export function wireCoordinator(
  session: Session,
  iterationsPerEpoch: number,
  initial: SearchState | null,
  { opened, event }: WiringListener,
): typeof coordinatorMachine {
  const steps = session.options.epochs * iterationsPerEpoch;
  const stepOf = ({ epoch, iteration }: SearchProgress): number => epoch * iterationsPerEpoch + iteration;

  const start = async (state: SearchState | null): Promise<void> => {
    const engine = await session.openSupernet();
    if (state === null) {
      session.rewindLogs();
      recordAlpha(session, 0, 0);
    } else {
      for (const message of await session.restore(state)) event({ event: 'warning', message });
    }
    opened(engine);
  };
  const weightsStep = async (at: StepInput): Promise<void> => {
    const loss = await stepWeights(session, at);
    if (nextStepKind(at) !== null) return;
    event({ event: 'step', step: iterationNumber(at) + 1, steps, kind: 'weights', loss });
  };
  const alphaStep = async (at: StepInput & { readonly kind: StepKind }): Promise<number> => {
    const loss = await stepAlpha(session, at);
    event({ event: 'step', step: iterationNumber(at) + 1, steps, kind: at.kind, loss });
    return loss;
  };
  const endOfEpoch = async (at: StepInput): Promise<void> => {
    const ended = await endEpoch(session, at);
    event(ended);
    const { loss } = ended.validation;
    if (Number.isFinite(loss)) return;
    event({
      event: 'warning',
      message: `the validation loss after epoch ${ended.epoch} is ${loss}, null in the record`,
    });
  };
  const checkpoint = async (progress: SearchProgress): Promise<void> => {
    await session.save(progress, stepOf(progress));
    event({ event: 'checkpoint', step: stepOf(progress) });
  };
  const recover = async (error: unknown, progress: SearchProgress): Promise<SearchProgress> => {
    const state = session.newestState(stepOf(progress));
    await start(state);
    const cause = error instanceof Error ? error.message : String(error);
    // Before the first checkpoint nothing has been done that a fresh supernet has not.
    const back = state?.progress ?? progress;
    session.trace.recovered(stepOf(back), cause);
    event({ event: 'recovered', step: stepOf(back), cause });
    return back;
  };

  /** An actor, which fails with the supernet's last words where it was lost. */
  const wire = <Output, Input>(work: (input: Input, signal: AbortSignal) => Promise<Output>) =>
    fromPromise<Output, Input>(async ({ input, signal }) => {
      try {
        return await work(input, signal);
      } catch (error) {
        throw error instanceof SupernetLostError ? await session.explainLoss(error) : error;
      }
    });

  return coordinatorMachine.provide({
    actors: {
      start: wire(() => start(initial)),
      weightsStep: wire(weightsStep),
      alphaStep: wire(alphaStep),
      endOfEpoch: wire(endOfEpoch),
      checkpoint: wire(checkpoint),
      recover: wire(({ error, progress }: { readonly error: unknown; readonly progress: SearchProgress }) =>
        recover(error, progress),
      ),
      finish: wire(async (_: unknown, signal) => event(await finishSearch(session, signal))),
    },
  });
}
