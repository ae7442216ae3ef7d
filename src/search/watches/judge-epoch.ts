import {
  addEigenvalue,
  creditedSpan,
  type EigenvalueSeries,
  eigenvalueEvery,
  eigenvalueWatchFor,
  epochBeforeRise,
  NO_EIGENVALUES,
  raiseDecay,
} from './eigenvalue-watch.ts';

/** Values of the option `eigenvalueRise`: what a search does once the eigenvalue rises. */
export const EIGENVALUE_RISES = ['none', 'stop', 'decay'] as const;

/** How a search was stopped. Epochs count from 1. */
export interface Stop {
  readonly by: 'eigenvalue' | 'skips';
  /** The last epoch. */
  readonly epoch: number;
  /** Epoch after which alpha gives the cells. */
  readonly cellsOf: number;
}

/** How a search went back to an earlier epoch. Epochs count from 1. */
export interface WentBack {
  /** The epoch that it ended last. */
  readonly after: number;
  /** The epoch whose state it went on from. */
  readonly to: number;
  /** Decay of w from then on. */
  readonly weightsDecay: number;
}

/** What a search knows by watching. Plain data, part of every checkpoint. */
export interface WatchState {
  readonly series: EigenvalueSeries;
  /** Alphas after the latest epochs of the series, oldest first: the cells may be theirs. */
  readonly alphas: readonly Float64Array[];
  /** The stop, and the alpha that gives the cells; null while the search goes on. */
  readonly stopped: { readonly stop: Stop; readonly alpha: Float64Array } | null;
  /** The times that it went back, in order. */
  readonly wentBack: readonly WentBack[];
}

/** The state before the first epoch. */
export const NEW_WATCH: WatchState = { series: NO_EIGENVALUES, alphas: [], stopped: null, wentBack: [] };

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
  readonly weightsDecay: number;
}

/** Decay of w in a search, which may have raised it. */
export function decayOf({ wentBack }: WatchState, { weightsDecay }: Pick<StopOptions, 'weightsDecay'>): number {
  return wentBack.at(-1)?.weightsDecay ?? weightsDecay;
}

/**
 * Judges after an epoch whether the search goes on.
 *
 * - By the eigenvalue it stops (DARTS-ES) if `epochBeforeRise` says so, with the cells of the epoch that this names; or it
 *   goes back to that epoch (DARTS-ADA) with a raised decay of w (`raiseDecay`). Then the series begins anew. A search whose
 *   decay is the largest goes on to its end.
 * - By skips (DARTS+, Liang et al. 2019) it stops if the normal cell has as many as the limit, once alpha moves.
 *
 * The last epoch ends a search anyway.
 *
 * @returns the state after the epoch. It has one more `wentBack` if the search goes back, and is that to go on with
 */
export function judgeEpoch(before: WatchState, ended: EndedEpoch, options: StopOptions): WatchState {
  const watch = noteEigenvalue(before, ended, options);
  const { epoch, epochs, alpha, normalSkips } = ended;
  if (epoch === epochs - 1) return watch;
  const { eigenvalueRise, stopSkips, alphaRest } = options;
  const credited = watch === before ? null : epochBeforeRise(watch.series, eigenvalueWatchFor(epochs));
  if (credited !== null && eigenvalueRise === 'stop') {
    const stop = { by: 'eigenvalue', epoch: epoch + 1, cellsOf: credited + 1 } as const;
    return { ...watch, stopped: { stop, alpha: watch.alphas[0] ?? alpha } };
  }
  const raised = raiseDecay(decayOf(watch, options));
  if (credited !== null && eigenvalueRise === 'decay' && raised !== null) {
    const back: WentBack = { after: epoch + 1, to: credited + 1, weightsDecay: raised };
    return { ...NEW_WATCH, wentBack: [...watch.wentBack, back] };
  }
  if (stopSkips !== null && normalSkips !== null && normalSkips >= stopSkips && epoch >= alphaRest) {
    const stop = { by: 'skips', epoch: epoch + 1, cellsOf: epoch + 1 } as const;
    return { ...watch, stopped: { stop, alpha: alpha.slice() } };
  }
  return watch;
}

/** Lists the epochs that a search may go back to, by how many are completed then. */
export function mayGoBackTo({ series }: WatchState, epochs: number): number[] {
  const options = eigenvalueWatchFor(epochs);
  return series.epochs.slice(-creditedSpan(options)).map((epoch) => epoch + 1);
}

/** Adds an epoch's eigenvalue, if the search still goes by it. The last epoch's may lie off the spacing. */
function noteEigenvalue(
  watch: WatchState,
  { epoch, epochs, alpha, eigenvalue }: EndedEpoch,
  options: StopOptions,
): WatchState {
  const { eigenvalueRise } = options;
  if (eigenvalueRise === 'none' || eigenvalue === null || epoch % eigenvalueEvery(epochs) !== 0) return watch;
  if (eigenvalueRise === 'decay' && raiseDecay(decayOf(watch, options)) === null) return watch;
  return {
    ...watch,
    series: addEigenvalue(watch.series, epoch, eigenvalue),
    alphas: [...watch.alphas, alpha.slice()].slice(-creditedSpan(eigenvalueWatchFor(epochs))),
  };
}
