import { assign, fromPromise, setup } from 'xstate';
import type { StepKind } from '../../src/optimize/dscd/step.ts';
import type { CoordinatorEvent } from '../messages.ts';
import { SupernetLostError } from '../supernet/supernet.ts';
import {
  advanceProgress,
  isDecisionDue,
  nextStepKind,
  type RunPlan,
  type RunProgress,
  type StepInput,
} from './run-plan.ts';

/** Restarts of the supernet allowed between two checkpoints before the run gives up. */
export const MAX_RESTARTS = 3;

/** Context of the machine: small plain data. Alphas, acceptance window and weights live behind the actors. */
export interface CoordinatorContext {
  readonly plan: RunPlan;
  readonly progress: RunProgress;
  readonly pauseRequested: boolean;
  readonly checkpointRequested: boolean;
  /** Restarts since the last checkpoint. */
  readonly restarts: number;
  /** The error in the state `failed`. */
  readonly failure: unknown;
}

/** Input of the machine. */
export interface CoordinatorInput {
  readonly plan: RunPlan;
  readonly progress: RunProgress;
  /** Whether no checkpoint exists yet. One is then written before the first step, to go back to. */
  readonly fresh: boolean;
}

/** What follows an epoch: the next one if there is one, the end of the run, or an earlier epoch again. */
export type AfterEpoch = 'next' | 'end' | 'back';

/** XState's own event when an actor's promise is rejected. */
interface ActorFailed {
  readonly type: `xstate.error.actor.${string}`;
  readonly error: unknown;
}

/** Actor of a machine that has not been wired. `wireCoordinator` provides the others. */
const unwired = (): Promise<never> => Promise.reject(new Error('the coordinator’s actors are not wired'));

const stepInput = ({ context }: { context: CoordinatorContext }): StepInput => context;

const coordinatorSetup = setup({
  types: {
    context: {} as CoordinatorContext,
    input: {} as CoordinatorInput,
    events: {} as CoordinatorEvent | ActorFailed,
  },
  actors: {
    /** Opens the supernet, in the state of the newest checkpoint or with fresh weights. */
    start: fromPromise<void>(unwired),
    weightsStep: fromPromise<void, StepInput>(unwired),
    /** Makes a step on alpha of the kind given, and returns its loss. */
    alphaStep: fromPromise<number, StepInput & { readonly kind: StepKind }>(unwired),
    endOfEpoch: fromPromise<AfterEpoch, StepInput>(unwired),
    /** Restores the state after an earlier epoch and returns its progress. */
    goBack: fromPromise<RunProgress, StepInput>(unwired),
    /** Makes a decision of the tuning. */
    projection: fromPromise<void, StepInput>(unwired),
    checkpoint: fromPromise<void, RunProgress>(unwired),
    /** Replaces the supernet, restores the newest checkpoint and returns its progress. */
    recover: fromPromise<RunProgress, { readonly error: unknown; readonly progress: RunProgress }>(unwired),
    /** Takes the last measurements and writes the result. */
    finish: fromPromise<void>(unwired),
  },
  guards: {
    mustWrite: ({ context }) => context.checkpointRequested || context.pauseRequested,
    mustPause: ({ context }) => context.pauseRequested,
    epochComplete: ({ context: { plan, progress } }) => progress.iteration === plan.iterationsPerEpoch,
    runComplete: ({ context: { plan, progress } }) => progress.epoch === plan.epochs || progress.stopped === true,
    decisionDue: ({ context }) => isDecisionDue(context),
    /** A restart from the checkpoint mends the loss of the supernet process, unless it keeps happening. */
    canRecover: ({ context }, { error }: { error: unknown }) =>
      error instanceof SupernetLostError && context.restarts < MAX_RESTARTS,
    goesBack: (_, { after }: { after: AfterEpoch }) => after === 'back',
    isNext: ({ context }, { kind }: { kind: StepKind }) => nextStepKind(context) === kind,
  },
  actions: {
    requestPause: assign({ pauseRequested: true }),
    requestCheckpoint: assign({ checkpointRequested: true }),
    clearPause: assign({ pauseRequested: false }),
    completeIteration: assign({
      progress: ({ context }, { loss }: { loss: number | null }) => advanceProgress(context, loss),
    }),
    completeEpoch: assign({
      progress: ({ context: { progress } }, { after }: { after: AfterEpoch }) => ({
        ...progress,
        epoch: progress.epoch + 1,
        iteration: 0,
        ...(after === 'end' && { stopped: true }),
      }),
      checkpointRequested: true,
    }),
    completeDecision: assign({
      progress: ({ context: { progress } }) => ({ ...progress, decisions: (progress.decisions ?? 0) + 1 }),
      checkpointRequested: true,
    }),
    noteWritten: assign({ checkpointRequested: false, restarts: 0 }),
    noteRestart: assign({
      restarts: ({ context }) => context.restarts + 1,
      failure: (_, { error }: { error: unknown }) => error,
    }),
    noteFailure: assign({ failure: (_, { error }: { error: unknown }) => error }),
    goBackTo: assign({
      progress: (_, { progress }: { progress: RunProgress }) => progress,
      failure: null,
    }),
  },
});

