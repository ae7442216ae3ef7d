import { describe, expect, it } from 'vitest';
import type { Engine, EngineMemory } from '../../../../src/engine/engine.ts';
import { createTfjsEngine } from '../../../../src/engine/tfjs/tfjs-engine.ts';
import { buildSupernet } from '../../../../src/network/supernet.ts';
import { resolveSearchOptions } from '../../../../src/search/options.ts';
import { setUpSearch } from '../../../../src/search/setup.ts';
import { initialState, moved, randomMiniBatch, randomMixing } from '../../fixtures.ts';

describe('memory of the engine on wasm', () => {
  const options = resolveSearchOptions({}, 'smoke');
  const graph = buildSupernet(setUpSearch(options).network);
  const settings = { learningRate: 0.01, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5 };

  /** One iteration of a search, local or global, with pictures and mixing weights of its own. */
  async function iterate(engine: Engine, i: number): Promise<void> {
    const miniBatch = randomMiniBatch(graph, options.batch, i);
    const mixing = randomMixing(graph, i);
    if (i % 10 === 2) {
      await engine.forward(miniBatch, mixing, { statistics: 'running', activations: ['cells.0'] });
      await engine.forward(miniBatch, mixing, { statistics: 'batch' });
      await engine.weightGradients(miniBatch, mixing);
      await engine.restore(await engine.save());
    }
    await engine.weightsStep(miniBatch, mixing, settings);
    if (i % 2 === 0) await engine.mixingGradient(miniBatch, mixing);
    // A refused call leaves nothing behind either.
    const refused = engine.losses({ ...miniBatch, images: miniBatch.images.slice(1) }, [mixing], { perExample: false });
    await expect(refused).rejects.toThrow(RangeError);
    if (i % 2 === 1) {
      const proposal = moved(mixing, 'normal', (7 * i) % mixing.normal.length, 0.1);
      await engine.losses(miniBatch, [mixing, proposal], { perExample: true });
    }
  }

  /** Tensors and bytes after a local and a global iteration. */
  async function measure(engine: Engine, i: number): Promise<EngineMemory[]> {
    await iterate(engine, i);
    const one = engine.memory();
    await iterate(engine, i + 1);
    return [one, engine.memory()];
  }

  it('is flat from step 3 to step 300, and given back at the end', async () => {
    const other = await createTfjsEngine(graph, { backend: 'wasm' });
    const before = other.memory().tensors;
    const engine = await createTfjsEngine(graph, { backend: 'wasm' });
    await engine.restore(initialState(graph));
    await iterate(engine, 1);
    await iterate(engine, 2);
    const third = await measure(engine, 3);
    expect(third[0]?.tensors).toBeGreaterThan(before);
    for (let i = 5; i < 300; i += 2) expect(await measure(engine, i), `step ${i}`).toEqual(third);
    engine.dispose();
    expect(other.memory().tensors).toBe(before);
  });
});
