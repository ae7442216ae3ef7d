import { planMethods } from '../../../experiments/methods/methods-plan.ts';
import type { MethodsRun } from '../../../experiments/methods/methods-run.ts';
import { writeGenotype } from '../../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';

/** DARTS with its twin, a method that draws, and one random cell, in one space. */
export const PLAN = planMethods('smoke', {
  spaces: ['s2'],
  methods: ['darts', 'darts+dscd', 'gdas'],
  seeds: 2,
  random: 1,
});

/** A run whose cells have been retrained, but for what is said otherwise. */
export function madeUpRun(
  method: MethodsRun['method'],
  seed: number,
  accuracy: number,
  rest: Partial<MethodsRun> = {},
): MethodsRun {
  const facts = { valid: true, degenerate: false, operations: 8, usedNodes: 4 };
  return {
    space: 's2',
    method,
    seed,
    folder: `s2/${method}/seed-${seed}`,
    outcome: 'retrained',
    reason: null,
    search: { train: 0.6, validation: 0.5, test: 0.5 },
    genotype: writeGenotype(publishedGenotype('DARTS_V1'), 'triples'),
    cells: { normal: facts, reduce: facts },
    alphaDigest: 'a',
    retrained: { accuracy, parameters: 1e5 * (seed + 1), macs: 1, trainings: [] },
    seconds: { search: 10, retraining: 1 },
    eigenvalue: null,
    stopped: null,
    ...rest,
  };
}
