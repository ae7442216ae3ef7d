import { describe, expect, it } from 'vitest';
import { createCpuEngine } from '../../../src/engine/cpu/cpu-engine.ts';
import { builtKernels } from '../../../src/engine/cpu/run/kernels.ts';
import { randomMiniBatch } from '../fixtures.ts';
import { describeRetrained } from '../retrained-contract.ts';
import { NO_MIXING, PARTIAL, retrainedState, SPARSE, smallRetrained, withDrops } from '../retrained-fixtures.ts';

describe.each(builtKernels())('%s kernels', (kernels) => {
  describeRetrained('cpu', (graph) => createCpuEngine(graph, { kernels, threads: 1 }), {
    weightStride: 1,
  });

  // 16 channels fill the widest vectors, 6 nothing evenly; 11 pictures make chunks of 2 with the last one short.
  it.each([
    ['every primitive, 16 channels', smallRetrained({ channels: 16 }), 11, 0],
    [
      'a sparse one with the head, 6 channels',
      smallRetrained({ channels: 6, genotype: SPARSE, image: 32, auxiliary: true }),
      5,
      0.4,
    ],
    ['some nodes concatenated, 8 channels', smallRetrained({ channels: 8, genotype: PARTIAL }), 5, 0],
  ] as const)('make the same steps for 1, 2 and 3 threads: %s', async (_, graph, pictures, auxiliaryWeight) => {
    const miniBatch = withDrops(graph, randomMiniBatch(graph, pictures, 1));
    const settings = { learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3, clipNorm: 5, auxiliaryWeight };
    const results: unknown[] = [];
    for (const threads of [1, 2, 3]) {
      const engine = await createCpuEngine(graph, { kernels, threads });
      await engine.restore(retrainedState(graph));
      await engine.weightsStep(miniBatch, NO_MIXING, settings);
      results.push([
        await engine.weightsStep(miniBatch, NO_MIXING, settings),
        await engine.losses(miniBatch, [NO_MIXING], { perExample: true }),
        await engine.forward(miniBatch, NO_MIXING, { statistics: 'running', activations: ['cells.2'] }),
        await engine.save(),
      ]);
      engine.dispose();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('keep the memory that they took from step to step', async () => {
    const graph = smallRetrained({ genotype: SPARSE, image: 32, auxiliary: true });
    const engine = await createCpuEngine(graph, { kernels, threads: 1 });
    await engine.restore(retrainedState(graph));
    const miniBatch = withDrops(graph, randomMiniBatch(graph, 3, 1));
    await engine.prepare(3);
    const before = engine.memory();
    await engine.weightGradients(miniBatch, NO_MIXING, { auxiliaryWeight: 0.4 });
    await engine.forward(miniBatch, NO_MIXING, { statistics: 'running' });
    expect(engine.memory()).toEqual(before);
    engine.dispose();
  });
});
