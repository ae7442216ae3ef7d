import { describe, expect, it, onTestFinished } from 'vitest';
import { createCpuEngine } from '../../../src/engine/cpu/cpu-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createWebgpuEngine, type WebgpuEngineOptions } from '../../../src/engine/webgpu/webgpu-engine.ts';
import type { BlockGraph } from '../../../src/network/block-graph.ts';
import { GoldenCase } from '../../../tools/golden/golden-case.ts';
import { checkGolden } from '../../../tools/golden/golden-check.ts';
import { findGpu } from '../../support/gpu.ts';
import { SETTINGS } from '../bench.ts';
import { describeEngine } from '../contract.ts';
import { initialState, randomMiniBatch, randomMixing, smallSupernet } from '../fixtures.ts';
import { describeRetrained } from '../retrained-contract.ts';
import { describeAgreement } from '../tfjs/agreement.ts';

const gpu = await findGpu();

/** The whole contract takes minutes on a GPU in software, so that it only runs if it is asked for. */
const whole = process.env.WEBGPU_CONTRACT === '1';

async function start(graph: BlockGraph, options?: WebgpuEngineOptions): Promise<Engine> {
  const engine = await createWebgpuEngine(graph, options);
  onTestFinished(() => engine.dispose());
  await engine.restore(initialState(graph));
  return engine;
}

/** A little of everything that a search asks for. */
async function searchALittle(engine: Engine, graph: BlockGraph): Promise<unknown[]> {
  const [miniBatch, mixing] = [randomMiniBatch(graph, 3, 1), randomMixing(graph, 1)];
  return [
    await engine.weightsStep(miniBatch, mixing, SETTINGS),
    await engine.mixingGradient(miniBatch, mixing),
    await engine.losses(miniBatch, [mixing, randomMixing(graph, 2)], { perExample: true }),
    await engine.forward(miniBatch, mixing, { statistics: 'running' }),
    await engine.save(),
  ];
}

describe.runIf(gpu !== null)('webgpu', () => {
  it('makes PyTorch’s values of case-a within 2e-5', async () => {
    const golden = new GoldenCase('test/golden/case-a');
    const engine = await createWebgpuEngine(golden.graph());
    onTestFinished(() => engine.dispose());
    for (const error of Object.values(await checkGolden(golden, engine))) expect(error).toBeLessThan(2e-5);
  });

  it('makes the same bits with its memory in one buffer and in several, and those of the CPU engine but for rounding', async () => {
    const graph = smallSupernet({ image: 4 });
    const whole = await start(graph);
    const once = await searchALittle(whole, graph);
    // Buffers end amid tensors.
    const partBytes = 256 * Math.ceil(whole.memory().bytes / 3 / 256);
    expect(await searchALittle(await start(graph, { partBytes }), graph)).toEqual(once);

    const cpu = await createCpuEngine(graph, { threads: 1 });
    onTestFinished(() => cpu.dispose());
    await cpu.restore(initialState(graph));
    const numbers = (results: unknown[]) => {
      return (
        JSON.stringify(results.slice(0, 3))
          .match(/-?\d+(?:\.\d+)?(?:e-?\d+)?/g)
          ?.map(Number) ?? []
      );
    };
    const [expected, actual] = [numbers(await searchALittle(cpu, graph)), numbers(once)];
    expect(actual.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 3);
  });

  it('refuses what the GPU has no memory for, in one sentence', async () => {
    const graph = smallSupernet({ image: 4 });
    const engine = await start(graph, { partBytes: 256 });
    await expect(engine.prepare(3)).rejects.toThrow(/needs \d+ MiB of the GPU .* take a smaller batch/);
  });

  it('names the adapter', async () => {
    const { description } = await start(smallSupernet({ image: 4 }));
    expect(description).toMatchObject({
      engine: 'webgpu',
      backend: 'webgpu',
      usesGpu: gpu?.facts.isFallback === false,
    });
    expect(description.build).toBe(gpu?.facts.name);
  });
});

if (gpu !== null && whole) {
  const create = (graph: BlockGraph): Promise<Engine> => createWebgpuEngine(graph);
  describeEngine('webgpu', create, { image: 4, runs: 3, weightStride: 97, oneSupernet: true, exactZeros: true });
  describeRetrained('webgpu', create, { weightStride: 37 });
  describeAgreement('webgpu', create, 3);
}
