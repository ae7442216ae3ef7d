import { fromPromise } from 'xstate';
import type { StepKind } from '../../src/optimize/dscd/step.ts';
import { CheckpointError } from '../../src/record/checkpoint-file.ts';
import type { CoordinatorReport } from '../events.ts';
import type { OpenedEngine, SupernetSettings } from '../messages.ts';
import { SupernetCallError, SupernetLostError } from '../supernet/supernet.ts';
import { type AfterEpoch, coordinatorMachine } from './machine.ts';
import { iterationNumber, iterationsMade, type RunPlan, type RunProgress, type StepInput } from './run-plan.ts';
import type { RunSession } from './run-session.ts';
import { foundIn, optionsDigest, type RunState, recordDigest } from './run-state.ts';

/** A run's job: the work that the machine asks for. `Done` is its result. */
export interface Job<State extends RunState, Done> {
  readonly session: RunSession;
  /** Resolved options. */
  readonly options: object;
  /** Notes the state before the first step. */
  begin(): void;
  weightsStep(at: StepInput): Promise<void>;
  /** Returns the step's loss. */
  alphaStep(at: StepInput & { readonly kind: StepKind }): Promise<number>;
  endOfEpoch(at: StepInput): Promise<AfterEpoch>;
  /** Lists the epochs that the run may go back to, by how many are completed then. @default none */
  mayGoBackTo?(): readonly number[];
  /** Returns the state to go back to after an epoch that ends in `back`, and why in a clause. */
  goBack?(at: StepInput): { readonly state: State; readonly cause: string };
  /** Makes a decision of the tuning. @default there is no tuning */
  project?(at: StepInput): Promise<void>;
  /** Takes the last measurements, and writes and returns the result. */
  finish(signal: AbortSignal): Promise<Done>;
  /** Returns the job's part of a checkpoint. */
  save(): JobState<State>;
  /** Goes back to the state of a checkpoint. */
  restore(state: JobState<State>): void;
  /** The network of a checkpoint, or of the start. @default that of the session's settings, always */
  networkOf?(state: JobState<State> | null): SupernetSettings['network'];
  /** Reads the newest checkpoint; see `newestRunState`. */
  newestState(iterations: number): State | null;
}

/** The job's part of a checkpoint. The rest is the same for every job. */
export type JobState<State extends RunState> = Pick<State, 'totals'> & Omit<State, keyof RunState>;

/** Listener to the wiring's reports. */
export interface WiringListener<Done> {
  /** A supernet is open, with fresh weights. Throws if the run must not go on with it. */
  opening(engine: OpenedEngine): void;
  /** A supernet is open, in the state of the newest checkpoint. */
  opened(engine: OpenedEngine): void;
  event(event: CoordinatorReport): void;
  finished(result: Done): void;
}

/**
 * Wires the actors of the coordinator's machine to a job and its session.
 *
 * @param initial state to begin in; null is the start of the run
 */
export function wireCoordinator<State extends RunState, Done>(
  job: Job<State, Done>,
  plan: RunPlan,
  initial: State | null,
  { opening, opened, event, finished }: WiringListener<Done>,
): typeof coordinatorMachine {
  const { session } = job;
  const numberOf = (progress: RunProgress): number => iterationNumber({ plan, progress });

  const start = async (state: State | null): Promise<void> => {
    const engine = await session.openSupernet(job.networkOf?.(state));
    opening(engine);
    if (state === null) {
      session.rewind();
      job.begin();
    } else {
      await restore(state);
    }
    opened(engine);
  };
  const restore = async (state: State): Promise<void> => {
    const at = `of iteration ${numberOf(state.progress)}`;
    checkProgress(plan, state.progress, at);
    // First the job's part, which is only read: a wrong one must leave the logs alone.
    foundIn(at, () => job.restore(state));
    const warnings = await session.restore(state).catch((cause: unknown) => {
      const isWrong = cause instanceof SupernetCallError && cause.code === 'bad-request';
      throw isWrong ? new CheckpointError(`checkpoint ${at} does not fit the network: ${cause.message}`) : cause;
    });
    for (const message of warnings) event({ event: 'warning', message });
  };
  /** Goes back to an earlier epoch. First its state becomes the newest checkpoint: a run that is killed goes on from it. */
  const goBack = async (at: StepInput): Promise<RunProgress> => {
    if (job.goBack === undefined) throw new Error('this job does not go back');
    const { state, cause } = job.goBack(at);
    const step = numberOf(state.progress);
    const progress = { ...state.progress, undone: iterationsMade(at) - step };
    const back = { ...state, progress };
    session.write(step, back);
    await restore(back);
    session.trace.repeatTransition();
    event({ event: 'wentBack', step, cause });
    return progress;
  };
  const checkpoint = async (progress: RunProgress): Promise<void> => {
    const iteration = numberOf(progress);
    const spared = (job.mayGoBackTo?.() ?? []).map((epoch) =>
      iterationsMade({ plan, progress: { ...progress, epoch, iteration: 0 } }),
    );
    const digests = { optionsDigest: optionsDigest(job.options), recordDigest: recordDigest(session.folder) };
    await session.save(iteration, { ...digests, progress, ...job.save() }, spared);
    event({ event: 'checkpoint', step: iteration });
  };
  const recover = async (error: unknown, progress: RunProgress): Promise<RunProgress> => {
    const state = job.newestState(numberOf(progress));
    await start(state);
    const cause = error instanceof Error ? error.message : String(error);
    // Before the first checkpoint no step was made, so a fresh supernet is in the same state.
    const back = state?.progress ?? progress;
    session.trace.recovered(numberOf(back), cause);
    event({ event: 'recovered', step: numberOf(back), cause });
    return back;
  };

  /** Makes an actor. If the supernet was lost, the actor's error carries the process's last words. */
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
      goBack: wire(goBack),
      projection: wire(async (at: StepInput) => job.project?.(at)),
      checkpoint: wire(checkpoint),
      recover: wire(({ error, progress }: { readonly error: unknown; readonly progress: RunProgress }) =>
        recover(error, progress),
      ),
      finish: wire(async (_: unknown, signal) => {
        session.folder.hold?.check();
        finished(await job.finish(signal));
      }),
    },
  });
}

/** @throws CheckpointError if the progress lies outside the plan */
function checkProgress(plan: RunPlan, { epoch, iteration }: RunProgress, at: string): void {
  const { epochs, iterationsPerEpoch } = plan;
  if (epoch <= epochs && iteration <= iterationsPerEpoch && (epoch < epochs || iteration === 0)) return;
  throw new CheckpointError(
    `checkpoint ${at} is no part of this run: it has iteration ${iteration} of ${iterationsPerEpoch} after ` +
      `${epoch} of ${epochs} epochs`,
  );
}
