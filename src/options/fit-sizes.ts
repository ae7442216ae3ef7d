/** Sizes of a run that follow from its preset unless they are given. */
export interface Sizes {
  /** Number of training pictures. */
  readonly trainSize: number;
  readonly epochs: number;
}

/** Most times as many epochs that a small training set gets. */
const LONGEST = 10;

/**
 * Fits sizes to a training set that has fewer pictures than they ask for: all pictures are used, and there are more epochs,
 * at most ten times as many, so that the iterations stay about as many. What is given stays as it is.
 *
 * @param sizes of a preset, under those that are given
 * @param given sizes that the caller asked for
 * @param pictures number of pictures in the training set
 */
export function fitSizes({ trainSize, epochs }: Sizes, given: Partial<Sizes>, pictures: number): Sizes {
  if (given.trainSize !== undefined || trainSize <= pictures) return { trainSize, epochs };
  const longer = Math.min(LONGEST, trainSize / pictures);
  return { trainSize: pictures, epochs: given.epochs ?? Math.round(epochs * longer) };
}

/** Says in a sentence how sizes were fitted; null if they were not. */
export function describeFit(before: Sizes, after: Sizes): string | null {
  if (before.trainSize === after.trainSize) return null;
  const epochs = before.epochs === after.epochs ? '' : `, for ${after.epochs} epochs instead of ${before.epochs}`;
  return `all ${after.trainSize} training pictures are used instead of ${before.trainSize}${epochs}`;
}
