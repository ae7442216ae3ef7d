/** What OLES knows of a supernet's parametric operations, in an order of the caller's. Plain data: the watch's whole state. */
export interface GradientMatch {
  /** Number of iterations of the present window that have passed. */
  readonly iterations: number;
  /** Sum of each operation's scores in them. */
  readonly sums: readonly number[];
  /** Whether each operation's weights rest until the end of the search. */
  readonly frozen: readonly boolean[];
}

export interface GradientMatchOptions {
  /** M: number of iterations whose scores are averaged. */
  readonly window: number;
  /** Mean score below which an operation is frozen. -1 never freezes; above 1 freezes everything. */
  readonly threshold: number;
}

/** The state before the first iteration. */
export function beginGradientMatch(operations: number): GradientMatch {
  return { iterations: 0, sums: new Array(operations).fill(0), frozen: new Array(operations).fill(false) };
}

/**
 * Takes the scores of an iteration, and at the end of each window freezes the operations whose mean score is below the
 * threshold: OLES (Jiang et al. 2023, "Operation-level early stopping for robustifying differentiable NAS", Algorithm 1).
 *
 * A score is the cosine of the angle between an operation's gradients on the training and on the search mini-batch. The
 * authors' repository compares the training gradient with the sum of both, which gives uncorrelated gradients about 0.71
 * instead of 0, so each score has a threshold of its own. It also adds up 21 scores and divides by 20: a window of 21 with
 * the threshold 0.4 * 20 / 21.
 *
 * @param scores from -1 to 1, one an operation; those of frozen operations are not read
 */
export function observeScores(
  { iterations, sums, frozen }: GradientMatch,
  scores: readonly number[],
  { window, threshold }: GradientMatchOptions,
): GradientMatch {
  const added = sums.map((sum, i) => (frozen[i] ? 0 : sum + scores[i]!));
  if (iterations + 1 < window) return { iterations: iterations + 1, sums: added, frozen };
  return {
    iterations: 0,
    sums: sums.map(() => 0),
    frozen: frozen.map((before, i) => before || added[i]! / window < threshold),
  };
}
