import { LATER_SEARCH_OPTIONS } from '../options/later-options.ts';
import { alphaColumns, mixingShape } from '../space/alpha.ts';
import { alphaShapeOf } from './alpha-shape.ts';
import type { MethodDefaults, SearchMethod } from './method.ts';
import type { SearchOptions } from './options-schema.ts';

/** Epochs of a method that names none. */
const EPOCHS = 50;

/** Options whose defaults depend on the sizes of a search. */
type Fitted = Pick<
  SearchOptions,
  'alphaRest' | 'partialChannels' | 'stages' | 'keptOperations' | 'partialChannelsEnd' | 'projectionEvery'
>;

/**
 * Fits a method's defaults to the sizes of a search.
 *
 * - alpha rests for the same share of the epochs, rounded down, and so do the epochs between two projections, but at least 1
 * - partial channels are the most, up to the method's, that the channels can be divided by and leave two mixed ones
 * - those of the second stage are the same share of those of the first, or the next lower number that divides the channels: 6
 *   then 4, 4 then 2, 2 then 1
 * - an edge keeps all operations if it has fewer than the method keeps
 * - a search of one epoch has one stage. Of a method with two, one stage has neither rest nor partial channels
 *
 * @param options resolved but for this
 * @param given options that are given, which stay
 * @throws OptionsError if the space is not defined for the number of nodes
 */
export function fitDefaults(method: SearchMethod, options: SearchOptions, given: Partial<Fitted>): Fitted {
  const { defaults } = method;
  const { channels, epochs, deriveBy } = options;
  const stages = given.stages ?? Math.min(options.stages, epochs);
  // Resting and partial channels of a method with stages belong to its stages.
  const isWhole = stages >= (defaults.stages ?? 1);
  const ofMethod: Partial<MethodDefaults> = isWhole ? defaults : {};
  const divisor = (most: number): number => {
    let partial = most;
    while (partial > 1 && (channels % partial !== 0 || channels / partial < 2)) partial--;
    return partial;
  };
  const share = epochs / (defaults.epochs ?? EPOCHS);
  const every =
    deriveBy === 'projection' ? Math.max(1, Math.floor(options.projectionEvery * share)) : options.projectionEvery;
  const projectionEvery = given.projectionEvery ?? every;
  const rest = ((ofMethod.alphaRest ?? 0) * epochs) / (defaults.epochs ?? EPOCHS);
  const partialChannels = given.partialChannels ?? divisor(ofMethod.partialChannels ?? 1);
  const fitted = { stages, alphaRest: given.alphaRest ?? Math.floor(rest), partialChannels, projectionEvery };
  if (stages === 1) {
    const { keptOperations, partialChannelsEnd } = { ...LATER_SEARCH_OPTIONS, ...given };
    return { ...fitted, keptOperations, partialChannelsEnd };
  }
  const { partialChannels: first = 1, partialChannelsEnd: last = 1 } = defaults;
  const columns = alphaColumns(mixingShape(alphaShapeOf(method, options.space, options.nodes)));
  return {
    ...fitted,
    keptOperations: given.keptOperations ?? Math.min(options.keptOperations, columns),
    partialChannelsEnd: given.partialChannelsEnd ?? divisor(Math.max(1, Math.floor((last * partialChannels) / first))),
  };
}
