import { rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { createActor } from 'xstate';
import type { Cifar10 } from '../src/data/cifar10.ts';
import { DataError } from '../src/data/data-error.ts';
import { splitTrainingSet } from '../src/data/split.ts';
import type { KernelsName } from '../src/engine/cpu/kernels.ts';
import type { EngineOptions } from '../src/engine/create-engine.ts';
import type { EngineDescription } from '../src/engine/engine.ts';
import type { Backend } from '../src/engine/tfjs/backend.ts';
import { startAlternation } from '../src/optimize/alternation.ts';
import { listCheckpoints } from '../src/record/checkpoint-file.ts';
import {
  createRunFolder,
  lockRunFolder,
  openRunFolder,
  type RunConfig,
  type RunFolder,
  writeRunConfig,
} from '../src/record/run-folder.ts';
import { type EngineSpeed, estimateSearch, warnOfMemory } from '../src/search/estimate.ts';
import { createObjective } from '../src/search/objective.ts';
import { iterationsPerEpoch, readRecordedOptions } from '../src/search/options.ts';
import type { SearchOptions } from '../src/search/options-schema.ts';
import { createAlphaOptimizer, type SearchSetup, setUpSearch } from '../src/search/setup.ts';
import { checkSizes } from './check-sizes.ts';
import type { SearchPlan, SearchProgress } from './coordinator/machine.ts';
import { Session } from './coordinator/session.ts';
import { hasBegun, newestState } from './coordinator/state.ts';
import { wireCoordinator } from './coordinator/wiring.ts';
import { describeMachine, describeVersions } from './describe.ts';
import type { DoneEvent, PausedEvent, SearchEvent, SupernetSettings } from './messages.ts';
import type { PoolData } from './pool/tasks.ts';
import { HANG_MS } from './supernet/start.ts';

/** The longest that a supernet is waited for: a day. */
const MAX_HANG_MS = 24 * 60 * 60 * 1000;

/** What a search is run with, besides its options. */
export interface RunOptions {
  readonly data: Cifar10;
  /** Told of everything that happens, in order. */
  readonly onEvent?: ((event: SearchEvent) => void) | undefined;
  /** Pauses the search when aborted: the step in progress ends, a checkpoint is written, and the run can be resumed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a search in a new run folder, to its end or until it is paused.
 *
 * @param options resolved by `resolveSearchOptions`
 * @param out the folder: new, or empty
 * @throws RunFolderError where something stands in the folder
 * @throws DataError where the training set has fewer pictures than the options ask for
 * @throws OptionsError where the supernet or its mini-batches are too large
 * @throws DivergedError where a loss, a gradient or a weight stops being a finite number
 */
export async function startSearch(
  options: SearchOptions,
  out: string,
  run: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  const { digest, source, official } = run.data;
  // What does not fit is refused before anything is written.
  splitTrainingSet(run.data.train.count, options.seed, options);
  checkSizes(options, setUpSearch(options));
  const { folder, config, unlock } = createRunFolder(out, {
    options,
    versions: describeVersions(),
    machine: describeMachine(),
    data: { digest, source, official },
    engine: null,
  });
  try {
    return await runSearch(options, folder, config, run);
  } catch (error) {
    // What never began leaves no folder behind that would be in the way of the next attempt.
    if (listCheckpoints(folder.checkpoints).length === 0 && !hasBegun(folder)) {
      rmSync(folder.path, { recursive: true, force: true });
    }
    throw error;
  } finally {
    unlock();
  }
}

/**
 * Goes on with the run in a folder, from its newest checkpoint, to the same end that it would have come to.
 *
 * @param overrides options that change no result
 * @throws RunFolderError where the folder holds no run, one of another version, or one that another process works on
 * @throws CheckpointError where its newest checkpoint is damaged, or all are gone
 * @throws DataError where the run began with other pictures
 */
export async function resumeSearch(
  path: string,
  overrides: Partial<Pick<SearchOptions, 'workers' | 'threads' | 'checkpointSeconds'>>,
  run: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  const { folder, config } = openRunFolder(path);
  const { digest } = (config.data ?? {}) as { digest?: string };
  if (digest !== run.data.digest) {
    throw new DataError(`the run in ${path} began with other pictures: digest ${digest}, now ${run.data.digest}`);
  }
  const options = { ...readRecordedOptions(config.options), ...overrides };
  const unlock = lockRunFolder(folder);
  try {
    const changes = describeChanges(config.versions);
    if (changes !== null) {
      run.onEvent?.({
        event: 'warning',
        message: `the run began under other versions, it may end elsewhere: ${changes}`,
      });
    }
    return await runSearch(options, folder, config, run);
  } finally {
    unlock();
  }
}

async function runSearch(
  options: SearchOptions,
  folder: RunFolder,
  config: RunConfig,
  { data, onEvent = () => undefined, signal }: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  const setup = setUpSearch(options);
  const state = newestState(folder, options);
  const recorded = (config.engine ?? null) as EngineDescription | null;
  const session = createSession(options, setup, folder, recorded, data);
  const plan = planOf(options, setup);
  const progress: SearchProgress = state?.progress ?? { epoch: 0, iteration: 0, alternation: startAlternation() };
  let last: DoneEvent | PausedEvent | null = null;
  let announced = false;

  const event = (happened: SearchEvent): void => {
    if (happened.event === 'done') last = happened;
    onEvent(happened);
  };
  const coordinator = wireCoordinator(session, plan.iterationsPerEpoch, state, {
    event,
    opened(opened) {
      if (announced) return;
      announced = true;
      if (recorded === null) writeRunConfig(folder, { ...config, engine: opened });
      // A resumed run asks for what was recorded: why that was taken is in the record.
      const { memoryBytes: taken, ...engine } = { ...opened, reason: recorded?.reason ?? opened.reason };
      const estimate = estimateSearch(options, setup, engine);
      const warning = taken === null ? warnOfMemory(estimate, engine, totalmem()) : null;
      if (warning !== null) event({ event: 'warning', message: warning });
      const { parameters, macs, seconds } = estimate;
      const memoryBytes = taken ?? estimate.memoryBytes;
      const steps = plan.epochs * plan.iterationsPerEpoch;
      const step = stepOf(plan, progress);
      const expectedSeconds = seconds === null ? null : (seconds * (steps - step)) / steps;
      event({
        event: 'started',
        run: folder.path,
        step,
        steps,
        engine,
        parameters,
        macs,
        memoryBytes,
        expectedSeconds,
      });
    },
  });
  const actor = createActor(coordinator, {
    input: { plan, progress, fresh: state === null },
    inspect: session.trace.inspect,
  });
  const pause = (): void => actor.send({ type: 'pause' });
  const timer = setInterval(() => actor.send({ type: 'checkpoint' }), options.checkpointSeconds * 1000);
  try {
    await new Promise<void>((resolve, reject) => {
      actor.subscribe({
        error: reject,
        next: (snapshot) => {
          if (snapshot.matches('failed')) reject(snapshot.context.failure);
          else if (snapshot.matches('done')) resolve();
          else if (snapshot.matches('paused')) {
            last = { event: 'paused', step: stepOf(plan, snapshot.context.progress), run: folder.path };
            onEvent(last);
            resolve();
          }
        },
      });
      actor.start();
      if (signal?.aborted) pause();
      signal?.addEventListener('abort', pause, { once: true });
    });
    return last as unknown as DoneEvent | PausedEvent;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', pause);
    actor.stop();
    await session.close();
  }
}

function planOf(options: SearchOptions, { method }: SearchSetup): SearchPlan {
  const alternating = options.mode === 'joint' ? 'joint' : 'alternating';
  return {
    epochs: options.epochs,
    iterationsPerEpoch: iterationsPerEpoch(options),
    alphaSteps: method.alphaSteps === 'local+global' ? alternating : method.alphaSteps,
    alternation: { minSteps: options.minSteps, switch: options.switch },
  };
}

function stepOf({ iterationsPerEpoch: each }: SearchPlan, { epoch, iteration }: SearchProgress): number {
  return epoch * each + iteration;
}

function createSession(
  options: SearchOptions,
  setup: SearchSetup,
  folder: RunFolder,
  recorded: EngineDescription | null,
  { train, test }: Cifar10,
): Session {
  const { seed, batch, image } = options;
  const split = splitTrainingSet(train.count, seed, options);
  const most = options.evaluationSize === 0 ? Number.POSITIVE_INFINITY : options.evaluationSize;
  const evaluation = {
    weights: split.weights.slice(0, most),
    alpha: split.alpha.slice(0, most),
    test: Uint32Array.from({ length: Math.min(most, test.count) }, (_, i) => i),
  };
  const data: PoolData = { train, test, split, evaluation, seed, batch, image, objective: setup.objective };
  const supernet: SupernetSettings = { network: setup.network, engine: keptEngine(options, recorded), batch, seed };
  return new Session({
    options,
    method: setup.method,
    shape: setup.shape,
    objective: createObjective(setup.objective),
    optimizer: createAlphaOptimizer(options, setup),
    supernet,
    hangMs: hangLimit(options, setup, recorded),
    data,
    folder,
  });
}

/** A run keeps the engine it began on: another one rounds differently. Only the number of threads is free. */
function keptEngine(options: SearchOptions, recorded: EngineDescription | null): EngineOptions {
  const { engine, backend, kernels, threads } = options;
  if (recorded === null) return { engine, backend, kernels, threads };
  if (recorded.engine === 'cpu') return { engine: 'cpu', kernels: recorded.backend as KernelsName, threads };
  return { engine: 'tfjs', backend: recorded.backend as Backend };
}

/** Milliseconds without an answer after which a supernet hangs: far above the time of its steps, which block it. */
function hangLimit(options: SearchOptions, setup: SearchSetup, recorded: EngineDescription | null): number {
  const estimate = (on: EngineSpeed): number | null => estimateSearch(options, setup, on).iterationSeconds;
  // Where the engine is chosen later, or its speed is not known, it is hardly slower than the slowest but one.
  const wanted = recorded ?? { engine: 'tfjs', backend: options.backend, threads: 1 };
  const seconds = estimate(wanted) ?? (estimate({ engine: 'tfjs', backend: 'wasm', threads: 1 }) as number);
  return Math.min(MAX_HANG_MS, Math.max(HANG_MS, 20 * 1000 * seconds));
}

/** What differs between the versions that a run began under and those of today; null where nothing does. */
function describeChanges(recorded: unknown): string | null {
  const before = (recorded ?? {}) as Readonly<Record<string, string>>;
  const changes = Object.entries(describeVersions()).filter(([name, version]) => before[name] !== version);
  if (changes.length === 0) return null;
  return changes.map(([name, version]) => `${name} ${before[name] ?? 'unknown'}, now ${version}`).join('; ');
}
