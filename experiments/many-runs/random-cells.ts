import { OptionsError } from '../../src/options/parse-options.ts';
import { deriveCells } from '../../src/search/derive.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { createAlphaOptimizer, setUpSearch } from '../../src/search/setup.ts';
import type { Genotype } from '../../src/space/genotype.ts';

/** A cell drawn at random: what a search of method `random` with its seed finds. */
export interface RandomCell {
  readonly seed: number;
  /** Alpha, flat over both cells, drawn uniformly from the domain. */
  readonly alpha: Float64Array;
  /** What the method's rule derives from alpha. Both cells pass activations. */
  readonly genotype: Genotype;
}

/** Seeds tried for each cell that is asked for, before the space counts as one without valid cells. */
const TRIES = 100;

/**
 * Draws random cells, one a seed. Seeds whose cells pass no activation are skipped.
 *
 * @param options of a search of method `random`; its seed does not matter
 * @param first first seed
 * @throws OptionsError if most seeds give cells that pass no activation
 */
export function drawRandomCells(options: SearchOptions, first: number, count: number): RandomCell[] {
  const setup = setUpSearch(options);
  const cells: RandomCell[] = [];
  for (let seed = first; cells.length < count; seed++) {
    if (seed === first + TRIES * count) {
      throw new OptionsError(`only ${cells.length} of the seeds from ${first} to ${seed - 1} give valid cells`);
    }
    const alpha = createAlphaOptimizer({ ...options, seed }, setup).position;
    const { genotype, cells: derived } = deriveCells(
      setup.method,
      options.threshold,
      setup.shape,
      alpha,
      options.maxSkips,
    );
    if (derived.normal.valid && derived.reduce.valid) cells.push({ seed, alpha, genotype });
  }
  return cells;
}
