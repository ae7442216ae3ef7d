import type { CollapseCell, CollapseEpoch } from '../../../experiments/collapse/collapse-epochs.ts';
import type { CollapseRun, WatchedRun } from '../../../experiments/collapse/collapse-run.ts';

/** A cell of one weight: above the threshold it lives. */
function cellOf(weight: number): CollapseCell {
  const valid = weight >= 0.85;
  const [operations, usedNodes] = valid ? [8, 4] : [0, 0];
  return { before: weight, after: valid ? weight : 0, valid, degenerate: false, operations, usedNodes, changes: 0 };
}

/** An epoch in which alpha moved by 1 on a path of 2, one proposal was accepted, and two steps returned. */
function epochOf(epoch: number, normal: number): CollapseEpoch {
  const start = epoch === 0;
  const count = (value: number): number | null => (start ? null : value);
  return {
    epoch,
    cells: { normal: cellOf(normal), reduce: cellOf(0.9) },
    accuracy: { weights: count(0.6), validation: count(0.5) },
    steps: { localSteps: count(5), globalSteps: count(5), accepted: count(1), returned: count(2) },
    distance: start ? 0 : 1,
    path: start ? 0 : 2,
  };
}

/** A run whose normal cell has these mean weights after the epochs, from the start on. */
export function madeUpRun(
  variant: string,
  seed: number,
  normal: readonly number[],
  rest: Partial<CollapseRun> = {},
): WatchedRun {
  const run: CollapseRun = {
    variant,
    seed,
    folder: `${variant}/seed-${seed}`,
    outcome: 'found',
    reason: null,
    search: { train: 0.6, validation: 0.5, test: 0.5 },
    genotype: 'some',
    cells: null,
    alphaDigest: 'a',
    retrained: null,
    seconds: { search: 1, retraining: 0 },
    ...rest,
  };
  return { run, epochs: normal.map((weight, epoch) => epochOf(epoch, weight)) };
}
