import type { EngineDescription } from '../engine/engine.ts';
import { countMacs, countParameters } from '../network/count.ts';
import { estimateMemory } from '../network/memory.ts';
import { buildSupernet } from '../network/supernet.ts';
import { iterationsPerEpoch } from './options.ts';
import type { SearchOptions } from './options-schema.ts';
import type { SearchSetup } from './setup.ts';

/** What a search needs, guessed before it starts. */
export interface SearchEstimate {
  /** Weights of the supernet. */
  readonly parameters: number;
  /** Multiply-adds of one picture through it. */
  readonly macs: number;
  readonly memoryBytes: number;
  /** null where the speed of the backend is not known. */
  readonly seconds: number | null;
  /** Of one iteration: a step on w and one on alpha. null where the speed of the backend is not known. */
  readonly iterationSeconds: number | null;
}

/** What decides an engine's speed. */
export type EngineSpeed = Pick<EngineDescription, 'engine' | 'backend' | 'threads'>;

/** Multiply-adds a second of a forward pass on one thread, and the forward passes that the steps are worth. */
interface Speed {
  readonly macs: number;
  /** With the gradient in the weights. */
  readonly weightsStep: number;
  /** With the gradient in alpha. */
  readonly localStep: number;
}

/**
 * Measured at 8 channels, 5 cells, batch 32, 16x16 on a server from 2023; other machines are within a factor of 3. What
 * is not listed is not known.
 */
const SPEEDS: Readonly<Record<string, Speed>> = {
  'cpu, native': { macs: 25e9, weightsStep: 4.5, localStep: 2.5 },
  'cpu, wasm': { macs: 11e9, weightsStep: 4.3, localStep: 2.2 },
  'tfjs, wasm': { macs: 2.7e9, weightsStep: 5.4, localStep: 2.7 },
  'tfjs, cpu': { macs: 1e8, weightsStep: 5.4, localStep: 2.7 },
};

/** Forward passes that measuring the noises takes on each mini-batch: the current alpha, and two others. */
const NOISE_PASSES = 3;

/** Pictures of CIFAR-10's test set. */
const TEST_PICTURES = 10_000;

/** The heap of a process that has loaded an engine, and what an engine needs besides what the estimate counts. */
const ENGINE_BYTES = 200 * 2 ** 20;

/** Most memory that WebAssembly can address. */
const WASM_BYTES = 2 ** 32;

export function estimateSearch(options: SearchOptions, setup: SearchSetup, on: EngineSpeed): SearchEstimate {
  const { batch, epochs, trainSize, evaluationSize, noiseBatches } = options;
  const graph = buildSupernet(setup.network);
  const { weightsBytes, activationBytes } = estimateMemory(graph, batch);
  const macs = countMacs(graph);
  const speed = SPEEDS[`${on.engine}, ${on.backend}`];
  const secondsOf = (passes: number): number | null => {
    return speed === undefined ? null : (passes * macs) / (speed.macs * on.threads);
  };

  const iterations = iterationsPerEpoch(options);
  const iteration = speed === undefined ? 0 : batch * (speed.weightsStep + alphaPasses(options, setup, speed));
  const atMost = evaluationSize === 0 ? Number.POSITIVE_INFINITY : evaluationSize;
  const validation = Math.min(Math.floor(trainSize / 2), atMost);
  const noise = setup.method.alphaSteps === 'none' ? 0 : Math.min(noiseBatches, iterations) * batch * NOISE_PASSES;
  const final = 2 * validation + Math.min(TEST_PICTURES, atMost); // both halves of the training set, and the test set
  return {
    parameters: countParameters(graph),
    macs,
    memoryBytes: weightsBytes + activationBytes + ENGINE_BYTES,
    seconds: secondsOf(epochs * (iterations * iteration + validation + noise) + final),
    iterationSeconds: secondsOf(iteration),
  };
}

/** Forward passes that a step on alpha is worth, on average. */
function alphaPasses(
  { acceptance, mode, margin, proposals }: SearchOptions,
  { method }: SearchSetup,
  { localStep }: Speed,
): number {
  if (method.alphaSteps === 'none') return 0;
  if (method.alphaSteps === 'local') return localStep;
  // Only a margin needs the base besides the gradient's own loss.
  if (mode === 'joint') return localStep + proposals + (margin > 0 ? 1 : 0);
  const globalStep = proposals + (acceptance === 'paired' ? 1 : 0);
  return (localStep + globalStep) / 2; // as many of one kind as of the other
}

/**
 * What to say before a search whose memory may not suffice; null where it should.
 *
 * @param machineBytes memory of the machine
 */
export function warnOfMemory(
  { memoryBytes }: Pick<SearchEstimate, 'memoryBytes'>,
  { backend }: Pick<EngineSpeed, 'backend'>,
  machineBytes: number,
): string | null {
  const [limit, holder] =
    backend === 'wasm' && WASM_BYTES < machineBytes ? [WASM_BYTES, 'WebAssembly'] : [machineBytes, 'this machine'];
  if (memoryBytes <= limit) return null;
  const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  return (
    `the supernet needs about ${gibibytes(memoryBytes)} GiB and ${holder} holds ${gibibytes(limit)} GiB: ` +
    'it may run out of memory; a smaller batch needs less'
  );
}
