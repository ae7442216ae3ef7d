import { describe, expect, it } from 'vitest';
import { countMacs, countParameters } from '../../src/network/count.ts';
import { estimateMemory } from '../../src/network/memory.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { estimateSearch, type SearchEstimate } from '../../src/search/estimate.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { setUpSearch } from '../../src/search/setup.ts';

function estimate(input: SearchOptionsInput, backend = 'wasm'): SearchEstimate {
  const options = resolveSearchOptions(input, 'smoke');
  return estimateSearch(options, setUpSearch(options), backend);
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
    expect(seconds({ evaluationSize: 0 })).toBe(seconds({ evaluationSize: 48 }));
  });

  it('guesses no time for a backend whose speed it does not know', () => {
    expect(estimate({}, 'tensorflow')).toMatchObject({ seconds: null, parameters: estimate({}).parameters });
    expect(estimate({}, 'cpu').seconds).toBeGreaterThan(seconds({}));
  });
});
