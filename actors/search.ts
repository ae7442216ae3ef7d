import { rmSync } from 'node:fs';
import { createActor } from 'xstate';
import type { Cifar10 } from '../src/data/cifar10.ts';
import { DataError } from '../src/data/data-error.ts';
import { splitTrainingSet } from '../src/data/split.ts';
import { startAlternation } from '../src/optimize/alternation.ts';
import { listCheckpoints } from '../src/record/checkpoint-file.ts';
import {
  createRunFolder,
  openRunFolder,
  type RunConfig,
  type RunFolder,
  writeRunConfig,
} from '../src/record/run-folder.ts';
import { estimateSearch } from '../src/search/estimate.ts';
import { createObjective } from '../src/search/objective.ts';
import { iterationsPerEpoch, readRecordedOptions } from '../src/search/options.ts';
import type { SearchOptions } from '../src/search/options-schema.ts';
import { createAlphaOptimizer, type SearchSetup, setUpSearch } from '../src/search/setup.ts';
import type { SearchPlan, SearchProgress } from './coordinator/machine.ts';
import { Session } from './coordinator/session.ts';
import { newestState } from './coordinator/state.ts';
import { wireCoordinator } from './coordinator/wiring.ts';
import { describeMachine, describeVersions } from './describe.ts';
import type { DoneEvent, PausedEvent, SearchEvent, SupernetSettings } from './messages.ts';
import { ProposalPool } from './pool/pool.ts';
import type { PoolData } from './pool/tasks.ts';

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
 * @throws DivergedError where a loss stops being a number
 */
export async function startSearch(
  options: SearchOptions,
  out: string,
  run: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  const { digest, source, official } = run.data;
  splitTrainingSet(run.data.train.count, options.seed, options); // refuses what does not fit before anything is written
  const config = {
    options,
    versions: describeVersions(),
    machine: describeMachine(),
    data: { digest, source, official },
    engine: null,
  };
  const folder = createRunFolder(out, config);
  try {
    return await runSearch(options, folder, run);
  } catch (error) {
    // What never began leaves no folder behind that would be in the way of the next attempt.
    if (listCheckpoints(folder.checkpoints).length === 0) rmSync(folder.path, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Goes on with the run in a folder, from its newest checkpoint, to the same end that it would have come to.
 *
 * @param overrides options that change no result
 * @throws RunFolderError where the folder holds no run, or one of another version
 * @throws CheckpointError where its newest checkpoint is damaged
 * @throws DataError where the run began with other pictures
 */
export async function resumeSearch(
  path: string,
  overrides: Partial<Pick<SearchOptions, 'workers' | 'checkpointSeconds'>>,
  run: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  const { folder, config } = openRunFolder(path);
  const { digest } = (config.data ?? {}) as { digest?: string };
  if (digest !== run.data.digest) {
    throw new DataError(`the run in ${path} began with other pictures: digest ${digest}, now ${run.data.digest}`);
  }
  return await runSearch({ ...readRecordedOptions(config.options), ...overrides }, folder, run);
}

async function runSearch(
  options: SearchOptions,
  folder: RunFolder,
  { data, onEvent = () => undefined, signal }: RunOptions,
): Promise<DoneEvent | PausedEvent> {
  const setup = setUpSearch(options);
  const state = newestState(folder.checkpoints, options);
  const session = createSession(options, setup, folder, data);
  const plan = planOf(options, setup);
  const progress: SearchProgress = state?.progress ?? { epoch: 0, iteration: 0, alternation: startAlternation() };
  let last: DoneEvent | PausedEvent | null = null;
  let announced = false;

  const event = (happened: SearchEvent): void => {
    if (happened.event === 'done') last = happened;
    onEvent(happened);
  };
  const coordinator = wireCoordinator(session, plan.iterationsPerEpoch, {
    event,
    opened(engine) {
      if (announced) return;
      announced = true;
      recordEngine(folder, engine);
      const { seconds, ...needs } = estimateSearch(options, setup, engine.backend);
      const steps = plan.epochs * plan.iterationsPerEpoch;
      const step = stepOf(plan, progress);
      const expectedSeconds = seconds === null ? null : (seconds * (steps - step)) / steps;
      event({ event: 'started', run: folder.path, step, steps, engine, ...needs, expectedSeconds });
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
  { train, test }: Cifar10,
): Session {
  const { seed, batch, image, workers, backend } = options;
  const split = splitTrainingSet(train.count, seed, options);
  const most = options.evaluationSize === 0 ? Number.POSITIVE_INFINITY : options.evaluationSize;
  const evaluation = {
    weights: split.weights.slice(0, most),
    alpha: split.alpha.slice(0, most),
    test: Uint32Array.from({ length: Math.min(most, test.count) }, (_, i) => i),
  };
  const data: PoolData = { train, test, split, evaluation, seed, batch, image, objective: setup.objective };
  const supernet: SupernetSettings = { network: setup.network, backend: recordedBackend(folder) ?? backend, seed };
  return new Session({
    options,
    method: setup.method,
    shape: setup.shape,
    objective: createObjective(setup.objective),
    optimizer: createAlphaOptimizer(options, setup),
    supernet,
    pool: new ProposalPool(workers, data),
    evaluationPictures: {
      weights: evaluation.weights.length,
      alpha: evaluation.alpha.length,
      test: evaluation.test.length,
    },
    folder,
  });
}

/** A run keeps the backend it began on: another one rounds differently. */
function recordedBackend(folder: RunFolder): SupernetSettings['backend'] | undefined {
  const { engine } = openRunFolder(folder.path).config as RunConfig & {
    readonly engine?: { readonly backend: SupernetSettings['backend'] } | null;
  };
  return engine?.backend;
}

function recordEngine(folder: RunFolder, engine: object): void {
  const { config } = openRunFolder(folder.path);
  if (config.engine === null) writeRunConfig(folder, { ...config, engine });
}
