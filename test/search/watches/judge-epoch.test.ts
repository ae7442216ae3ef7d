import { describe, expect, it } from 'vitest';
import { describeStop, describeWentBack } from '../../../src/search/watches/describe-stop.ts';
import { eigenvalueEvery } from '../../../src/search/watches/eigenvalue-watch.ts';
import {
  decayOf,
  judgeEpoch,
  mayGoBackTo,
  NEW_WATCH,
  type StopOptions,
  type WatchState,
} from '../../../src/search/watches/judge-epoch.ts';
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
  const all: StopOptions = { eigenvalueRise: 'none', stopSkips: null, alphaRest: 0, weightsDecay: 3e-4, ...options };
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

describe('a rising eigenvalue that raises the decay of w', () => {
  const DECAY = { eigenvalueRise: 'decay', stopSkips: null, alphaRest: 0, weightsDecay: 3e-4 } as const;

  /** Goes back as it is told, until the last of 50 epochs has ended: the state, the epochs that ended, those kept after each. */
  function search(eigenvalueOf: (epoch: number, decay: number) => number, options: StopOptions = DECAY) {
    const ended: number[] = [];
    const kept: number[][] = [];
    let state = NEW_WATCH;
    for (let epoch = 0; epoch < 50; epoch++) {
      const eigenvalue = epoch % 2 === 0 || epoch === 49 ? eigenvalueOf(epoch, decayOf(state, options)) : null;
      const times = state.wentBack.length;
      const alpha = Float64Array.of(epoch);
      // A checkpoint holds the state.
      state = structuredClone(judgeEpoch(state, { epoch, epochs: 50, alpha, eigenvalue, normalSkips: null }, options));
      ended.push(epoch);
      const back = state.wentBack[times];
      if (back !== undefined) {
        expect(kept.at(-1), 'the checkpoint was kept').toContain(back.to);
        epoch = back.to - 1;
      }
      kept.push(mayGoBackTo(state, 50));
    }
    return { state, ended, kept };
  }

  it('goes back to the credited epoch, until the decay is the largest, and then to the end', () => {
    const { state, ended, kept } = search((epoch) => 2 ** epoch);
    expect(state).toEqual({
      ...NEW_WATCH,
      wentBack: [
        { after: 23, to: 11, weightsDecay: 3e-3 },
        { after: 25, to: 13, weightsDecay: 0.03 },
      ],
    });
    expect(decayOf(state, DECAY)).toBe(0.03);
    const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
    expect(ended).toEqual([...from(0, 22), ...from(11, 24), ...from(13, 49)]);
    expect(Math.max(...kept.map(({ length }) => length))).toBe(7);
    expect(kept.at(-1)).toEqual([]);
  });

  it('takes a series of its own after it went back', () => {
    const { state, ended } = search((epoch, decay) => (decay === 3e-4 ? 2 ** epoch : 1));
    expect(state.wentBack).toEqual([{ after: 23, to: 11, weightsDecay: 3e-3 }]);
    expect(state.series.epochs).toEqual(Array.from({ length: 19 }, (_, i) => 12 + 2 * i));
    expect(ended).toHaveLength(23 + 39);
  });

  it('goes on at once if the decay is the largest already', () => {
    const options = { ...DECAY, weightsDecay: 0.03 };
    expect(search((epoch) => 2 ** epoch, options)).toMatchObject({ state: NEW_WATCH, ended: { length: 50 } });
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

it('a stop and going back are put in words', () => {
  expect(describeWentBack({ after: 23, to: 11, weightsDecay: 3e-3 })).toBe(
    'went back from epoch 23 to epoch 11 because the eigenvalue rose, with weight decay 0.003',
  );
  expect(describeStop({ by: 'eigenvalue', epoch: 23, cellsOf: 11 })).toBe(
    'stopped after epoch 23 because the eigenvalue rose, with the cells of epoch 11',
  );
  expect(describeStop({ by: 'skips', epoch: 4, cellsOf: 4 })).toBe(
    'stopped after epoch 4 because of the skip connections in its normal cell',
  );
});
