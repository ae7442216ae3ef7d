import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';

/** At what size, and for how long, a genotype was trained: two accuracies compare where this is the same. */
export function describeTraining({ layers, channels, image, epochs, trainSize }: RetrainingOptions): string {
  return `${layers} cells of ${channels} channels, ${image}x${image}, ${epochs} epochs of ${trainSize} pictures`;
}
