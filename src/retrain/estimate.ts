import { type EngineSpeed, estimateNetwork, type NetworkEstimate, speedOf } from '../engine/estimate.ts';
import { buildRetrainedNetwork } from '../network/retrained-network.ts';
import { retrainingIterations } from './options.ts';
import type { RetrainingOptions } from './options-schema.ts';
import { networkOf } from './setup.ts';

/** What a retraining needs, guessed before it starts. */
export interface RetrainingEstimate extends NetworkEstimate {
  /** null where the speed of the backend is not known, as is `iterationSeconds`. */
  readonly seconds: number | null;
  readonly iterationSeconds: number | null;
}

/** @param testPictures pictures of the test set */
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
