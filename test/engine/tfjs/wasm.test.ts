import { createTfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.ts';
import { describeEngine } from '../contract.ts';

describeEngine('tfjs on wasm', (graph) => createTfjsEngine(graph, { backend: 'wasm' }), {
  image: 8,
  runs: 30,
  weightStride: 13,
  oneSupernet: false,
  exactZeros: false,
});