/** Makes the state of a step on alpha, which completes the iteration. */
const alphaStep = (kind: StepKind) =>
  coordinatorSetup.createStateConfig({
    invoke: {
      src: 'alphaStep',
      input: ({ context }) => ({ ...context, kind }),
      onDone: {
        target: 'betweenSteps',
        actions: { type: 'completeIteration', params: ({ event }) => ({ loss: event.output }) },
      },
    },
  });

/**
 * The coordinator's machine. Each iteration is a step on w, then a step on alpha unless the plan leaves it out; Algorithm 1
 * decides whether that one is local or global. A retraining takes no step on alpha. In a tuning, epochs begin with decisions,
 * each of which a checkpoint follows. The machine is pure: context in, context and effects out.
 */
export const coordinatorMachine = coordinatorSetup.createMachine({
  id: 'coordinator',
  context: ({ input: { plan, progress, fresh } }) => ({
    plan,
    progress,
    pauseRequested: false,
    checkpointRequested: fresh,
    restarts: 0,
    failure: null,
  }),
  initial: 'starting',
  on: {
    pause: { actions: 'requestPause' },
    checkpoint: { actions: 'requestCheckpoint' },
    'xstate.error.actor.*': [
      {
        guard: { type: 'canRecover', params: ({ event }) => event },
        target: '.recovering',
        actions: { type: 'noteRestart', params: ({ event }) => event },
      },
      { target: '.failed', actions: { type: 'noteFailure', params: ({ event }) => event } },
    ],
  },
  states: {
    starting: { invoke: { src: 'start', onDone: 'betweenSteps' } },
    betweenSteps: {
      always: [
        { guard: 'mustWrite', target: 'checkpoint' },
        { guard: 'epochComplete', target: 'endOfEpoch' },
        { guard: 'runComplete', target: 'finishing' },
        { guard: 'decisionDue', target: 'projection' },
        { target: 'weightsStep' },
      ],
    },
    weightsStep: { invoke: { src: 'weightsStep', input: stepInput, onDone: 'choosingStep' } },
    choosingStep: {
      always: [
        { guard: { type: 'isNext', params: { kind: 'local' } }, target: 'localStep' },
        { guard: { type: 'isNext', params: { kind: 'global' } }, target: 'globalStep' },
        { guard: { type: 'isNext', params: { kind: 'joint' } }, target: 'jointStep' },
        { target: 'betweenSteps', actions: { type: 'completeIteration', params: { loss: null } } },
      ],
    },
    localStep: alphaStep('local'),
    globalStep: alphaStep('global'),
    jointStep: alphaStep('joint'),
    endOfEpoch: {
      invoke: {
        src: 'endOfEpoch',
        input: stepInput,
        onDone: [
          { guard: { type: 'goesBack', params: ({ event }) => ({ after: event.output }) }, target: 'goingBack' },
          {
            target: 'betweenSteps',
            actions: { type: 'completeEpoch', params: ({ event }) => ({ after: event.output }) },
          },
        ],
      },
    },
    goingBack: {
      invoke: {
        src: 'goBack',
        input: stepInput,
        onDone: {
          target: 'betweenSteps',
          actions: { type: 'goBackTo', params: ({ event }) => ({ progress: event.output }) },
        },
      },
    },
    projection: {
      invoke: {
        src: 'projection',
        input: stepInput,
        onDone: { target: 'betweenSteps', actions: 'completeDecision' },
      },
    },
    checkpoint: {
      invoke: {
        src: 'checkpoint',
        input: ({ context }) => context.progress,
        onDone: [
          { guard: 'mustPause', target: 'paused', actions: 'noteWritten' },
          { target: 'betweenSteps', actions: 'noteWritten' },
        ],
      },
    },
    paused: { on: { resume: { target: 'betweenSteps', actions: 'clearPause' } } },
    recovering: {
      invoke: {
        src: 'recover',
        input: ({ context }) => ({ error: context.failure, progress: context.progress }),
        onDone: {
          target: 'betweenSteps',
          actions: { type: 'goBackTo', params: ({ event }) => ({ progress: event.output }) },
        },
      },
    },
    finishing: {
      invoke: { src: 'finish', onDone: 'done' },
      // The last epoch's checkpoint stands, and finishing again gives the same result.
      on: { pause: 'paused' },
    },
    failed: { type: 'final' },
    done: { type: 'final' },
  },
});
