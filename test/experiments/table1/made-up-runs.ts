import { describeCells } from '../../../experiments/many-runs/cell-facts.ts';
import type { RunEnd } from '../../../experiments/many-runs/search-and-retrain.ts';
import { planTable1, type SearchTask, type Table1Plan } from '../../../experiments/table1/table1-plan.ts';
import type { Table1Run } from '../../../experiments/table1/table1-run.ts';
import { writeGenotype } from '../../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';

const DARTS_V2 = publishedGenotype('DARTS_V2');
const CELLS = describeCells(DARTS_V2, 4);

/** Three variants at one length, three seeds, and three random cells. */
export function madeUpPlan(request: { readonly references?: string } = {}): Table1Plan {
  const variants = ['fair-darts', 'dscd', 'paired-4'] as const;
  return planTable1('laptop', { variants, lengths: [6], seeds: 3, random: 3, ...request });
}

/** Facts of a run. Accuracies of the trainings are shares. */
interface MadeUp extends Partial<SearchTask>, Partial<Omit<RunEnd, 'retrained'>> {
  readonly seed: number;
  readonly parameters?: number;
}

/** A run that went well, but for what is said otherwise. It is invalid without trainings. */
export function madeUpRun({ parameters = 1, ...run }: MadeUp, ...accuracies: readonly number[]): Table1Run {
  return {
    variant: 'fair-darts',
    epochs: 6,
    ...endOf(run.seed, parameters, accuracies),
    folder: `fair-darts/6-epochs/seed-${run.seed}`,
    ...run,
  };
}

/** A random cell. */
export function madeUpCell(seed: number, parameters: number, ...accuracies: readonly number[]): Table1Run {
  const none = { search: null, alphaDigest: null };
  const folder = `random/seed-${seed}`;
  return { variant: 'random', epochs: null, seed, ...endOf(seed, parameters, accuracies), ...none, folder };
}

function endOf(seed: number, parameters: number, accuracies: readonly number[]): RunEnd {
  const trainings = accuracies.map((accuracy, i) => ({ seed: seed + i, accuracy, loss: 1, weightsDigest: 'w' }));
  const accuracy = accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length;
  const invalid = accuracies.length === 0;
  const spoiled = { ...CELLS.normal, valid: false, operations: 0, usedNodes: 0 };
  return {
    folder: '',
    outcome: invalid ? 'invalid' : 'retrained',
    reason: invalid ? 'normal cell: no operation reaches the threshold' : null,
    search: { train: 0.5, validation: 0.4, test: 0.45 },
    genotype: writeGenotype(DARTS_V2, 'triples'),
    cells: invalid ? { ...CELLS, normal: spoiled } : CELLS,
    alphaDigest: 'a',
    retrained: invalid ? null : { accuracy, parameters, macs: 1, trainings },
    seconds: { search: 1, retraining: 1 },
  };
}
