import { describe, expect, it } from 'vitest';
import { describeStop } from '../../../src/search/watches/describe-stop.ts';
import { eigenvalueEvery } from '../../../src/search/watches/eigenvalue-watch.ts';
import { judgeEpoch, NEW_WATCH, type StopOptions, type WatchState } from '../../../src/search/watches/judge-epoch.ts';
import { METHOD_UNITS } from '../../support/method-units.ts';

interface Watched {
  readonly epochs?: number;
  /** Of the epochs from 0. @default 1 */
  readonly eigenvalueOf?: (epoch: number) => number;
  /** @default 0 */
  readonly normalSkips?: number;
}

/** Epoch by epoch to a stop or to the end. Alpha after an epoch is its number, in an array that the next one changes. */
function watch(options: Partial<StopOptions>, { epochs = 50, eigenvalueOf = () => 1, normalSkips = 0 }: Watched = {}) {
  const all: StopOptions = { eigenvalueRise: 'none', stopSkips: null, alphaRest: 0, ...options };
  const alpha = new Float64Array(1);
  let state: WatchState = NEW_WATCH;
  for (let epoch = 0; epoch < epochs && state.stopped === null; epoch++) {
    alpha[0] = epoch;
    const eigenvalue = epoch % eigenvalueEvery(epochs) === 0 || epoch === epochs - 1 ? eigenvalueOf(epoch) : null;
    state = judgeEpoch(state, { epoch, epochs, alpha, eigenvalue, normalSkips }, all);
  }
  alpha[0] = Number.NaN;
  return state;
}

describe('a rising eigenvalue', () => {
  it.each(METHOD_UNITS.earlyStopping.cases)('stops "$name" as in RobustDARTS’s repository', (golden) => {
    const eigenvalueOf = (epoch: number): number => golden.eigenvalues[epoch / 2] ?? Number.NaN;
    const { stopped } = watch({ eigenvalueRise: 'stop' }, { epochs: 50, eigenvalueOf });
    if (golden.stopped === null) expect(stopped).toBeNull();
    else {
      const { at, cellOf } = golden.stopped;
      expect(stopped).toEqual({
        stop: { by: 'eigenvalue', epoch: at + 1, cellsOf: cellOf + 1 },
        alpha: Float64Array.of(cellOf),
      });
    }
  });

  it.each([
    [50, 23, 11],
    [15, 10, 4],
    [10, 9, 3],
    [100, 45, 21],
  ])('stops a search of %i epochs after epoch %i at the earliest', (epochs, epoch, cellsOf) => {
    const { stopped } = watch({ eigenvalueRise: 'stop' }, { epochs, eigenvalueOf: (at) => 2 ** at });
    expect(stopped?.stop).toEqual({ by: 'eigenvalue', epoch, cellsOf });
    expect(stopped?.alpha).toEqual(Float64Array.of(cellsOf - 1));
  });

  it('does not stop a search that is too short to tell, nor one in its last epoch', () => {
    const eigenvalueOf = (at: number): number => 2 ** at;
    expect(watch({ eigenvalueRise: 'stop' }, { epochs: 8, eigenvalueOf }).stopped).toBeNull();
    expect(watch({ eigenvalueRise: 'stop' }, { epochs: 9, eigenvalueOf }).stopped?.stop.epoch).toBe(8);
    expect(watch({ eigenvalueRise: 'stop' }, { eigenvalueOf: (at) => (at < 49 ? 1 : 100) }).stopped).toBeNull();
  });

  it('is not noted unless the search goes by it', () => {
    expect(watch({}, { eigenvalueOf: (at) => 2 ** at, normalSkips: 8 })).toEqual(NEW_WATCH);
  });
});

describe('skip connections', () => {
  it('stop after the first epoch in which alpha moves, at the limit', () => {
    const stopOf = (stopSkips: number, normalSkips: number, alphaRest = 0) =>
      watch({ stopSkips, alphaRest }, { normalSkips }).stopped;
    expect(stopOf(2, 2)).toEqual({ stop: { by: 'skips', epoch: 1, cellsOf: 1 }, alpha: Float64Array.of(0) });
    expect(stopOf(2, 3, 3)).toEqual({ stop: { by: 'skips', epoch: 4, cellsOf: 4 }, alpha: Float64Array.of(3) });
    expect(stopOf(3, 2)).toBeNull();
  });

  it('stop beside an eigenvalue, whichever comes first', () => {
    const both = { eigenvalueRise: 'stop', stopSkips: 2 } as const;
    const eigenvalueOf = (at: number): number => 2 ** at;
    expect(watch({ ...both, alphaRest: 30 }, { eigenvalueOf, normalSkips: 2 }).stopped?.stop.by).toBe('eigenvalue');
    expect(watch({ ...both, alphaRest: 5 }, { eigenvalueOf, normalSkips: 2 }).stopped?.stop.by).toBe('skips');
  });
});

it('a stop is put in words', () => {
  expect(describeStop({ by: 'eigenvalue', epoch: 23, cellsOf: 11 })).toBe(
    'stopped after epoch 23 because the eigenvalue rose, with the cells of epoch 11',
  );
  expect(describeStop({ by: 'skips', epoch: 4, cellsOf: 4 })).toBe(
    'stopped after epoch 4 because of the skip connections in its normal cell',
  );
});
