import { describe, expect, it } from 'vitest';
import { chooseLanes, type LaneRequest, type PlannedRun } from '../../../experiments/many-runs/choose-lanes.ts';

const MACHINE = { cores: 8, memoryBytes: 100 };

/** Lanes and options for 20 runs on eight cores. */
const lanesOf = (request: LaneRequest, run: Partial<PlannedRun> = {}): unknown => {
  const { lanes, overrides } = chooseLanes(
    request,
    { engine: 'cpu', threads: undefined, memoryBytes: 1, ...run },
    20,
    MACHINE,
  );
  return [lanes, overrides];
};

describe('the number of runs at the same time', () => {
  it('is that of the cores on the CPU engine, with one thread each, and one otherwise', () => {
    expect(lanesOf({})).toEqual([8, { workers: 1, threads: 1 }]);
    expect(lanesOf({}, { engine: 'tfjs' })).toEqual([1, {}]);
  });

  it('leaves room for the threads of each, and in memory', () => {
    expect(lanesOf({ threads: 3 })).toEqual([2, { workers: 1, threads: 3 }]);
    expect(lanesOf({}, { threads: 4 })).toEqual([2, { workers: 1, threads: 4 }]);
    expect(lanesOf({ threads: 0 })).toEqual([1, { threads: 0 }]);
    expect(lanesOf({ threads: 16 })).toEqual([1, { threads: 16 }]);
    expect(lanesOf({}, { memoryBytes: 30 })).toEqual([2, { workers: 1, threads: 1 }]);
    expect(lanesOf({}, { memoryBytes: 300 })).toEqual([1, {}]);
  });

  it('is what was asked for, but no more than there are runs', () => {
    expect(lanesOf({ parallel: 12, workers: 2 })).toEqual([12, { workers: 2, threads: 1 }]);
    expect(lanesOf({ parallel: 1000 })).toEqual([20, { workers: 1, threads: 1 }]);
    expect(lanesOf({ parallel: 1 })).toEqual([1, {}]);
    // TensorFlow.js refuses a number of threads.
    expect(lanesOf({ parallel: 2 }, { engine: 'tfjs' })).toEqual([2, { workers: 1 }]);
  });
});
