import type { RetrainedNetworkOptions } from '../network/retrained-network.ts';
import type { RetrainingOptions } from './options-schema.ts';

/** The network that a retraining trains: with the auxiliary head where that has a weight. */
export function networkOf(options: RetrainingOptions): RetrainedNetworkOptions {
  const { genotype, channels, layers, image, stemMultiplier, auxiliaryWeight } = options;
  return { genotype, channels, layers, image, stemMultiplier, auxiliary: auxiliaryWeight > 0 };
}
