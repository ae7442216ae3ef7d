import { createTfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.ts';
import { describeEngine } from '../contract.ts';

describeEngine('tfjs on cpu', (graph) => createTfjsEngine(graph, { backend: 'cpu' }), {
  image: 4,
  runs: 4,
  weightStride: 40,
  oneSupernet: true,
  exactZeros: false,
});
