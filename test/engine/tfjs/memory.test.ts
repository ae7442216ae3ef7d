import { describe, expect, it } from 'vitest';
import type { Engine, EngineMemory } from '../../../src/engine/engine.ts';
import { createTfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.ts';
import { Random } from '../../../src/math/random.ts';
import { dropColumns } from '../../../src/network/drop-columns.ts';
import { buildRetrainedNetwork } from '../../../src/network/retrained-network.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { initialState, randomMiniBatch } from '../fixtures.ts';

describe('memory of a retrained network on wasm', () => {
  // The auxiliary head takes pictures of 32x32; of the smallest network with both kinds of cell.
  const genotype = publishedGenotype('PC_DARTS_cifar');
  const graph = buildRetrainedNetwork({ genotype, channels: 2, layers: 3, image: 32, classes: 5, auxiliary: true });
  const columns = dropColumns(graph).size;
  const mixing = { normal: new Float32Array(), reduce: new Float32Array() };
  const settings = { learningRate: 0.01, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5, auxiliaryWeight: 0.4 };

  /** A step of training, with everything else that a network is asked for. */
  async function iterate(engine: Engine, i: number): Promise<EngineMemory> {
    const random = Random.fromSeed(i, 'drops');
    const drops = Float32Array.from({ length: 2 * columns }, () => (random.uniform() < 0.2 ? 0 : 1.25));
    const miniBatch = { ...randomMiniBatch(graph, 2, i), drops };
    if (i % 5 === 2) {
      await engine.weightsStep({ ...miniBatch, drops: new Float32Array(drops.length) }, mixing, settings);
      await engine.forward(miniBatch, mixing, { statistics: 'batch', activations: ['auxiliary.logits', 'cells.0'] });
      await engine.losses(miniBatch, [mixing, mixing], { perExample: true });
      await engine.weightGradients(miniBatch, mixing, settings);
      await expect(engine.mixingGradient(miniBatch, mixing)).rejects.toThrow(RangeError);
      await expect(engine.weightsStep(miniBatch, mixing, { ...settings, auxiliaryWeight: -1 })).rejects.toThrow(
        RangeError,
      );
    }
    // Last of all, since it forgets what was uploaded of the weights.
    await engine.weightsStep(miniBatch, mixing, settings);
    await engine.forward(miniBatch, mixing, { statistics: 'running' });
    return engine.memory();
  }

  it('is flat from step 3 to step 24, and given back at the end', async () => {
    const other = await createTfjsEngine(graph, { backend: 'wasm' });
    const before = other.memory().tensors;
    const engine = await createTfjsEngine(graph, { backend: 'wasm' });
    await engine.restore(initialState(graph));
    await iterate(engine, 1);
    await iterate(engine, 2);
    const third = await iterate(engine, 3);
    expect(third.tensors).toBeGreaterThan(before);
    for (let i = 4; i <= 24; i++) expect(await iterate(engine, i), `step ${i}`).toEqual(third);
    engine.dispose();
    expect(other.memory().tensors).toBe(before);
  });
});
