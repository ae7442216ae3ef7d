import { fromPromise } from 'xstate';
import type { StepKind } from '../../src/optimize/dscd/step.ts';
import type { CoordinatorReport } from '../events.ts';
import type { OpenedEngine } from '../messages.ts';
import { SupernetLostError } from '../supernet/errors.ts';
import { coordinatorMachine, iterationNumber, type RunPlan, type RunProgress, type StepInput } from './machine.ts';
import type { RunSession } from './run-session.ts';
import type { RunState } from './run-state.ts';

/** What a run does where the machine says so. */
export interface Job<State extends RunState> {
  readonly session: RunSession<State>;
  /** Notes the state before the first step. */
  begin(): void;
  weightsStep(at: StepInput): Promise<void>;
  /** Returns the step's loss. */
  alphaStep(at: StepInput & { readonly kind: StepKind }): Promise<number>;
  endOfEpoch(at: StepInput): Promise<void>;
  finish(signal: AbortSignal): Promise<void>;
}

/** What the wiring tells its owner. */
export interface WiringListener {
  /** A supernet is there, in the state of the newest checkpoint. */
  opened(engine: OpenedEngine): void;
  event(event: CoordinatorReport): void;
}

/**
 * The coordinator's machine with its actors wired to a job and its session.
 *
 * @param initial state to begin in; null is the start of the run
 */
export function wireCoordinator<State extends RunState>(
  job: Job<State>,
  plan: RunPlan,
  initial: State | null,
  { opened, event }: WiringListener,
): typeof coordinatorMachine {
  const { session } = job;
  const stepOf = (progress: RunProgress): number => iterationNumber({ plan, progress });

  const start = async (state: State | null): Promise<void> => {
    const engine = await session.openSupernet();
    if (state === null) {
      session.rewindLogs();
      job.begin();
    } else {
      for (const message of await session.restore(state)) event({ event: 'warning', message });
    }
    opened(engine);
  };
  const checkpoint = async (progress: RunProgress): Promise<void> => {
    await session.save(progress, stepOf(progress));
    event({ event: 'checkpoint', step: stepOf(progress) });
  };
  const recover = async (error: unknown, progress: RunProgress): Promise<RunProgress> => {
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
      weightsStep: wire((at: StepInput) => job.weightsStep(at)),
      alphaStep: wire((at: StepInput & { readonly kind: StepKind }) => job.alphaStep(at)),
      endOfEpoch: wire((at: StepInput) => job.endOfEpoch(at)),
      checkpoint: wire(checkpoint),
      recover: wire(({ error, progress }: { readonly error: unknown; readonly progress: RunProgress }) =>
        recover(error, progress),
      ),
      finish: wire((_: unknown, signal) => job.finish(signal)),
    },
  });
}
