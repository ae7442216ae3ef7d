import { join } from 'node:path';
import { DivergedError, type DoneEvent, type PausedEvent, type RetrainedEvent } from '../../actors/index.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { makeRetraining, makeSearch, type RunSurroundings, secondsOf } from './run-part.ts';
import type { Phase } from './work-left.ts';

/** How a run ended. Everything but `seconds` follows from its options, also after interruptions. */
export interface RunEnd {
  /** Folder below the experiment's. It holds `search`, and `retrain` if something was retrained. */
  readonly folder: string;
  /** `found`: the cells are valid, and no retraining was asked for. */
  readonly outcome: 'retrained' | 'found' | 'invalid' | 'diverged';
  /** Why nothing was retrained, or which number was not finite; null if all went well. */
  readonly reason: string | null;
  /** Accuracy of the supernet, as a share of pictures: on the half for w, on the half for alpha, on the test set. */
  readonly search: DoneEvent['searchAccuracy'] | null;
  /** Genotype that was found, in triples. */
  readonly genotype: string | null;
  readonly alphaDigest: string | null;
  /** Accuracy on the whole test set, and size of the network; null if nothing was retrained. */
  readonly retrained: Retrained | null;
  /** Seconds that the iterations took, by the records of the epochs. */
  readonly seconds: Readonly<Record<Phase, number>>;
}

interface Retrained extends Pick<RetrainedEvent, 'parameters' | 'macs' | 'weightsDigest'> {
  readonly accuracy: number;
  readonly loss: number;
}

/** Options of a run, resolved, overrides included. */
export interface SearchAndRetraining {
  readonly search: SearchOptions;
  /** Options of the retraining of what was found; null if nothing is retrained. */
  readonly retraining: ((genotype: Genotype) => RetrainingOptions) | null;
}

/** Folder of a run's search, below that of the run. */
export const SEARCH_FOLDER = 'search';

/**
 * Searches and retrains what was found if its cells are valid, or makes the part of it that is missing.
 *
 * @param folder of the run, below the experiment's
 */
export async function searchAndRetrain(
  folder: string,
  { search: searchOptions, retraining }: SearchAndRetraining,
  surroundings: RunSurroundings,
): Promise<RunEnd | PausedEvent> {
  const places: Record<Phase, string> = {
    search: join(surroundings.path, folder, SEARCH_FOLDER),
    retraining: join(surroundings.path, folder, 'retrain'),
  };
  const end = (rest: Partial<RunEnd> & Pick<RunEnd, 'outcome' | 'reason'>): RunEnd => ({
    folder,
    search: null,
    genotype: null,
    alphaDigest: null,
    retrained: null,
    seconds: { search: secondsOf(places.search), retraining: secondsOf(places.retraining) },
    ...rest,
  });

  const found = await makeSearch(places.search, searchOptions, surroundings);
  if (found instanceof DivergedError) return end({ outcome: 'diverged', reason: `search: ${found.message}` });
  if (found.event === 'paused') return found;
  const { genotype, searchAccuracy, alphaDigest } = found;
  const searched = { search: searchAccuracy, genotype: writeGenotype(genotype, 'triples'), alphaDigest };

  const reasons = CELL_KINDS.flatMap((kind) => (found.valid[kind] ? [] : [`${kind} cell: ${found.reasons[kind]}`]));
  if (reasons.length > 0) return end({ ...searched, outcome: 'invalid', reason: reasons.join('; ') });
  if (retraining === null) return end({ ...searched, outcome: 'found', reason: null });

  const trained = await makeRetraining(places.retraining, retraining(genotype), surroundings);
  if (trained instanceof DivergedError) {
    return end({ ...searched, outcome: 'diverged', reason: `retraining: ${trained.message}` });
  }
  if (trained.event === 'paused') return trained;
  const { test, parameters, macs, weightsDigest } = trained;
  const retrained = { accuracy: test.accuracy, loss: test.loss, parameters, macs, weightsDigest };
  return end({ ...searched, outcome: 'retrained', reason: null, retrained });
}
