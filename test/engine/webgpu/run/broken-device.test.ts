import { expect, it } from 'vitest';
import { DeviceLostError } from '../../../../src/engine/engine.ts';
import { openDevice } from '../../../../src/engine/webgpu/run/open-device.ts';
import { createWebgpuEngine } from '../../../../src/engine/webgpu/webgpu-engine.ts';
import { SETTINGS } from '../../bench.ts';
import { initialState, randomMiniBatch, randomMixing, smallSupernet } from '../../fixtures.ts';

/* On Dawn's null backend, which computes nothing and is there without a GPU. A device is one for its process. */

const graph = smallSupernet({ image: 4 });
const [miniBatch, mixing] = [randomMiniBatch(graph, 2, 1), randomMixing(graph, 1)];

it('a GPU that is lost fails the step that waits for it, and every one after', async () => {
  const engine = await createWebgpuEngine(graph, { backend: 'null' });
  await engine.restore(initialState(graph));
  await engine.weightsStep(miniBatch, mixing, SETTINGS);
  const waiting = engine.weightsStep(miniBatch, mixing, SETTINGS);
  (await openDevice('null')).gpu.destroy();
  await expect(waiting).rejects.toThrow(DeviceLostError);
  await expect(engine.mixingGradient(miniBatch, mixing)).rejects.toThrow(/the GPU was lost/);
});
