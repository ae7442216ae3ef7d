import { performance } from 'node:perf_hooks';
import { LINE_FLOATS } from '../../src/engine/cpu/plan/memory-map.ts';
import { buildPrograms, type ProgramName } from '../../src/engine/webgpu/program/build-programs.ts';
import { DeviceMemory } from '../../src/engine/webgpu/run/device-memory.ts';
import { openDevice } from '../../src/engine/webgpu/run/open-device.ts';
import { ProgramRunner } from '../../src/engine/webgpu/run/program-runner.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { report, round } from './report.ts';

/** What a step runs one after the other. */
const STEPS: Readonly<Record<string, readonly ProgramName[]>> = {
  forward: ['training'],
  mixingGradient: ['training', 'mixingGradient'],
  weightsStep: ['weights', 'training', 'weightGradient'],
};

/**
 * Counts the dispatches of the steps of a search on the FairDARTS supernet, and times how long the host takes to ask for them: on
 * Dawn's null backend, which computes nothing and needs no GPU.
 */
export async function benchDispatch(flags: {
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly image: number;
  readonly reps: number;
}): Promise<void> {
  const { channels, layers, batch, image, reps } = flags;
  const graph = buildSupernet({ channels, layers, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image });
  const { programs, words, chunks, lines } = buildPrograms(graph, batch);
  const device = await openDevice('null');
  const memory = await DeviceMemory.take(device, lines * LINE_FLOATS * 4);
  const runner = await ProgramRunner.make(device, memory, programs, words, chunks);
  for (const [measurement, names] of Object.entries(STEPS)) {
    const seconds: number[] = [];
    for (let rep = 0; rep < reps; rep++) {
      const start = performance.now();
      for (const name of names) runner.run(name);
      seconds.push((performance.now() - start) / 1000);
      await device.gpu.queue.onSubmittedWorkDone();
    }
    const dispatches = names.reduce((sum, name) => sum + (programs.get(name)?.length ?? 0), 0);
    const memoryMiB = Math.round(memory.bytes / 2 ** 20);
    report({
      measurement,
      dispatches,
      hostSeconds: round(Math.min(...seconds)),
      reps,
      channels,
      layers,
      batch,
      image,
      memoryMiB,
    });
  }
}
