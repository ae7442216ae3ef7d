import { type EngineSpeed, estimateNetwork, type NetworkEstimate, speedOf } from '../engine/estimate.ts';
import { buildRetrainedNetwork, type RetrainedNetworkOptions } from '../network/retrained-network.ts';
import { LATER_DATA_OPTIONS } from '../options/later-options.ts';
import type { RetrainingOptions } from './options-schema.ts';

/**
 * The network that a retraining trains; it has the auxiliary head if the head's loss has a weight. Without a data set it
 * is that of CIFAR-10.
 */
export function networkOf(options: RetrainingOptions): RetrainedNetworkOptions {
  const { genotype, channels, layers, image, stemMultiplier, auxiliaryWeight } = options;
  const { pictureChannels = LATER_DATA_OPTIONS.pictureChannels, classes = LATER_DATA_OPTIONS.classes } = options;
  const sizes = { channels, layers, image, stemMultiplier, pictureChannels, classes };
  return { genotype, ...sizes, auxiliary: auxiliaryWeight > 0 };
}

/**
 * Number of iterations of an epoch: the whole mini-batches in the training pictures. The pictures left over differ from
 * epoch to epoch.
 */
export function retrainingIterations({ trainSize, batch }: Pick<RetrainingOptions, 'trainSize' | 'batch'>): number {
  return Math.floor(trainSize / batch);
}

/** Needs of a retraining, estimated before it starts. */
export interface RetrainingEstimate extends NetworkEstimate {
  /** Seconds of the whole retraining; null if the engine's speed is not known. */
  readonly seconds: number | null;
  /** Seconds of one iteration; null if the engine's speed is not known. */
  readonly iterationSeconds: number | null;
}

/**
 * Estimates the network, the memory and the time of a retraining on an engine.
 *
 * @param testPictures number of pictures in the test set
 */
export function estimateRetraining(
  options: RetrainingOptions,
  testPictures: number,
  on: EngineSpeed,
): RetrainingEstimate {
  const { batch, epochs, evaluationSize } = options;
  const network = estimateNetwork(buildRetrainedNetwork(networkOf(options)), batch);
  const speed = speedOf(on);
  if (speed === null) return { ...network, seconds: null, iterationSeconds: null };
  const passSeconds = network.macs / speed.macs;
  const iterationSeconds = batch * speed.weightsStep * passSeconds;
  const measured = evaluationSize === 0 ? testPictures : Math.min(evaluationSize, testPictures);
  const epochSeconds = retrainingIterations(options) * iterationSeconds + measured * passSeconds;
  return { ...network, seconds: epochs * epochSeconds + testPictures * passSeconds, iterationSeconds };
}
