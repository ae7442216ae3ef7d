import type { RunWork } from './work-left.ts';

/**
 * Orders runs by their estimated time, the longest first: begun last, it would have all others wait for it. Runs of the
 * same time keep their order.
 *
 * @returns places of the runs
 */
export function orderByLength(works: readonly RunWork[]): number[] {
  const seconds = works.map(({ search, retraining }) => search.seconds + retraining.seconds);
  return [...works.keys()].sort((a, b) => (seconds[b] as number) - (seconds[a] as number));
}
