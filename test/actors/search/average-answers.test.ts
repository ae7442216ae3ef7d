import { expect, it } from 'vitest';
import { averageAnswers } from '../../../actors/search/average-answers.ts';

it('one answer comes back as it is', () => {
  const answer = { base: { loss: 0.1, perExample: [0.1, 0.2] }, proposals: [{ loss: -0 }, { loss: Number.NaN }] };
  expect(averageAnswers([answer])).toBe(answer);
});

it('losses become means, and losses per example follow each other', () => {
  const averaged = averageAnswers([
    { base: { loss: 1, perExample: [0, 2] }, proposals: [{ loss: 3, perExample: [3, 3] }, { loss: 5 }] },
    { base: { loss: 2, perExample: [1, 3] }, proposals: [{ loss: 4, perExample: [4, 4] }, { loss: Number.NaN }] },
  ]);
  expect(averaged).toEqual({
    base: { loss: 1.5, perExample: [0, 2, 1, 3] },
    proposals: [{ loss: 3.5, perExample: [3, 3, 4, 4] }, { loss: Number.NaN }],
  });
});

it('a position that was not evaluated has no mean', () => {
  expect(averageAnswers([{ proposals: [{ loss: 1 }] }, { proposals: [{ loss: 2 }] }])).toEqual({
    proposals: [{ loss: 1.5 }],
  });
});
