import type { SearchMethodName } from '../../src/search/methods.ts';

/** What a cell that passes no activation has for an accuracy, in the paper's words. */
export const INVALID = 'Invalid arch.';

/** A row of the paper's Table 1; accuracies in percent. */
export interface PaperTable1Row {
  /** As the paper has it, without the epochs. */
  readonly name: string;
  readonly method: SearchMethodName;
  readonly epochs: number;
  /** Of the supernet: on the half for w, on the half for alpha, on the test set. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Of the final architecture; null is "Invalid arch.". */
  readonly retrained: number | null;
}

/** Table 1 of "Making Differentiable Architecture Search less local". The text says of no seeds, and gives no spread. */
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
  /** As the paper has it; FairDARTS stands twice there, the second time as the authors ran it again. */
  readonly name: string;
  /** In millions. */
  readonly parameters: number;
  /** In millions; the paper says FLOPs. */
  readonly operations: number;
  /** In percent. */
  readonly accuracy: number;
  /** The published genotypes that the figures are of, whose mean they are; none where they were not published. */
  readonly genotypes: readonly string[];
  /** Whether the parameters are those with the auxiliary head; null where it is not known. */
  readonly auxiliary: boolean | null;
}

const DARTS_MINUS = Array.from({ length: 5 }, (_, run) => `DARTS_minus_cifar10_s0_${run}`);

/** Table 2 of the paper. Which genotypes and which parameters they are follows from counting them. */
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
