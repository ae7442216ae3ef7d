import { join } from 'node:path';
import { DivergedError, type DoneEvent, type PausedEvent, type RetrainedEvent } from '../../actors/index.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { makeRetraining, makeSearch, type RunSurroundings, secondsOf } from '../many-runs/run-part.ts';
import type { Phase } from '../many-runs/work-left.ts';
import { nameOf, retrainingOptionsOf, searchOptionsOf, type Table1Plan, type Table1Task } from './table1-plan.ts';

/** A run of Table 1 as its files list it. Everything but `seconds` follows from the task, also after interruptions. */
export interface Table1Run extends Table1Task {
  /** Folder below the table's. It holds `search`, and `retrain` if there was something to retrain. */
  readonly folder: string;
  readonly outcome: 'retrained' | 'invalid' | 'diverged';
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

/** Folder of a run, below that of the table. */
export function folderOf(task: Table1Task): string {
  return join(`${nameOf(task).replace(', ', '-')}-${task.epochs}`, `seed-${task.seed}`);
}

/** Makes one run, or the part of it that is missing. */
export async function makeTable1Run(
  task: Table1Task,
  plan: Table1Plan,
  surroundings: RunSurroundings,
): Promise<Table1Run | PausedEvent> {
  const folder = folderOf(task);
  const { path, overrides } = surroundings;
  const places: Record<Phase, string> = {
    search: join(path, folder, 'search'),
    retraining: join(path, folder, 'retrain'),
  };
  const run = (rest: Partial<Table1Run> & Pick<Table1Run, 'outcome' | 'reason'>): Table1Run => ({
    ...task,
    folder,
    search: null,
    genotype: null,
    alphaDigest: null,
    retrained: null,
    seconds: { search: secondsOf(places.search), retraining: secondsOf(places.retraining) },
    ...rest,
  });

  const found = await makeSearch(places.search, searchOptionsOf(plan, task, overrides), surroundings);
  if (found instanceof DivergedError) return run({ outcome: 'diverged', reason: `search: ${found.message}` });
  if (found.event === 'paused') return found;
  const { genotype, searchAccuracy, alphaDigest } = found;
  const searched = { search: searchAccuracy, genotype: writeGenotype(genotype, 'triples'), alphaDigest };

  const reasons = CELL_KINDS.flatMap((kind) => (found.valid[kind] ? [] : [`${kind} cell: ${found.reasons[kind]}`]));
  if (reasons.length > 0) return run({ ...searched, outcome: 'invalid', reason: reasons.join('; ') });

  const options = retrainingOptionsOf(plan, genotype, task.seed, overrides);
  const trained = await makeRetraining(places.retraining, options, surroundings);
  if (trained instanceof DivergedError) {
    return run({ ...searched, outcome: 'diverged', reason: `retraining: ${trained.message}` });
  }
  if (trained.event === 'paused') return trained;
  const { test, parameters, macs, weightsDigest } = trained;
  const retrained = { accuracy: test.accuracy, loss: test.loss, parameters, macs, weightsDigest };
  return run({ ...searched, outcome: 'retrained', reason: null, retrained });
}
