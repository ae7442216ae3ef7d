import { expect, it } from 'vitest';
import { createCpuEngine } from '../../../src/engine/cpu/cpu-engine.ts';
import { builtKernels } from '../../../src/engine/cpu/run/kernels.ts';
import { BackendError } from '../../../src/engine/engine.ts';
import { buildSupernet } from '../../../src/network/supernet.ts';
import { DARTS_PRIMITIVES } from '../../../src/space/primitives.ts';
import { describeEngine } from '../contract.ts';

if (builtKernels().includes('native')) {
  describeEngine('cpu, native kernels', (graph) => createCpuEngine(graph, { kernels: 'native', threads: 2 }), {
    image: 8,
    runs: 30,
    weightStride: 5,
    oneSupernet: false,
    exactZeros: true,
  });
} else {
  it('the native kernels cannot be had where no C compiler was found, and that is said', async () => {
    const graph = buildSupernet({ channels: 2, layers: 3, nodes: 1, primitives: DARTS_PRIMITIVES, image: 4 });
    await expect(createCpuEngine(graph, { kernels: 'native' })).rejects.toThrow(BackendError);
  });
}
