import { describe, expect, it } from 'vitest';
import { watchCells } from '../../../experiments/collapse/collapse-epochs.ts';
import { epochSchema } from '../../../src/record/metrics-line.ts';
import { fairDarts } from '../../../src/search/fair-darts.ts';

const logit = (mixing: number): number => Math.log(mixing / (1 - mixing));

/** A space of two nodes and one operation: edges 0-2, 1-2, 0-3, 1-3, 2-3. */
const derivation = {
  method: fairDarts,
  threshold: 0.85,
  shape: { nodes: 2, primitives: ['skip_connect'] as const },
};

const START = [0.5, 0.5, 0.5, 0.5, 0.5];
/** All weights tend to zero: FairDARTS's normal cell in the paper's Figure 1. */
const DEAD = [0.1, 0.1, 0.1, 0.1, 0.1];
/** Node 2 reads an input and node 3 reads node 2. */
const LIVING = [0.9, 0.1, 0.1, 0.1, 0.9];
/** What is left of it reads a node without input. */
const CUT_OFF = [0.1, 0.1, 0.1, 0.1, 0.9];

const line = (epoch: number, normal: readonly number[], reduce: readonly number[]) => ({
  epoch,
  step: 10 * epoch,
  normal: normal.map(logit),
  reduce: reduce.map(logit),
});

describe('the cells of a search, epoch by epoch', () => {
  const epochs = watchCells(
    derivation,
    [line(0, START, START), line(1, DEAD, LIVING), line(2, DEAD, CUT_OFF)],
    new Map(),
    [0, 3, 4],
  );

  it('are dead where nothing reaches the threshold, and alive where activations pass', () => {
    const [, dead, deadAgain] = epochs.map(({ cells }) => cells.normal);
    expect(dead).toMatchObject({ after: 0, valid: false, operations: 0, usedNodes: 0, changes: 0 });
    expect(dead?.before).toBeCloseTo(0.1, 12);
    expect(deadAgain).toEqual(dead);

    const [start, living, cutOff] = epochs.map(({ cells }) => cells.reduce);
    expect(start).toMatchObject({ before: 0.5, after: 0, valid: false, operations: 0, changes: 0 });
    expect(living).toMatchObject({ valid: true, degenerate: false, operations: 2, usedNodes: 2, changes: 2 });
    expect(living?.before).toBeCloseTo((2 * 0.9 + 3 * 0.1) / 5, 12);
    expect(living?.after).toBeCloseTo((2 * 0.9) / 5, 12); // what is dropped counts as 0
    expect(cutOff).toMatchObject({ valid: false, operations: 1, usedNodes: 0, changes: 1 });
  });

  it('have the distance that alpha moved, and the path that it took', () => {
    const moved = (from: readonly number[], to: readonly number[]): number[] =>
      to.map((mixing, i) => logit(mixing) - logit(from[i] as number));
    const normal = moved(START, DEAD);
    expect(epochs.map(({ path }) => path)).toEqual([0, 3, 4]);
    expect(epochs[0]?.distance).toBe(0);
    expect(epochs[1]?.distance).toBeCloseTo(Math.hypot(...normal, ...moved(START, LIVING)), 12);
    expect(epochs[2]?.distance).toBeCloseTo(logit(0.9) - logit(0.1), 12);
  });

  it('have the metrics of their epoch, and none where there are none', () => {
    const metrics = epochSchema.parse({
      event: 'epoch',
      epoch: 1,
      weights: { accuracy: 0.5 },
      validation: { accuracy: 0.4 },
      alpha: { localSteps: 6, globalSteps: 4, accepted: 1, returned: 2 },
    });
    const alphas = [line(0, START, START), line(1, DEAD, DEAD)];
    const [start, first] = watchCells(derivation, alphas, new Map([[1, metrics]]), null);
    expect(first).toMatchObject({
      accuracy: { weights: 0.5, validation: 0.4 },
      steps: { localSteps: 6, globalSteps: 4, accepted: 1, returned: 2 },
      path: null,
    });
    expect(start).toMatchObject({ accuracy: { weights: null, validation: null }, steps: { accepted: null } });
  });
});
