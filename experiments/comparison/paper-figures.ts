import type { SearchMethodName } from '../../src/search/methods.ts';

/** The paper's words for the accuracy of a cell that passes no activation. */
export const INVALID = 'Invalid arch.';

/** A row of the paper's Table 1; accuracies in percent. */
export interface PaperTable1Row {
  /** Name in the paper, without the epochs. */
  readonly name: string;
  readonly method: SearchMethodName;
  readonly epochs: number;
  /** Accuracy of the supernet on the half for w, on the half for alpha, and on the test set. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Accuracy of the final architecture; null stands for "Invalid arch.". */
  readonly retrained: number | null;
}

/** Table 1 of "Making Differentiable Architecture Search less local". The text mentions no seeds and gives no spread. */
export const PAPER_TABLE_1: readonly PaperTable1Row[] = [
  row('FairDARTS', 'fair-darts', 50, [82.02, 75.61, 76.15], 97.36),
  row('FairDARTS', 'fair-darts', 75, [87.35, 78.1, 78.65], 97.29),
  row('FairDARTS', 'fair-darts', 250, [96.95, 81.55, 81.52], null),
  row('FairDARTS', 'fair-darts', 500, [99.92, 83.49, 83.26], null),
  row('FairDARTS + DSCD', 'fair-darts+dscd', 1500, [100, 83.12, 83.4], 97.5),
  row('FairDARTS + DSCD', 'fair-darts+dscd', 2000, [100, 84.02, 84.71], 97.25),
  row('FairDARTS + DSCD', 'fair-darts+dscd', 3000, [100, 85.51, 85.1], 96.92),
];

function row(
  name: string,
  method: SearchMethodName,
  epochs: number,
  [train, validation, test]: readonly [number, number, number],
  retrained: number | null,
): PaperTable1Row {
  return { name, method, epochs, train, validation, test, retrained };
}

/** A row of the paper's Table 2. */
export interface PaperTable2Row {
  /** Name in the paper, which lists FairDARTS twice: the second time as its authors ran it again. */
  readonly name: string;
  /** Parameters in millions. */
  readonly parameters: number;
  /** Multiply-adds in millions, which the paper calls FLOPs. */
  readonly operations: number;
  /** Accuracy in percent. */
  readonly accuracy: number;
  /** Published genotypes whose mean the figures are; none if the genotypes were not published. */
  readonly genotypes: readonly string[];
  /** Whether the parameters include the auxiliary head; null if that is not known. */
  readonly auxiliary: boolean | null;
}

const DARTS_MINUS = Array.from({ length: 5 }, (_, run) => `DARTS_minus_cifar10_s0_${run}`);

/** Table 2 of the paper. Counting the networks shows which genotypes and which parameters it means. */
export const PAPER_TABLE_2: readonly PaperTable2Row[] = [
  { name: 'DARTS', parameters: 3.3, operations: 528, accuracy: 97, genotypes: ['DARTS_V2'], auxiliary: false },
  { name: 'DARTS-', parameters: 3.5, operations: 583, accuracy: 97.41, genotypes: DARTS_MINUS, auxiliary: false },
  { name: 'FairDARTS', parameters: 2.8, operations: 373, accuracy: 97.46, genotypes: ['FairDARTS_a'], auxiliary: true },
  {
    name: 'FairDARTS, run again',
    parameters: 6.4,
    operations: 966,
    accuracy: 97.36,
    genotypes: [],
    auxiliary: null,
  },
  { name: 'FairDARTS + DSCD', parameters: 3.6, operations: 532, accuracy: 97.5, genotypes: [], auxiliary: null },
];
