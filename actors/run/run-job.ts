import { totalmem } from 'node:os';
import { createActor } from 'xstate';
import { type EngineSpeed, type NetworkEstimate, warnOfMemory } from '../../src/engine/estimate.ts';
import { startAlternation } from '../../src/optimize/dscd/alternation.ts';
import { type RunConfig, type RunFolder, RunFolderError, writeRunConfig } from '../../src/record/run-folder.ts';
import type { CoordinatorReport, PausedEvent, StartedEvent } from '../events.ts';
import type { OpenedEngine } from '../messages.ts';
import { compareEngines, recordedEngine } from './engine-choice.ts';
import { iterationNumber, type RunPlan, type RunProgress } from './run-plan.ts';
import type { RunState } from './run-state.ts';
import { type Job, wireCoordinator } from './wiring.ts';

/** A run that is ready to go. */
export interface PreparedRun<State extends RunState, Done> {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly plan: RunPlan;
  /** State to go on from; null is the start. */
  readonly state: State | null;
  readonly checkpointSeconds: number;
  /** Estimates the run's needs. */
  estimate(on: EngineSpeed): NetworkEstimate & { readonly seconds: number | null };
  readonly job: Job<State, Done>;
  /** Whether the run may go on with an engine that computes other bits than the one it began on. @default false */
  readonly otherEngine?: boolean | undefined;
  readonly onEvent: (event: StartedEvent | CoordinatorReport | PausedEvent | Done) => void;
  /** Pauses the run when aborted. */
  readonly signal: AbortSignal | undefined;
}

/** Runs a job to its end, or until it is paused. Closes its session. */
export async function runJob<State extends RunState, Done>(run: PreparedRun<State, Done>): Promise<Done | PausedEvent> {
  const { folder, plan, state, job, signal, onEvent } = run;
  const progress: RunProgress = state?.progress ?? { epoch: 0, iteration: 0, alternation: startAlternation() };
  let result: Done | null = null;
  let announced = false;

  const coordinator = wireCoordinator(job, plan, state, {
    event: onEvent,
    opening(engine) {
      const recorded = recordedEngine(run.config);
      // A run notes its engine before its first checkpoint.
      if (recorded === null && state !== null && !run.otherEngine) throw noEngine();
      const warning = compareEngines(recorded, engine, run.otherEngine ?? false);
      if (warning !== null && !announced) onEvent({ event: 'warning', message: warning });
    },
    opened(engine) {
      if (!announced) announce(run, progress, engine);
      announced = true;
    },
    finished(done) {
      result = done;
      onEvent(done);
    },
  });
  const actor = createActor(coordinator, {
    input: { plan, progress, fresh: state === null },
    inspect: job.session.trace.inspect,
  });
  const pause = (): void => actor.send({ type: 'pause' });
  const timer = setInterval(() => actor.send({ type: 'checkpoint' }), run.checkpointSeconds * 1000);
  try {
    return await new Promise<Done | PausedEvent>((resolve, reject) => {
      actor.subscribe({
        error: reject,
        next: (snapshot) => {
          if (snapshot.matches('failed')) reject(snapshot.context.failure);
          else if (snapshot.matches('done')) {
            if (result === null) reject(new Error('the job has finished without a result'));
            else resolve(result);
          } else if (snapshot.matches('paused')) {
            const paused: PausedEvent = { event: 'paused', step: iterationNumber(snapshot.context), run: folder.path };
            onEvent(paused);
            resolve(paused);
          }
        },
      });
      actor.start();
      if (signal?.aborted) pause();
      signal?.addEventListener('abort', pause, { once: true });
    });
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', pause);
    actor.stop();
    await job.session.close();
  }
}

function noEngine(): RunFolderError {
  return new RunFolderError(
    'config.json must name the engine of a run that has a checkpoint, got none: allow the one here by --other-engine',
  );
}

/** Notes the engine in the record of a run that begins, and reports the needs of the run. */
function announce<State extends RunState, Done>(
  { folder, config, plan, estimate, onEvent }: PreparedRun<State, Done>,
  progress: RunProgress,
  opened: OpenedEngine,
): void {
  const recorded = recordedEngine(config);
  if (recorded === null) writeRunConfig(folder, { ...config, engine: opened });
  // A resumed run asks for the recorded engine: the reason for that engine is in the record.
  const { memoryBytes: taken, ...engine } = { ...opened, reason: recorded?.reason ?? opened.reason };
  const estimated = estimate(engine);
  const ofMemory = taken === null ? warnOfMemory(estimated, engine, totalmem()) : null;
  if (ofMemory !== null) onEvent({ event: 'warning', message: ofMemory });
  const { parameters, macs, seconds } = estimated;
  const iterations = plan.epochs * plan.iterationsPerEpoch;
  const completed = iterationNumber({ plan, progress });
  onEvent({
    event: 'started',
    run: folder.path,
    step: completed,
    steps: iterations,
    engine,
    parameters,
    macs,
    memoryBytes: taken ?? estimated.memoryBytes,
    expectedSeconds: seconds === null ? null : (seconds * (iterations - completed)) / iterations,
  });
}
