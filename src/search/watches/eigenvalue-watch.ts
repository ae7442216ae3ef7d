import { mean } from '../../math/statistics.ts';

/** Dominant eigenvalues of the Hessian in alpha that a search has seen. Plain data: it is the whole state of the watch. */
export interface EigenvalueSeries {
  /** Epochs after which they were taken, evenly spaced. */
  readonly epochs: readonly number[];
  /** The eigenvalue of each. */
  readonly eigenvalues: readonly number[];
}

export interface EigenvalueWatchOptions {
  /** Number of eigenvalues in an average, odd. */
  readonly window: number;
  /** Growth of the average that stops the search. */
  readonly factor: number;
  /** Number of eigenvalues between the two averages that are compared. */
  readonly delta: number;
  /** Earliest epoch whose cell is taken. */
  readonly startEpoch: number;
}

/** Defaults of RobustDARTS's repository, for its 50 epochs. */
export const EIGENVALUE_WATCH_DEFAULTS: EigenvalueWatchOptions = { window: 5, factor: 1.3, delta: 4, startEpoch: 10 };

/** Epochs of the repository's searches, and those from one of its eigenvalues to the next. */
const REPOSITORY = { epochs: 50, every: 2 } as const;

/**
 * Epochs from one eigenvalue to the next in a search that goes by them: 2 of 50, and as large a share of another number, but
 * at least 1. Scaling is ours: at a fixed spacing, short searches would end before the watch could tell anything.
 */
export function eigenvalueEvery(epochs: number): number {
  return Math.max(1, Math.floor((REPOSITORY.every * epochs) / REPOSITORY.epochs));
}

/** Options of the watch for a number of epochs: the earliest credited epoch scales with it, as the spacing does. */
export function eigenvalueWatchFor(epochs: number): EigenvalueWatchOptions {
  const { startEpoch } = EIGENVALUE_WATCH_DEFAULTS;
  return { ...EIGENVALUE_WATCH_DEFAULTS, startEpoch: Math.floor((startEpoch * epochs) / REPOSITORY.epochs) };
}

/** A series without eigenvalues: that of a new search, and of one that went back. */
export const NO_EIGENVALUES: EigenvalueSeries = { epochs: [], eigenvalues: [] };

/** Adds the eigenvalue after an epoch. */
export function addEigenvalue(series: EigenvalueSeries, epoch: number, eigenvalue: number): EigenvalueSeries {
  return { epochs: [...series.epochs, epoch], eigenvalues: [...series.eigenvalues, eigenvalue] };
}

/**
 * Averages eigenvalues locally. The average that stands at the middle of a window is known once the window has passed; the
 * first averages have shorter windows.
 *
 * @param window odd
 * @returns one for each eigenvalue but the first `(window - 1) / 2`
 */
export function localAverages(eigenvalues: readonly number[], window: number): number[] {
  const half = (window - 1) / 2;
  return eigenvalues.slice(half).map((_, i) => {
    const end = i + half + 1;
    return mean(eigenvalues.slice(Math.max(0, end - window), end));
  });
}

/** Number of eigenvalues from that of the epoch whose cell is taken to the latest, both included. */
export function creditedSpan({ window, delta }: Pick<EigenvalueWatchOptions, 'window' | 'delta'>): number {
  return (window - 1) / 2 + delta + 1;
}

/**
 * Decides whether a search stops because its curvature grows: DARTS-ES (Zela et al. 2020, "Understanding and robustifying
 * differentiable architecture search", by `EVLocalAvg` of its repository). It stops if the latest local average
 * exceeds `factor` times the one `delta` eigenvalues before it, and takes the cell of the epoch at the middle of the earlier
 * average's window.
 *
 * @returns the epoch whose cell is taken; null if the search goes on
 */
export function epochBeforeRise(
  { epochs, eigenvalues }: EigenvalueSeries,
  options: EigenvalueWatchOptions,
): number | null {
  const { window, factor, delta, startEpoch } = options;
  const averages = localAverages(eigenvalues, window);
  const [current, previous] = [averages.at(-1), averages.at(-1 - delta)];
  const epoch = epochs.at(-creditedSpan(options));
  if (current === undefined || previous === undefined || epoch === undefined || epoch < startEpoch) return null;
  return current / previous > factor ? epoch : null;
}

/**
 * Raises the decay of w for a search that goes back: DARTS-ADA (Zela et al. 2020). The search goes
 * on from the epoch of `epochBeforeRise`, with a series without eigenvalues.
 *
 * @param factor of the decay. @default 10, that of the repository's scripts
 * @param most largest decay
 * @returns null if the decay is the largest already: the search goes on to its end
 */
export function raiseDecay(decay: number, factor = 10, most = 0.03): number | null {
  // 3e-4 * 10 * 10 is a little less than 0.03.
  if (decay > most * (1 - 1e-9)) return null;
  return Math.min(most, factor * decay);
}
