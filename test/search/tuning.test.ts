import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countDecisions, countEpochs, planTuning, tuningLearningRate } from '../../src/search/tuning.ts';

const plan = (nodes: number, projectionEvery: number) => {
  return planTuning({ deriveBy: 'projection', nodes, projectionEvery }) as NonNullable<ReturnType<typeof planTuning>>;
};

describe('planTuning', () => {
  it('makes 81 epochs and two decisions a projection of 14 edges and 3 nodes, as in the paper', () => {
    expect(plan(4, 5)).toEqual({ epochs: 81, every: 5, decisions: 34 });
    expect(countEpochs({ deriveBy: 'projection', nodes: 4, projectionEvery: 5, epochs: 50 })).toBe(131);
  });

  it('makes one epoch where all decisions come before it, and none without projection', () => {
    expect(plan(4, 0)).toEqual({ epochs: 1, every: 0, decisions: 34 });
    expect(planTuning({ deriveBy: 'mixing', nodes: 4, projectionEvery: 5 })).toBeNull();
    expect(countEpochs({ deriveBy: 'mixing', nodes: 4, projectionEvery: 5, epochs: 50 })).toBe(50);
  });

  it('decides about the two edges of a cell of one node, which keeps both', () => {
    expect(plan(1, 3)).toEqual({ epochs: 4, every: 3, decisions: 4 });
  });
});

describe('countDecisions', () => {
  it('is two more at every n-th epoch, and all of them in the last', () => {
    const tuning = plan(4, 5);
    const counts = Array.from({ length: tuning.epochs }, (_, epoch) => countDecisions(tuning, epoch));
    expect(counts.slice(0, 11)).toEqual([2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6]);
    expect([counts.at(-2), counts.at(-1)]).toEqual([32, 34]);
    expect(countDecisions(plan(4, 0), 0)).toBe(34);
  });

  it('comes to all decisions before the last epoch of any tuning, and not before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 }), (nodes, every) => {
        const tuning = plan(nodes, every);
        expect(countDecisions(tuning, tuning.epochs - 1)).toBe(tuning.decisions);
        expect(countDecisions(tuning, tuning.epochs - 2)).toBe(tuning.decisions - 2);
      }),
    );
  });
});

it('the learning rate of a tuning falls from a tenth of the search’s to where that ended, and never rises', () => {
  expect(tuningLearningRate(0.025, 0.001, 0)).toBeCloseTo(0.0025, 12);
  expect(tuningLearningRate(0.025, 0.001, 1)).toBeCloseTo(0.001, 12);
  expect(tuningLearningRate(0.025, 0.001, 0.5)).toBeCloseTo((0.0025 + 0.001) / 2, 12);
  expect(tuningLearningRate(0.005, 0.001, 1)).toBeCloseTo(0.0005, 12);
});
