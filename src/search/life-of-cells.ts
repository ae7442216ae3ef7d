import { CELL_KINDS, type CellKind } from '../space/cell.ts';
import type { DiscretizedCell } from '../space/discretize.ts';
import type { Genotype, GenotypeEntry } from '../space/genotype.ts';
import type { Derivation } from './derivation.ts';
import { deriveCells, meanMixing } from './derive.ts';

/** Alpha after an epoch, as `alpha.jsonl` holds it: a matrix for each cell, `[edges, primitives]`, row-major. */
export type AlphaAfterEpoch = { readonly epoch: number } & { readonly [kind in CellKind]: readonly number[] };

/** A cell as it would be derived after an epoch. */
export interface CellAfterEpoch extends DiscretizedCell {
  /** Mean mixing weight before discretization. */
  readonly meanMixing: number;
  /** Operations that are kept and were not kept after the epoch before; all of them in the first epoch given. */
  readonly entered: readonly GenotypeEntry[];
  /** Operations that were kept after the epoch before and no longer are. */
  readonly left: readonly GenotypeEntry[];
}

/** Both cells as they would be derived after an epoch. */
export interface CellsAfterEpoch {
  /** Number of completed epochs. */
  readonly epoch: number;
  readonly genotype: Genotype;
  readonly cells: { readonly [kind in CellKind]: CellAfterEpoch };
}

/**
 * Tells the life of a search's cells: derives them from the alpha after every epoch.
 *
 * @param alphas in order of their epochs
 * @throws RangeError if an alpha does not fit the space
 */
export function lifeOfCells(
  { method, threshold, shape }: Derivation,
  alphas: readonly AlphaAfterEpoch[],
): CellsAfterEpoch[] {
  const life: CellsAfterEpoch[] = [];
  for (const { epoch, normal, reduce } of alphas) {
    const position = Float64Array.from([...normal, ...reduce]);
    const { genotype, cells } = deriveCells(method, threshold, shape, position);
    const { before } = meanMixing(method, threshold, shape, position);
    const previous = life.at(-1)?.genotype;
    const afterEpoch = (kind: CellKind): CellAfterEpoch => ({
      ...cells[kind],
      meanMixing: before[kind],
      entered: missingIn(previous?.[kind] ?? [], genotype[kind]),
      left: missingIn(genotype[kind], previous?.[kind] ?? []),
    });
    life.push({ epoch, genotype, cells: { normal: afterEpoch('normal'), reduce: afterEpoch('reduce') } });
  }
  return life;
}

/** Whether an epoch changed which operations a cell keeps; the first epoch given counts as a change. */
export function hasChanged({ cells }: CellsAfterEpoch): boolean {
  return CELL_KINDS.some((kind) => cells[kind].entered.length + cells[kind].left.length > 0);
}

/** The entries that a cell lacks. */
function missingIn(cell: readonly GenotypeEntry[], entries: readonly GenotypeEntry[]): GenotypeEntry[] {
  const isSame = (a: GenotypeEntry, b: GenotypeEntry): boolean =>
    a.primitive === b.primitive && a.from === b.from && a.to === b.to;
  return entries.filter((entry) => !cell.some((kept) => isSame(kept, entry)));
}
