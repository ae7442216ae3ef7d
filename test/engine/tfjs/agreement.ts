import { describe, expect, it, onTestFinished } from 'vitest';
import { createCpuEngine } from '../../../src/engine/cpu/cpu-engine.ts';
import type { Engine, MiniBatch } from '../../../src/engine/engine.ts';
import type { BlockGraph } from '../../../src/network/block-graph.ts';
import type { CreateEngine } from '../contract.ts';
import { randomMiniBatch, randomMixing, unevenSupernet } from '../fixtures.ts';
import { NO_MIXING, NOISY, PARTIAL, retrainedState, SPARSE, smallRetrained, withDrops } from '../retrained-fixtures.ts';

type Tensors = Readonly<Record<string, Float32Array>>;

/** What two engines make of the same weights and pictures is the same within 1e-4, which is what float32 is good for. */
export function describeAgreement(name: string, create: CreateEngine, pictures: number): void {
  describe(`${name} and cpu agree on a network`, () => {
    it.each([
      ['retrained, with every primitive at both strides', smallRetrained(), 0],
      ['retrained, with noise', smallRetrained({ genotype: NOISY }), 0],
      ['retrained, with some nodes concatenated', smallRetrained({ genotype: PARTIAL }), 0],
      [
        'retrained, with absent nodes and the head',
        smallRetrained({ genotype: SPARSE, image: 32, auxiliary: true }),
        0.4,
      ],
      ['to be searched, with partial channels and drops', unevenSupernet({ channels: 8, partialChannels: 4 }), 0],
    ])('%s', async (_, graph, auxiliaryWeight) => {
      const miniBatch = withDrops(graph, randomMiniBatch(graph, pictures, 1));
      const cpu: CreateEngine = (same) => createCpuEngine(same, { threads: 1 });
      const [actual, expected] = [
        await train(create, graph, miniBatch, auxiliaryWeight),
        await train(cpu, graph, miniBatch, auxiliaryWeight),
      ];
      expect(Object.keys(actual)).toEqual(Object.keys(expected));
      for (const [part, tensors] of Object.entries(expected)) expectNear(actual[part] as Tensors, tensors);
    });
  });
}

/** Everything that can be seen of two steps. */
async function train(
  create: CreateEngine,
  graph: BlockGraph,
  miniBatch: MiniBatch,
  auxiliaryWeight: number,
): Promise<Record<string, Tensors>> {
  const engine: Engine = await create(graph);
  onTestFinished(() => engine.dispose());
  await engine.restore(retrainedState(graph));
  const mixing = graph.mixing.edges > 0 ? randomMixing(graph, 1) : NO_MIXING;
  const activations = ['cells.0', ...(auxiliaryWeight > 0 ? ['auxiliary.logits'] : [])];
  const forward = await engine.forward(miniBatch, mixing, { statistics: 'batch', activations });
  const gradients = await engine.weightGradients(miniBatch, mixing, { auxiliaryWeight });
  const settings = { learningRate: 0.01, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5, auxiliaryWeight };
  const steps = [
    await engine.weightsStep(miniBatch, mixing, settings),
    await engine.weightsStep(miniBatch, mixing, settings),
  ];
  const { weights, statistics } = await engine.save();
  const { logits } = await engine.forward(miniBatch, mixing, { statistics: 'running' });
  const numbers = steps.flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]);
  return {
    forward: { ...forward.activations, logits: forward.logits },
    gradients,
    weights,
    statistics,
    after: { logits, numbers: Float32Array.from(numbers) },
  };
}

/** Share of a tensor's largest magnitude, or of a hundredth of the largest of all: faint tensors are rounding. */
function expectNear(actual: Tensors, expected: Tensors): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  const loudest = Math.max(...Object.values(expected).map(magnitude));
  for (const [name, values] of Object.entries(expected)) {
    const worst = magnitude(values.map((value, i) => value - (actual[name]?.[i] as number)));
    expect(worst / Math.max(magnitude(values), 0.01 * loudest), name).toBeLessThan(1e-4);
  }
}

function magnitude(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
