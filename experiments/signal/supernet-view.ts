import type { MixingWeights } from '../../src/engine/engine.ts';
import { mixingOfCells } from '../../src/search/cell-mixing.ts';
import type { AlphaShape } from '../../src/space/alpha.ts';
import type { CellKind } from '../../src/space/cell.ts';
import type { Genotype } from '../../src/space/genotype.ts';

/** Ways to ask a supernet about a cell: as the alpha it was drawn as, or as what is kept of it. */
export const VIEWS = ['relaxed', 'kept', 'discrete'] as const;
export type View = (typeof VIEWS)[number];

/** Meaning of each view, for a reader. */
export const VIEW_TITLES: Readonly<Record<View, string>> = {
  relaxed: 'all operations at their mixing weights',
  kept: 'kept operations at their mixing weights',
  discrete: 'kept operations at 1',
};

/**
 * Mixing weights at which a supernet is asked about a cell.
 *
 * @param mixing mixing weights that the cell was derived from
 * @param genotype operations that it keeps; in the views `kept` and `discrete` all others have mixing weight 0
 */
export function viewCell(view: View, shape: AlphaShape, mixing: MixingWeights, genotype: Genotype): MixingWeights {
  if (view === 'relaxed') return mixing;
  const discrete = mixingOfCells(shape, genotype);
  if (view === 'discrete') return discrete;
  const keep = (kind: CellKind): Float32Array =>
    mixing[kind].map((weight, i) => weight * (discrete[kind][i] as number));
  return { normal: keep('normal'), reduce: keep('reduce') };
}
