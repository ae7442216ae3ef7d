import {
  addEigenvalue,
  creditedSpan,
  type EigenvalueSeries,
  eigenvalueEvery,
  eigenvalueWatchFor,
  epochBeforeRise,
  NO_EIGENVALUES,
} from './eigenvalue-watch.ts';

/** Values of the option `eigenvalueRise`: what a search does once the eigenvalue rises. */
export const EIGENVALUE_RISES = ['none', 'stop'] as const;

/** How a search was stopped. Epochs count from 1. */
export interface Stop {
  readonly by: 'eigenvalue' | 'skips';
  /** The last epoch. */
  readonly epoch: number;
  /** Epoch after which alpha gives the cells. */
  readonly cellsOf: number;
}

/** What a search knows by watching. Plain data, part of every checkpoint. */
export interface WatchState {
  readonly series: EigenvalueSeries;
  /** Alphas after the latest epochs of the series, oldest first: the cells may be theirs. */
  readonly alphas: readonly Float64Array[];
  /** The stop, and the alpha that gives the cells; null while the search goes on. */
  readonly stopped: { readonly stop: Stop; readonly alpha: Float64Array } | null;
}

/** The state before the first epoch. */
export const NEW_WATCH: WatchState = { series: NO_EIGENVALUES, alphas: [], stopped: null };

/** An epoch that has ended. */
export interface EndedEpoch {
  /** Number of the epoch, from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Alpha after it. */
  readonly alpha: Float64Array;
  /** null if it was not measured. */
  readonly eigenvalue: number | null;
  readonly normalSkips: number | null;
}

/** Options that stop a search; `SearchOptions` says what they mean. */
export interface StopOptions {
  readonly eigenvalueRise: (typeof EIGENVALUE_RISES)[number];
  readonly stopSkips: number | null;
  readonly alphaRest: number;
}

/**
 * Judges after an epoch whether the search stops.
 *
 * - By the eigenvalue (DARTS-ES) it does if `epochBeforeRise` says so. The cells are those of the epoch that it names.
 * - By skips (DARTS+, Liang et al. 2019) it does if the normal cell has as many as the limit, once alpha moves.
 *
 * The last epoch ends a search anyway, and stops none.
 */
export function judgeEpoch(before: WatchState, ended: EndedEpoch, options: StopOptions): WatchState {
  const watch = noteEigenvalue(before, ended, options);
  const { epoch, epochs, alpha, normalSkips } = ended;
  if (epoch === epochs - 1) return watch;
  const { eigenvalueRise, stopSkips, alphaRest } = options;
  const oldest = watch.alphas[0];
  const credited = watch === before ? null : epochBeforeRise(watch.series, eigenvalueWatchFor(epochs));
  if (eigenvalueRise === 'stop' && credited !== null && oldest !== undefined) {
    const stop = { by: 'eigenvalue', epoch: epoch + 1, cellsOf: credited + 1 } as const;
    return { ...watch, stopped: { stop, alpha: oldest } };
  }
  if (stopSkips !== null && normalSkips !== null && normalSkips >= stopSkips && epoch >= alphaRest) {
    const stop = { by: 'skips', epoch: epoch + 1, cellsOf: epoch + 1 } as const;
    return { ...watch, stopped: { stop, alpha: alpha.slice() } };
  }
  return watch;
}

/** Adds an epoch's eigenvalue, if the search goes by it. The last epoch's may lie off the spacing. */
function noteEigenvalue(
  watch: WatchState,
  { epoch, epochs, alpha, eigenvalue }: EndedEpoch,
  { eigenvalueRise }: StopOptions,
): WatchState {
  if (eigenvalueRise === 'none' || eigenvalue === null || epoch % eigenvalueEvery(epochs) !== 0) return watch;
  return {
    ...watch,
    series: addEigenvalue(watch.series, epoch, eigenvalue),
    alphas: [...watch.alphas, alpha.slice()].slice(-creditedSpan(eigenvalueWatchFor(epochs))),
  };
}
