import { fromPromise } from 'xstate';
import type { EngineDescription } from '../../src/engine/engine.ts';
import type { StepKind } from '../../src/optimize/step.ts';
import type { SearchEvent } from '../messages.ts';
import { endEpoch, recordAlpha } from './epoch.ts';
import { finishSearch } from './finish.ts';
import { coordinatorMachine, nextStepKind, type SearchProgress, type StepInput } from './machine.ts';
import type { Session } from './session.ts';
import type { SearchState } from './state.ts';
import { stepAlpha, stepNumber, stepWeights } from './steps.ts';

/** What the wiring tells its owner. */
export interface WiringListener {
  /** A supernet is there, in the state of the newest checkpoint. */
  opened(engine: EngineDescription): void;
  event(event: SearchEvent): void;
}

/** The coordinator's machine with its actors wired to a session. */
export function wireCoordinator(
  session: Session,
  stepsPerEpoch: number,
  { opened, event }: WiringListener,
): typeof coordinatorMachine {
  const steps = session.options.epochs * stepsPerEpoch;
  const stepOf = ({ epoch, iteration }: SearchProgress): number => epoch * stepsPerEpoch + iteration;

  const start = async (): Promise<SearchState | null> => {
    const engine = await session.openSupernet();
    const state = session.newestState();
    if (state === null) {
      session.alphaHistory.rewind(0);
      recordAlpha(session, 0, 0);
    } else {
      await session.restore(state);
    }
    opened(engine);
    return state;
  };
  const weightsStep = async (at: StepInput): Promise<void> => {
    const loss = await stepWeights(session, at);
    if (nextStepKind(at) === null) event({ event: 'step', step: stepNumber(at) + 1, steps, kind: 'weights', loss });
  };
  const alphaStep = async (at: StepInput & { readonly kind: StepKind }): Promise<number> => {
    const loss = await stepAlpha(session, at);
    event({ event: 'step', step: stepNumber(at) + 1, steps, kind: at.kind, loss });
    return loss;
  };
  const checkpoint = async (progress: SearchProgress): Promise<void> => {
    await session.save(progress, stepOf(progress));
    event({ event: 'checkpoint', step: stepOf(progress) });
  };
  const recover = async (error: unknown, progress: SearchProgress): Promise<SearchProgress> => {
    const state = await start();
    const cause = error instanceof Error ? error.message : String(error);
    // Before the first checkpoint nothing has been done that a fresh supernet has not.
    const back = state?.progress ?? progress;
    session.trace.recovered(stepOf(back), cause);
    event({ event: 'recovered', step: stepOf(back), cause });
    return back;
  };

  return coordinatorMachine.provide({
    actors: {
      start: fromPromise<void>(async () => {
        await start();
      }),
      weightsStep: fromPromise(({ input }) => weightsStep(input)),
      alphaStep: fromPromise(({ input }) => alphaStep(input)),
      endOfEpoch: fromPromise(async ({ input }) => event(await endEpoch(session, input))),
      checkpoint: fromPromise(({ input }) => checkpoint(input)),
      recover: fromPromise(({ input }) => recover(input.error, input.progress)),
      finish: fromPromise(async () => event(await finishSearch(session))),
    },
  });
}
