import type { MixingWeights } from '../../engine.ts';
import type { Rerun } from '../plan/plan.ts';

/** A candidate's turn to be evaluated. */
export interface Turn {
  /** Its place among the candidates. */
  readonly index: number;
  /** What is run after the turn before; null if nothing is, because no mixing weight changed, or this is the first. */
  readonly rerun: Rerun | null;
}

/** The mixing weights that decide a candidate's loss, without their values. */
type Place = Pick<Rerun, 'kind' | 'positions'>;

/**
 * Orders candidates so that those which share the most nodes follow each other. Sorted by their mixing weights in the
 * order of the network, as words in a dictionary, no two candidates compute the same node of the same weights twice.
 *
 * @param reruns in the order of the network
 */
export function orderCandidates(candidates: readonly MixingWeights[], reruns: readonly Rerun[]): Turn[] {
  const sorted = [...candidates.entries()].toSorted(([, a], [, b]) => {
    for (const place of reruns) {
      const at = changedPosition(place, a, b);
      if (at !== undefined) return (a[place.kind][at] as number) - (b[place.kind][at] as number);
    }
    return 0;
  });
  return sorted.map(([index, candidate], i) => {
    const before = sorted[i - 1]?.[1];
    const rerun = before && reruns.find((place) => changedPosition(place, before, candidate) !== undefined);
    return { index, rerun: rerun ?? null };
  });
}

/** First mixing weight of a node in which two candidates differ. */
function changedPosition({ kind, positions }: Place, a: MixingWeights, b: MixingWeights): number | undefined {
  return positions.find((at) => !Object.is(a[kind][at], b[kind][at]));
}
