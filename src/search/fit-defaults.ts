import type { SearchMethod } from './method.ts';
import type { SearchOptions } from './options-schema.ts';

/** Epochs of a method that names none. */
const EPOCHS = 50;

/** Options that are fitted. */
type Fitted = 'alphaRest' | 'partialChannels' | 'projectionEvery';

/**
 * Fits a method's defaults to the sizes of a search: alpha rests for the same share of the epochs, rounded down, and so are
 * the epochs between two projections, but at least 1. Partial channels are the most, up to the method's, that the channels
 * can be divided by.
 *
 * @param options resolved but for this
 * @param given options that are given, which stay
 */
export function fitDefaults(
  { defaults }: SearchMethod,
  options: SearchOptions,
  given: Partial<Pick<SearchOptions, Fitted>>,
): Pick<SearchOptions, Fitted> {
  const { channels, epochs, alphaRest, partialChannels, projectionEvery } = options;
  const fitted = { alphaRest, partialChannels, projectionEvery };
  const share = epochs / (defaults.epochs ?? EPOCHS);
  if (given.projectionEvery === undefined && options.deriveBy === 'projection') {
    fitted.projectionEvery = Math.max(1, Math.floor(projectionEvery * share));
  }
  if (given.alphaRest === undefined && defaults.alphaRest !== undefined) {
    fitted.alphaRest = Math.floor((defaults.alphaRest * epochs) / (defaults.epochs ?? EPOCHS));
  }
  if (given.partialChannels === undefined) {
    while (channels % (2 * fitted.partialChannels) !== 0 && fitted.partialChannels > 1) fitted.partialChannels--;
  }
  return fitted;
}
