import { describe, expect, it } from 'vitest';
import { adviseOn } from '../../src/search/advice.ts';

describe('the advice after an invalid or a degenerate cell', () => {
  const derive = 'derive from another epoch or by a lower threshold: npx node tools/derive.ts runs/a --epoch all';

  it.each([
    [{ method: 'fair-darts+dscd', acceptance: 'window' }, `try --acceptance paired, or ${derive}`],
    [{ method: 'fair-darts+dscd', acceptance: 'paired' }, `try to ${derive}`],
    [{ method: 'fair-darts', acceptance: 'window' }, `try --method fair-darts+dscd --acceptance paired, or ${derive}`],
    [{ method: 'darts', deriveBy: 'projection' }, 'try another --seed'],
    [{ method: 'own' }, `try to ${derive}`],
    [{}, `try to ${derive}`],
  ])('for %j names options that the search did not have', (options, sentence) => {
    expect(adviseOn(options, 'runs/a')).toBe(sentence);
  });

  it('for random cells, whose alphas never move, names no other epoch', () => {
    const sentence = adviseOn({ method: 'random', acceptance: 'window' }, 'my run');
    expect(sentence).toBe(
      'try another --seed, or derive by a lower threshold: npx node tools/derive.ts ' + "'my run' --threshold x",
    );
  });
});
