import { join } from 'node:path';
import { DivergedError, type PausedEvent } from '../../actors/index.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import type { RandomCell } from '../many-runs/random-cells.ts';
import { makeRetraining, type RunSurroundings } from '../many-runs/run-part.ts';
import type { SignalPlan } from './signal-plan.ts';

/** A retraining of a random cell. */
export interface CellTask {
  readonly kind: 'cell';
  /** Place of the cell among those drawn. */
  readonly index: number;
  /** Seed that the cell was drawn with. */
  readonly cellSeed: number;
  /** Seed of the retraining. */
  readonly seed: number;
}

/** A random cell that was retrained with one seed. */
export interface CellRun extends CellTask {
  /** Genotype, in triples. */
  readonly cell: string;
  /** Folder of the retraining, below the experiment's. */
  readonly folder: string;
  /** Accuracy on the whole test set as a share of pictures, and size of the network; null if the retraining diverged. */
  readonly retrained: { readonly accuracy: number; readonly parameters: number; readonly macs: number } | null;
  /** Which number was not finite; null if all went well. */
  readonly reason: string | null;
}

/** Folder of a retraining, below that of the experiment. */
export function folderOfCell({ cellSeed, seed }: CellTask): string {
  return join('cells', `cell-${cellSeed}`, `retrain-${seed}`);
}

/** Retrains a random cell, or goes on with it. */
export async function makeCell(
  task: CellTask,
  plan: SignalPlan,
  { genotype }: RandomCell,
  surroundings: RunSurroundings,
): Promise<CellRun | PausedEvent> {
  const folder = folderOfCell(task);
  const options = retrainingOptionsOf(plan, genotype, task.seed, surroundings.overrides);
  const end = await makeRetraining(join(surroundings.path, folder), options, surroundings);
  const facts = { ...task, cell: writeGenotype(genotype, 'triples'), folder };
  if (end instanceof DivergedError) return { ...facts, retrained: null, reason: end.message };
  if (end.event === 'paused') return end;
  const { test, parameters, macs } = end;
  return { ...facts, retrained: { accuracy: test.accuracy, parameters, macs }, reason: null };
}
