import { totalmem } from 'node:os';
import { createActor } from 'xstate';
import type { EngineDescription } from '../../src/engine/engine.ts';
import { type EngineSpeed, type NetworkEstimate, warnOfMemory } from '../../src/engine/estimate.ts';
import { startAlternation } from '../../src/optimize/dscd/alternation.ts';
import { type RunConfig, type RunFolder, writeRunConfig } from '../../src/record/run-folder.ts';
import type { PausedEvent, RunEvent } from '../events.ts';
import type { OpenedEngine } from '../messages.ts';
import { iterationNumber, type RunPlan, type RunProgress } from './machine.ts';
import type { RunState } from './run-state.ts';
import { type Job, wireCoordinator } from './wiring.ts';

/** A run that is ready to go. */
export interface PreparedRun<State extends RunState, Epoch, Done> {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly plan: RunPlan;
  /** Where it goes on; null is the start. */
  readonly state: State | null;
  readonly checkpointSeconds: number;
  /** What it needs, guessed. */
  estimate(on: EngineSpeed): NetworkEstimate & { readonly seconds: number | null };
  /** Makes the job, which reports to the function given. */
  createJob(tell: (event: RunEvent<Epoch, Done>) => void): Job<State>;
  readonly onEvent: (event: RunEvent<Epoch, Done>) => void;
  /** Pauses the run when aborted. */
  readonly signal: AbortSignal | undefined;
}

/** Runs a job to its end, or until it is paused. */
export async function runJob<State extends RunState, Epoch, Done extends { readonly event: 'done' }>(
  run: PreparedRun<State, Epoch, Done>,
): Promise<Done | PausedEvent> {
  const { folder, plan, state, signal, onEvent } = run;
  const progress: RunProgress = state?.progress ?? { epoch: 0, iteration: 0, alternation: startAlternation() };
  let last: Done | PausedEvent | null = null;
  let announced = false;

  const job = run.createJob((event) => {
    if (isDone(event)) last = event;
    onEvent(event);
  });
  const coordinator = wireCoordinator(job, plan, state, {
    event: onEvent,
    opened(engine) {
      if (!announced) announce(run, progress, engine);
      announced = true;
    },
  });
  const actor = createActor(coordinator, {
    input: { plan, progress, fresh: state === null },
    inspect: job.session.trace.inspect,
  });
  const pause = (): void => actor.send({ type: 'pause' });
  const timer = setInterval(() => actor.send({ type: 'checkpoint' }), run.checkpointSeconds * 1000);
  try {
    await new Promise<void>((resolve, reject) => {
      actor.subscribe({
        error: reject,
        next: (snapshot) => {
          if (snapshot.matches('failed')) reject(snapshot.context.failure);
          else if (snapshot.matches('done')) resolve();
          else if (snapshot.matches('paused')) {
            last = { event: 'paused', step: iterationNumber(snapshot.context), run: folder.path };
            onEvent(last);
            resolve();
          }
        },
      });
      actor.start();
      if (signal?.aborted) pause();
      signal?.addEventListener('abort', pause, { once: true });
    });
    return last as unknown as Done | PausedEvent;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', pause);
    actor.stop();
    await job.session.close();
  }
}

function isDone<Epoch, Done extends { readonly event: 'done' }>(event: RunEvent<Epoch, Done>): event is Done {
  return (event as { event: string }).event === 'done';
}

/** Notes the engine in the record of a run that begins, and tells what the run needs. */
function announce<State extends RunState, Epoch, Done>(
  { folder, config, plan, estimate, onEvent }: PreparedRun<State, Epoch, Done>,
  progress: RunProgress,
  opened: OpenedEngine,
): void {
  const recorded = recordedEngine(config);
  if (recorded === null) writeRunConfig(folder, { ...config, engine: opened });
  // A resumed run asks for what was recorded: why that was taken is in the record.
  const { memoryBytes: taken, ...engine } = { ...opened, reason: recorded?.reason ?? opened.reason };
  const estimated = estimate(engine);
  const warning = taken === null ? warnOfMemory(estimated, engine, totalmem()) : null;
  if (warning !== null) onEvent({ event: 'warning', message: warning });
  const { parameters, macs, seconds } = estimated;
  const steps = plan.epochs * plan.iterationsPerEpoch;
  const step = iterationNumber({ plan, progress });
  onEvent({
    event: 'started',
    run: folder.path,
    step,
    steps,
    engine,
    parameters,
    macs,
    memoryBytes: taken ?? estimated.memoryBytes,
    expectedSeconds: seconds === null ? null : (seconds * (steps - step)) / steps,
  });
}

/** The engine that a run began on; null where it has none yet. */
export function recordedEngine(config: RunConfig): EngineDescription | null {
  return (config.engine ?? null) as EngineDescription | null;
}
