import { join } from 'node:path';
import { DivergedError, type DoneEvent, type PausedEvent, type RetrainedEvent } from '../../actors/index.ts';
import { percent } from '../../src/command/format.ts';
import { mean } from '../../src/math/statistics.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { type CellsFacts, describeCells } from './cell-facts.ts';
import { makeRetraining, makeSearch, type RunSurroundings, secondsOf } from './run-part.ts';
import type { Phase } from './work-left.ts';

/** How a run ended. Everything but `seconds` follows from its options, also after interruptions. */
export interface RunEnd {
  /** Folder below the experiment's. It holds `search`, and `retrain`, `retrain-2`, ... if something was retrained. */
  readonly folder: string;
  /** `found`: the cells are valid, and no retraining was asked for. */
  readonly outcome: 'retrained' | 'found' | 'invalid' | 'diverged';
  /** Why nothing was retrained, or which number was not finite; null if all went well. */
  readonly reason: string | null;
  /**
   * Accuracy of the supernet, as a share of pictures: on the half for w, on the half for alpha, on the test set; null if
   * there was no search, or it diverged.
   */
  readonly search: DoneEvent['searchAccuracy'] | null;
  /** Genotype that was found, in triples, and facts about its cells. */
  readonly genotype: string | null;
  readonly cells: CellsFacts | null;
  readonly alphaDigest: string | null;
  /** null if nothing was retrained, or a retraining diverged. */
  readonly retrained: Retrained | null;
  /** Seconds that the iterations took, by the records of the epochs. */
  readonly seconds: Readonly<Record<Phase, number>>;
}

/** Size of a network, and how well it does on the whole test set once it is trained. */
interface Retrained extends Pick<RetrainedEvent, 'parameters' | 'macs'> {
  /** Share of pictures: mean over the retrainings. */
  readonly accuracy: number;
  readonly trainings: readonly Training[];
}

interface Training extends Pick<RetrainedEvent, 'weightsDigest'> {
  readonly seed: number;
  readonly accuracy: number;
  readonly loss: number;
}

/** Options of the retrainings of a genotype, resolved, overrides included; none if nothing is retrained. */
export type Retrainings = (genotype: Genotype) => readonly RetrainingOptions[];

/** Options of a run. */
export interface SearchAndRetrainings {
  /** Resolved, overrides included. */
  readonly search: SearchOptions;
  readonly retrainings: Retrainings;
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
  { search: searchOptions, retrainings }: SearchAndRetrainings,
  surroundings: RunSurroundings,
): Promise<RunEnd | PausedEvent> {
  const path = join(surroundings.path, folder, SEARCH_FOLDER);
  const found = await makeSearch(path, searchOptions, surroundings);
  const searchSeconds = secondsOf(path);
  if (found instanceof DivergedError) {
    const reason = `search: ${found.message}`;
    return { ...NOTHING, folder, outcome: 'diverged', reason, seconds: { search: searchSeconds, retraining: 0 } };
  }
  if (found.event === 'paused') return found;
  const { genotype, searchAccuracy, alphaDigest } = found;
  const cells = describeCells(genotype, searchOptions.nodes);
  const text = writeGenotype(genotype, 'triples');
  const searched = { folder, search: searchAccuracy, genotype: text, cells, alphaDigest, retrained: null };

  const reasons = CELL_KINDS.flatMap((kind) => (found.valid[kind] ? [] : [`${kind} cell: ${found.reasons[kind]}`]));
  const end =
    reasons.length > 0
      ? ({ outcome: 'invalid', reason: reasons.join('; '), retrained: null, seconds: 0 } as const)
      : await retrain(folder, retrainings(genotype), surroundings);
  return 'event' in end ? end : { ...searched, ...end, seconds: { search: searchSeconds, retraining: end.seconds } };
}

/**
 * Retrains cells that no search found, or makes the part of it that is missing.
 *
 * @param nodes number of intermediate nodes of the space
 */
export async function retrainCells(
  folder: string,
  genotype: Genotype,
  nodes: number,
  retrainings: Retrainings,
  surroundings: RunSurroundings,
): Promise<RunEnd | PausedEvent> {
  const end = await retrain(folder, retrainings(genotype), surroundings);
  if ('event' in end) return end;
  const given = { folder, genotype: writeGenotype(genotype, 'triples'), cells: describeCells(genotype, nodes) };
  return { ...NOTHING, ...given, ...end, seconds: { search: 0, retraining: end.seconds } };
}

/** Says in a few words how a run ended. */
export function describeEnd({ outcome, reason, search, retrained }: RunEnd): string {
  const searched = search === null ? '' : `search test ${percent(search.test)}, `;
  if (retrained !== null) return `${searched}retrained ${percent(retrained.accuracy)}`;
  if (outcome === 'found') return `${searched}valid cells`;
  return `${searched}${outcome === 'invalid' ? 'Invalid arch.' : 'diverged'} (${reason})`;
}

/** What a run leaves without search and without retraining. */
const NOTHING = { search: null, genotype: null, cells: null, alphaDigest: null, retrained: null };

interface RetrainingEnd extends Pick<RunEnd, 'outcome' | 'reason' | 'retrained'> {
  /** Of all retrainings. */
  readonly seconds: number;
}

/** Makes the retrainings of a run, one after the other. If one diverges, it is the last. */
async function retrain(
  folder: string,
  all: readonly RetrainingOptions[],
  surroundings: RunSurroundings,
): Promise<RetrainingEnd | PausedEvent> {
  const trainings: Training[] = [];
  let [seconds, size] = [0, { parameters: 0, macs: 0 }];
  for (const [index, options] of all.entries()) {
    const path = join(surroundings.path, folder, index === 0 ? 'retrain' : `retrain-${index + 1}`);
    const trained = await makeRetraining(path, options, surroundings, { index, count: all.length });
    seconds += secondsOf(path);
    if (trained instanceof DivergedError) {
      return { outcome: 'diverged', reason: `retraining: ${trained.message}`, retrained: null, seconds };
    }
    if (trained.event === 'paused') return trained;
    const { test, parameters, macs, weightsDigest } = trained;
    trainings.push({ seed: options.seed, accuracy: test.accuracy, loss: test.loss, weightsDigest });
    size = { parameters, macs };
  }
  if (trainings.length === 0) return { outcome: 'found', reason: null, retrained: null, seconds };
  const accuracy = mean(trainings.map((training) => training.accuracy));
  return { outcome: 'retrained', reason: null, retrained: { ...size, accuracy, trainings }, seconds };
}
