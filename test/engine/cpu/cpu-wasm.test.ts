import { createCpuEngine } from '../../../src/engine/cpu/cpu-engine.ts';
import { describeEngine } from '../contract.ts';

describeEngine('cpu, wasm kernels', (graph) => createCpuEngine(graph, { kernels: 'wasm', threads: 2 }), {
  image: 8,
  runs: 30,
  weightStride: 5,
  oneSupernet: false,
  exactZeros: true,
});
