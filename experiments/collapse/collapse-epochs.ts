import { type AlphaLine, readAlphaSteps } from '../../src/record/alpha-file.ts';
import type { RunEpoch } from '../../src/record/metrics-line.ts';
import { readAlphaLines, readEpochs } from '../../src/record/read-run.ts';
import { openRunFolder, runFiles } from '../../src/record/run-folder.ts';
import { type Derivation, readDerivation } from '../../src/search/derivation.ts';
import { deriveCells } from '../../src/search/derive.ts';
import { lifeOfCells } from '../../src/search/life-of-cells.ts';
import { alphaSize } from '../../src/space/alpha.ts';
import type { CellKind } from '../../src/space/cell.ts';
import { distanceOf, flatten, measurePath } from './alpha-path.ts';

/** A cell as it would be derived after an epoch. */
export interface CollapseCell {
  /** Mean mixing weight: of all operations, and after discretization, which counts dropped operations as 0. */
  readonly before: number;
  readonly after: number;
  readonly valid: boolean;
  readonly degenerate: boolean;
  /** Number of operations that are kept, and of intermediate nodes that the cell uses. */
  readonly operations: number;
  readonly usedNodes: number;
  /** Number of operations that entered or left the cell in this epoch. */
  readonly changes: number;
}

/** A search after an epoch; epoch 0 is its start. */
export interface CollapseEpoch {
  readonly epoch: number;
  readonly cells: { readonly [kind in CellKind]: CollapseCell };
  /** Accuracy as a share: of the steps on w, and on the alpha split after the epoch; null at the start. */
  readonly accuracy: { readonly weights: number | null; readonly validation: number | null };
  /** Steps on alpha in the epoch, and what became of the proposals; null at the start. */
  readonly steps: { readonly [count in Count]: number | null };
  /** Distance of alpha from where the epoch began, and length of the path that its steps took; null if that is not known. */
  readonly distance: number;
  readonly path: number | null;
}

const COUNTS = ['localSteps', 'globalSteps', 'accepted', 'returned'] as const;
type Count = (typeof COUNTS)[number];

/**
 * Reads how the cells and the alpha of a search moved, epoch by epoch.
 *
 * @param path folder of the search
 * @throws RunFolderError if it holds no search
 */
export function readCollapseEpochs(path: string): CollapseEpoch[] {
  const derivation = readDerivation(openRunFolder(path, 'search').config.options);
  const alphas = readAlphaLines(path, []);
  const metrics = new Map(readEpochs(path, []).map((line) => [line.epoch, line]));
  const steps = readAlphaSteps(runFiles(path).alphaSteps, alphaSize(derivation.shape));
  return watchCells(derivation, alphas, metrics, measurePath(steps, alphas));
}

/**
 * Tells what alpha means for both cells after every epoch.
 *
 * @param alphas alpha at the start and after every epoch, in order
 * @param metrics lines of the epochs, by number
 * @param path length of alpha's path in the epoch of each of `alphas`; null if it is not known
 */
export function watchCells(
  derivation: Omit<Derivation, 'deriveBy'>,
  alphas: readonly AlphaLine[],
  metrics: ReadonlyMap<number, Pick<RunEpoch, 'weights' | 'validation' | 'alpha'>>,
  path: readonly number[] | null,
): CollapseEpoch[] {
  const { method, threshold, maxSkips, shape } = derivation;
  return lifeOfCells(derivation, alphas).map(({ epoch, cells }, i) => {
    const position = flatten(alphas[i] as AlphaLine);
    const previous = alphas[i - 1];
    const { before, after } = deriveCells(method, threshold, shape, position, maxSkips).meanMixing;
    const cellOf = (kind: CellKind): CollapseCell => {
      const { valid, degenerate, choices, connectedNodes, entered, left } = cells[kind];
      return {
        before: before[kind],
        after: after[kind],
        valid,
        degenerate,
        operations: choices.length,
        usedNodes: connectedNodes.length,
        changes: previous === undefined ? 0 : entered.length + left.length,
      };
    };
    const line = metrics.get(epoch);
    return {
      epoch,
      cells: { normal: cellOf('normal'), reduce: cellOf('reduce') },
      accuracy: { weights: line?.weights.accuracy ?? null, validation: line?.validation.accuracy ?? null },
      steps: Object.fromEntries(COUNTS.map((count) => [count, line?.alpha[count] ?? null])) as CollapseEpoch['steps'],
      distance: previous === undefined ? 0 : distanceOf(position, flatten(previous)),
      path: path?.[i] ?? null,
    };
  });
}
