import { counted } from '../../src/command/format.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { iterationsPerEpoch } from '../../src/search/setup.ts';

/** Size of a supernet, and of an epoch of its search. */
export function describeSearchSize(options: SearchOptions): string {
  const { layers, channels, image, trainSize, batch } = options;
  const half = Math.floor(trainSize / 2);
  return (
    `${layers} cells of ${channels} channels, ${image}x${image}, ${half} pictures for w and ${half} for alpha, ` +
    `${iterationsPerEpoch(options)} iterations of ${batch} pictures an epoch`
  );
}

/** Size of a network and length of its training. Two accuracies compare if this is the same. */
export function describeTraining({ layers, channels, image, epochs, trainSize }: RetrainingOptions): string {
  return `${layers} cells of ${channels} channels, ${image}x${image}, ${counted(epochs, 'epoch')} of ${trainSize} pictures`;
}
