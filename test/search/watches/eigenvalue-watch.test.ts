import { describe, expect, it } from 'vitest';
import {
  addEigenvalue,
  EIGENVALUE_WATCH_DEFAULTS,
  type EigenvalueSeries,
  eigenvalueEvery,
  eigenvalueWatchFor,
  epochBeforeRise,
  localAverages,
  NO_EIGENVALUES,
  raiseDecay,
} from '../../../src/search/watches/eigenvalue-watch.ts';
import { METHOD_UNITS } from '../../support/method-units.ts';

const { options, cases } = METHOD_UNITS.earlyStopping;

/** Watches a search that takes an eigenvalue every second epoch, and goes on to its end unless it is stopped. */
function watch(eigenvalues: readonly number[], first = 0) {
  let series: EigenvalueSeries = NO_EIGENVALUES;
  for (const [i, eigenvalue] of eigenvalues.entries()) {
    const at = first + options.every * i;
    // The state is plain data: a checkpoint holds it as JSON.
    series = JSON.parse(JSON.stringify(addEigenvalue(series, at, eigenvalue)));
    const cellOf = epochBeforeRise(series, EIGENVALUE_WATCH_DEFAULTS);
    if (cellOf !== null) return { series, stopped: { at, cellOf } };
  }
  return { series, stopped: null };
}

describe('epochBeforeRise', () => {
  it.each(cases)(
    'stops the series "$name" as RobustDARTS does',
    ({ eigenvalues, localAverages: averages, stopped }) => {
      const { every: _, ...defaults } = options;
      expect(EIGENVALUE_WATCH_DEFAULTS).toEqual(defaults);
      const result = watch(eigenvalues);
      expect(result.stopped).toEqual(stopped);
      const own = localAverages(result.series.eigenvalues, options.window);
      expect(own).toHaveLength(averages.length);
      for (const [i, average] of own.entries()) expect(average).toBeCloseTo(averages[i]!, 14);
    },
  );

  it('never stops a constant series, and one that grows at once in epoch 22, for the cell of epoch 10', () => {
    expect(watch(new Array(25).fill(0.3)).stopped).toBeNull();
    const growing = Array.from({ length: 25 }, (_, i) => 1.2 ** i);
    expect(watch(growing).stopped).toEqual({ at: 22, cellOf: 10 });
  });

  it('takes as long from a later start, because it compares eigenvalues that it has seen', () => {
    const growing = Array.from({ length: 10 }, (_, i) => 1.2 ** i);
    expect(watch(growing, 30).stopped).toEqual({ at: 42, cellOf: 30 });
  });

  it('does not stop for an eigenvalue that is not a number', () => {
    expect(watch([...new Array(12).fill(0.3), Number.NaN, 0.3, 0.3]).stopped).toBeNull();
  });
});

describe('the length of a search', () => {
  it.each([
    [1, 1, 0],
    [15, 1, 3],
    [49, 1, 9],
    [50, 2, 10],
    [250, 10, 50],
  ])('of %i epochs gives a spacing of %i, and credits none before epoch %i', (epochs, every, startEpoch) => {
    expect(eigenvalueEvery(epochs)).toBe(every);
    expect(eigenvalueWatchFor(epochs)).toEqual({ ...EIGENVALUE_WATCH_DEFAULTS, startEpoch });
  });
});

describe('raiseDecay', () => {
  it('multiplies by 10 up to 0.03, and then no more', () => {
    expect(raiseDecay(3e-4)).toBeCloseTo(3e-3, 15);
    expect(raiseDecay(raiseDecay(3e-4)!)).toBeCloseTo(0.03, 15);
    expect(raiseDecay(raiseDecay(raiseDecay(3e-4)!)!)).toBeNull();
    expect(raiseDecay(0.03)).toBeNull();
    expect(raiseDecay(0.02)).toBe(0.03);
    expect(raiseDecay(1e-3, 3, 0.01)).toBeCloseTo(3e-3, 15);
  });
});
