import { type EngineSpeed, estimateNetwork, type NetworkEstimate, type Speed, speedOf } from '../engine/estimate.ts';
import { buildSupernet } from '../network/supernet.ts';
import { iterationsPerEpoch } from './options.ts';
import type { SearchOptions } from './options-schema.ts';
import type { SearchSetup } from './setup.ts';

/** What a search needs, guessed before it starts. */
export interface SearchEstimate extends NetworkEstimate {
  /** null where the speed of the backend is not known. */
  readonly seconds: number | null;
  /** Of one iteration: a step on w and one on alpha. null where the speed of the backend is not known. */
  readonly iterationSeconds: number | null;
}

/** Forward passes that measuring the noises takes on each mini-batch: the current alpha, and two others. */
const NOISE_PASSES = 3;

/** Pictures of CIFAR-10's test set. */
const TEST_PICTURES = 10_000;

export function estimateSearch(options: SearchOptions, setup: SearchSetup, on: EngineSpeed): SearchEstimate {
  const { batch, epochs, trainSize, evaluationSize, noiseBatches } = options;
  const network = estimateNetwork(buildSupernet(setup.network), batch);
  const speed = speedOf(on);
  if (speed === null) return { ...network, seconds: null, iterationSeconds: null };
  const secondsOf = (passes: number): number => (passes * network.macs) / speed.macs;

  const iterations = iterationsPerEpoch(options);
  const iteration = batch * (speed.weightsStep + alphaPasses(options, setup, speed));
  const atMost = evaluationSize === 0 ? Number.POSITIVE_INFINITY : evaluationSize;
  const validation = Math.min(Math.floor(trainSize / 2), atMost);
  const noise = setup.method.alphaMoves === 'none' ? 0 : Math.min(noiseBatches, iterations) * batch * NOISE_PASSES;
  const final = 2 * validation + Math.min(TEST_PICTURES, atMost); // both halves of the training set, and the test set
  return {
    ...network,
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
  if (method.alphaMoves === 'none') return 0;
  if (method.alphaMoves === 'local') return localStep;
  // Only a margin needs the base besides the gradient's own loss.
  if (mode === 'joint') return localStep + proposals + (margin > 0 ? 1 : 0);
  const globalStep = proposals + (acceptance === 'paired' ? 1 : 0);
  return (localStep + globalStep) / 2; // as many of one kind as of the other
}
