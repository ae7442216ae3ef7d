import { OptionsError } from '../options/parse-options.ts';
import type { CellKind } from '../space/cell.ts';
import type { DiscretizedCell } from '../space/discretize.ts';
import type { Genotype, GenotypeEntry } from '../space/genotype.ts';
import { type Derivation, readDerivation } from './derivation.ts';
import { deriveCells } from './derive.ts';

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
  { method, threshold, shape, maxSkips }: Omit<Derivation, 'deriveBy'>,
  alphas: readonly AlphaAfterEpoch[],
): CellsAfterEpoch[] {
  const life: CellsAfterEpoch[] = [];
  for (const { epoch, normal, reduce } of alphas) {
    const position = Float64Array.from([...normal, ...reduce]);
    const { genotype, cells, meanMixing } = deriveCells(method, threshold, shape, position, maxSkips);
    const previous = life.at(-1)?.genotype;
    const afterEpoch = (kind: CellKind): CellAfterEpoch => ({
      ...cells[kind],
      meanMixing: meanMixing.before[kind],
      entered: missingIn(previous?.[kind] ?? [], genotype[kind]),
      left: missingIn(genotype[kind], previous?.[kind] ?? []),
    });
    life.push({ epoch, genotype, cells: { normal: afterEpoch('normal'), reduce: afterEpoch('reduce') } });
  }
  return life;
}

/** The life of a recorded search's cells. */
export interface RecordedLife {
  readonly life: readonly CellsAfterEpoch[];
  /** Number of intermediate nodes of the space's cells. */
  readonly nodes: number;
}

/**
 * Tells the life of a recorded search's cells, of any version.
 *
 * @param recorded options in the record
 * @param alphas in order of their epochs
 * @returns null if there are no alphas, if the cells come from projections, if the options are damaged or of a method of the
 * caller's own, or if both do not fit each other
 */
export function lifeOfRecord(recorded: unknown, alphas: readonly AlphaAfterEpoch[]): RecordedLife | null {
  if (alphas.length === 0) return null;
  try {
    const derivation = readDerivation(recorded);
    if (derivation.deriveBy === 'projection') return null;
    return { life: lifeOfCells(derivation, alphas), nodes: derivation.shape.nodes };
  } catch (error) {
    if (error instanceof OptionsError || error instanceof RangeError) return null;
    throw error;
  }
}

/** The entries that a cell lacks. */
function missingIn(cell: readonly GenotypeEntry[], entries: readonly GenotypeEntry[]): GenotypeEntry[] {
  const isSame = (a: GenotypeEntry, b: GenotypeEntry): boolean =>
    a.primitive === b.primitive && a.from === b.from && a.to === b.to;
  return entries.filter((entry) => !cell.some((kept) => isSame(kept, entry)));
}
