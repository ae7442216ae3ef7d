import type { PausedEvent } from '../../actors/index.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { drawRandomCells, type RandomCell } from './random-cells.ts';
import type { RunSurroundings } from './run-part.ts';
import { type Retrainings, type RunEnd, retrainCells } from './search-and-retrain.ts';

/**
 * Retrains the random cell of a seed, or makes the part of it that is missing.
 *
 * @param folder of the run, below the experiment's
 * @param options of the search that the cell stands for, of method `random`
 * @param seed one whose cells are valid
 */
export async function retrainRandomCell(
  folder: string,
  options: SearchOptions,
  seed: number,
  retrainings: Retrainings,
  surroundings: RunSurroundings,
): Promise<RunEnd | PausedEvent> {
  const [cell] = drawRandomCells(options, seed, 1) as [RandomCell];
  return await retrainCells(folder, cell.genotype, options.nodes, retrainings, surroundings);
}
