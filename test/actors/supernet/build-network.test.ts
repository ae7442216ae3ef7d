import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../actors/codec.ts';
import { checkMessageSizes, countStateBytes } from '../../../actors/supernet/build-network.ts';
import { createCpuEngine } from '../../../src/engine/cpu/cpu-engine.ts';
import { initialWeights } from '../../../src/network/initial-weights.ts';
import { buildSupernet } from '../../../src/network/supernet.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { PRESET_NAMES } from '../../../src/search/presets.ts';
import { setUpSearch } from '../../../src/search/setup.ts';

const check =
  (input: SearchOptionsInput, preset: (typeof PRESET_NAMES)[number] = 'paper') =>
  (): void => {
    const options = resolveSearchOptions(input, preset);
    checkMessageSizes(setUpSearch(options).network, options.batch);
  };

describe('checkMessageSizes', () => {
  it.each(PRESET_NAMES)('lets the preset %s pass, and the papers’ larger networks', (preset) => {
    expect(check({}, preset)).not.toThrow();
    expect(check({ channels: 36, layers: 20 })).not.toThrow();
  });

  it.each<[SearchOptionsInput, RegExp]>([
    [{ channels: 128 }, /^the state of the network would have \d+ MiB, and a message holds 256: take fewer channels/],
    [{ batch: 25_000 }, /^a mini-batch would have 294 MiB, and a message holds 256: take fewer pictures/],
  ])('refuses %j with the need and the limit', (input, message) => {
    expect(check(input)).toThrow(OptionsError);
    expect(check(input)).toThrow(message);
  });

  it('counts no less than a message has', async () => {
    const options = resolveSearchOptions({}, 'quick');
    const graph = buildSupernet(setUpSearch(options).network);
    const engine = await createCpuEngine(graph, { kernels: 'wasm', threads: 1 });
    await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });
    const { image, batch } = options;
    const pictures = { images: new Float32Array(batch * image * image * 3), labels: new Uint16Array(batch) };
    const entries = graph.mixing.edges * graph.mixing.columns;
    const mixing = { normal: new Float32Array(entries), reduce: new Float32Array(entries) };
    await engine.weightsStep(pictures, mixing, { learningRate: 1, momentum: 0, weightDecay: 0, clipNorm: 1 });
    const { length } = encodeFrame(await engine.save());
    engine.dispose();
    expect(length).toBeLessThan(countStateBytes(graph));
    // The rest is room for names.
    expect(length).toBeGreaterThan(0.8 * countStateBytes(graph));
  });
});
