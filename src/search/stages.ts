import type { SearchOptions } from './options-schema.ts';

/** A stage of a search. */
export interface Stage {
  /** First epoch of the stage. */
  readonly start: number;
  /** Number of epochs. */
  readonly epochs: number;
  /** K of the supernet in this stage. */
  readonly partialChannels: number;
}

type StageOptions = Pick<SearchOptions, 'epochs' | 'stages' | 'partialChannels' | 'partialChannelsEnd'>;

/** The stages of a search: one, or two halves, of which the second has the odd epoch. */
export function stagesOf({ epochs, stages, partialChannels, partialChannelsEnd }: StageOptions): Stage[] {
  if (stages === 1) return [{ start: 0, epochs, partialChannels }];
  const half = Math.floor(epochs / 2);
  return [
    { start: 0, epochs: half, partialChannels },
    { start: half, epochs: epochs - half, partialChannels: partialChannelsEnd },
  ];
}

/**
 * Chooses the columns of alpha that stay: the largest of each row, and of equal ones the first.
 *
 * @param alpha `[edges, columns]`, row-major; both cells may stand one after the other
 * @param count number of columns that each row keeps
 * @returns 1 where a column stays, 0 where it is pruned, laid out like alpha
 */
export function keepLargest(alpha: Float64Array, columns: number, count: number): Uint8Array {
  const kept = new Uint8Array(alpha.length);
  for (let start = 0; start < alpha.length; start += columns) {
    const order = Array.from({ length: columns }, (_, column) => start + column);
    // Sorting is stable: of equal alphas the first is kept.
    order.sort((a, b) => (alpha[b] as number) - (alpha[a] as number));
    for (const place of order.slice(0, count)) kept[place] = 1;
  }
  return kept;
}
