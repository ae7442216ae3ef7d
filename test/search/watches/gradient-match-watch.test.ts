import { describe, expect, it } from 'vitest';
import {
  beginGradientMatch,
  type GradientMatchOptions,
  observeScores,
} from '../../../src/search/watches/gradient-match-watch.ts';

/** Observes the scores of iterations, and gives what is frozen after each. */
function watch(iterations: readonly (readonly number[])[], options: GradientMatchOptions): boolean[][] {
  let match = beginGradientMatch(iterations[0]!.length);
  return iterations.map((scores) => {
    // The state is plain data: a checkpoint holds it as JSON.
    match = JSON.parse(JSON.stringify(observeScores(match, scores, options)));
    return [...match.frozen];
  });
}

describe('observeScores', () => {
  it('freezes, at the end of each window, what is below the threshold on average, and keeps it frozen', () => {
    const options = { window: 2, threshold: 0.4 };
    const frozen = watch(
      [
        [1, 0.5, 0],
        [1, 0.4, 0],
        [0, 0.4, Number.NaN],
        [0.7, 0.4, 1],
      ],
      options,
    );
    // Mean scores: 1, 0.45, 0, then 0.35, and 0.4, which is not below.
    expect(frozen).toEqual([
      [false, false, false],
      [false, false, true],
      [false, false, true],
      [true, false, true],
    ]);
  });

  it('never freezes at -1, and freezes everything after the first window above 1', () => {
    const scores = Array.from({ length: 60 }, (_, i) => [-1, 1, Math.sin(i)]);
    for (const frozen of watch(scores, { window: 20, threshold: -1 })) expect(frozen).toEqual([false, false, false]);
    for (const [i, frozen] of watch(scores, { window: 20, threshold: 1.01 }).entries()) {
      expect(frozen).toEqual(new Array(3).fill(i >= 19));
    }
  });

  it('judges as the authors’ repository does with 21 scores: their sum over 20 is below 0.4', () => {
    const options = { window: 21, threshold: (0.4 * 20) / 21 };
    const scores = (mean: number) => new Array(21).fill([(20 * mean) / 21]);
    expect(watch(scores(0.399), options).at(-1)).toEqual([true]);
    expect(watch(scores(0.401), options).at(-1)).toEqual([false]);
    expect(watch(scores(0.399).slice(1), options).at(-1)).toEqual([false]);
  });
});
