import { describe, expect, it } from 'vitest';
import { warnOfMemory } from '../../src/engine/estimate.ts';
import { countMacs, countParameters } from '../../src/network/count.ts';
import { estimateMemory } from '../../src/network/memory.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { estimateSearch, type SearchEstimate } from '../../src/search/estimate.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { setUpSearch } from '../../src/search/setup.ts';

function estimate(
  input: SearchOptionsInput,
  backend = 'wasm',
  engine: 'tfjs' | 'cpu' = 'tfjs',
  threads = 1,
): SearchEstimate {
  const options = resolveSearchOptions(input, 'smoke');
  return estimateSearch(options, setUpSearch(options), { engine, backend, threads });
}

const seconds = (input: SearchOptionsInput): number => estimate(input).seconds as number;

describe('estimateSearch', () => {
  it('counts the supernet that the search builds', () => {
    const graph = buildSupernet(setUpSearch(resolveSearchOptions({}, 'smoke')).network);
    const { parameters, macs, memoryBytes } = estimate({});
    expect(parameters).toBe(countParameters(graph));
    expect(macs).toBe(countMacs(graph));
    const { weightsBytes, activationBytes } = estimateMemory(graph, 8);
    expect(memoryBytes).toBeGreaterThan(weightsBytes + activationBytes);
  });

  it('needs more memory for larger mini-batches, by their activations', () => {
    const graph = buildSupernet(setUpSearch(resolveSearchOptions({}, 'smoke')).network);
    const more = estimateMemory(graph, 16).activationBytes - estimateMemory(graph, 8).activationBytes;
    expect(estimate({ batch: 16 }).memoryBytes - estimate({}).memoryBytes).toBe(more);
  });

  it('takes longer for more of anything', () => {
    const base = seconds({});
    for (const more of [{ epochs: 6 }, { trainSize: 192 }, { channels: 8 }, { evaluationSize: 48 }]) {
      expect(seconds(more), JSON.stringify(more)).toBeGreaterThan(base);
    }
    expect(seconds({ method: 'random' })).toBeLessThan(base);
    // Every epoch costs the same.
    const epoch = seconds({ epochs: 4 }) - base;
    expect(seconds({ epochs: 103 })).toBeCloseTo(base + 100 * epoch, 8);
  });

  it('counts what is evaluated: proposals, their base, the noises, the test set', () => {
    const { macs } = estimate({});
    const passes = (input: SearchOptionsInput, than: SearchOptionsInput = {}): number =>
      ((seconds(input) - seconds(than)) * 2.7e9) / macs;
    const [iterations, batch, epochs] = [18, 8, 3];
    expect(passes({ proposals: 5 })).toBeCloseTo((iterations * batch * 4) / 2, 4); // half the steps are global
    expect(passes({ acceptance: 'paired' })).toBeCloseTo((iterations * batch) / 2, 4);
    expect(passes({ mode: 'joint', proposals: 3 }, { mode: 'joint' })).toBeCloseTo(iterations * batch * 2, 4);
    expect(passes({ noiseBatches: 4 })).toBeCloseTo(epochs * 2 * batch * 3, 4);
    expect(passes({ noiseBatches: 99 }, { noiseBatches: 6 })).toBe(0); // an epoch has 6 mini-batches
    expect(passes({ evaluationSize: 0 }, { evaluationSize: 48 })).toBeCloseTo(10_000 - 48, 4);
    expect(seconds({ method: 'random', noiseBatches: 4 })).toBe(seconds({ method: 'random', noiseBatches: 0 }));
  });

  it('knows the time of one iteration, which is most of a search without measuring', () => {
    const search = estimate({ epochs: 100, noiseBatches: 0, evaluationSize: 2 });
    expect((search.iterationSeconds as number) * 600).toBeLessThan(search.seconds as number);
    expect((search.iterationSeconds as number) * 600).toBeGreaterThan(0.9 * (search.seconds as number));
  });

  it('guesses no time for a backend whose speed it does not know', () => {
    expect(estimate({}, 'tensorflow')).toMatchObject({ seconds: null, parameters: estimate({}).parameters });
    expect(estimate({}, 'cpu').seconds).toBeGreaterThan(seconds({}));
    expect(estimate({}, 'native', 'cpu').seconds).toBeLessThan(seconds({}));
    expect(estimate({}, 'native', 'cpu', 2).seconds).toBe((estimate({}, 'native', 'cpu').seconds as number) / 2);
  });
});

describe('warnOfMemory', () => {
  const GIB = 2 ** 30;

  it.each([
    ['wasm', 3 * GIB, 16 * GIB, null],
    ['wasm', 5 * GIB, 16 * GIB, 'needs about 5.0 GiB and WebAssembly holds 4.0 GiB'],
    ['wasm', 3 * GIB, 2 * GIB, 'this machine holds 2.0 GiB'],
    ['tensorflow', 5 * GIB, 16 * GIB, null],
    ['tensorflow', 17 * GIB, 16 * GIB, 'this machine holds 16.0 GiB'],
  ] as const)('on %s, %d bytes, of %d', (backend, memoryBytes, machineBytes, expected) => {
    const warning = warnOfMemory({ memoryBytes }, { backend }, machineBytes);
    if (expected === null) expect(warning).toBeNull();
    else expect(warning).toContain(expected);
  });
});
