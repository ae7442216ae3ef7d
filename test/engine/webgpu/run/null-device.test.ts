import { expect, it } from 'vitest';
import { openDevice } from '../../../../src/engine/webgpu/run/open-device.ts';
import { createWebgpuEngine } from '../../../../src/engine/webgpu/webgpu-engine.ts';
import { SETTINGS } from '../../bench.ts';
import { initialState, randomMiniBatch, randomMixing, smallSupernet } from '../../fixtures.ts';

it('the memory that was taken is kept from step to step', async () => {
  const graph = smallSupernet({ image: 4 });
  // The null backend takes memory as the others do.
  const engine = await createWebgpuEngine(graph, { backend: 'null' });
  await engine.restore(initialState(graph));
  const [miniBatch, mixing] = [randomMiniBatch(graph, 2, 1), randomMixing(graph, 1)];
  for (let step = 0; step < 3; step++) await engine.weightsStep(miniBatch, mixing, SETTINGS);
  const before = engine.memory();
  expect(before.bytes).toBeGreaterThan(0);
  for (let step = 3; step < 50; step++) {
    await engine.weightsStep(miniBatch, mixing, SETTINGS);
    await engine.losses(miniBatch, [mixing, mixing], { perExample: false });
  }
  expect(engine.memory()).toEqual(before);
});

it('what a GPU refuses fails a step, on the first', async () => {
  const graph = smallSupernet({ image: 4 });
  // The null backend checks all that it is asked for, and needs no GPU.
  const engine = await createWebgpuEngine(graph, { backend: 'null' });
  await engine.restore(initialState(graph));
  const [miniBatch, mixing] = [randomMiniBatch(graph, 2, 1), randomMixing(graph, 1)];
  await engine.weightsStep(miniBatch, mixing, SETTINGS);
  (await openDevice('null')).gpu.createBuffer({ size: 16, usage: 0 });
  await expect(engine.weightsStep(miniBatch, mixing, SETTINGS)).rejects.toThrow(/the GPU refused a step/);
});
