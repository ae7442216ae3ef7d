import { planTable1, type Table1Plan } from '../../../experiments/table1/table1-plan.ts';
import type { Table1Run } from '../../../experiments/table1/table1-run.ts';
import { writeGenotype } from '../../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';

const DARTS_V2 = writeGenotype(publishedGenotype('DARTS_V2'), 'triples');

/** Two methods, one of them with both rules, at one length; three seeds. */
export function madeUpPlan(): Table1Plan {
  const methods = ['fair-darts', 'fair-darts+dscd'] as const;
  return planTable1('laptop', { methods, lengths: [6], seeds: 3, acceptance: ['window', 'paired'] });
}

/** A run that went well, but for what is said otherwise. Accuracies are shares. */
export function madeUpRun(run: Partial<Table1Run> & Pick<Table1Run, 'seed'>, retrained: number | null): Table1Run {
  return {
    method: 'fair-darts',
    acceptance: null,
    epochs: 6,
    folder: `fair-darts-6/seed-${run.seed}`,
    outcome: retrained === null ? 'invalid' : 'retrained',
    reason: retrained === null ? 'normal cell: no operation reaches the threshold' : null,
    search: { train: 0.5, validation: 0.4, test: 0.45 },
    genotype: DARTS_V2,
    alphaDigest: 'a',
    retrained: retrained === null ? null : { accuracy: retrained, loss: 1, parameters: 1, macs: 1, weightsDigest: 'w' },
    seconds: { search: 1, retraining: 1 },
    ...run,
  };
}
