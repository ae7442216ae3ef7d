import { describe, expect, it } from 'vitest';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { PRESET_NAMES, PRESETS } from '../../src/search/presets.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';

const TFJS = { engine: 'tfjs', backend: 'wasm', threads: 1 } as const;

describe('PRESETS', () => {
  it('of the paper changes nothing', () => {
    expect(PRESETS.paper).toEqual({});
  });

  it.each(PRESET_NAMES)('%s names no method, seed or machine: those are the caller’s', (preset) => {
    for (const name of ['method', 'seed', 'backend', 'workers']) expect(PRESETS[preset]).not.toHaveProperty(name);
  });

  it('are sorted by what they cost', () => {
    const work = (['smoke', 'quick', 'laptop', 'paper'] as const).map((preset) => {
      const options = resolveSearchOptions({}, preset);
      return estimateSearch(options, setUpSearch(options), TFJS).seconds as number;
    });
    expect(work).toEqual(work.toSorted((a, b) => a - b));
    // Seconds, minutes, an hour or so, and out of reach for a laptop.
    expect(work[0]).toBeLessThan(60);
    expect(work[3]).toBeGreaterThan(86_400);
  });
});
