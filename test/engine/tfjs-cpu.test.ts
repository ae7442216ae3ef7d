import { createTfjsEngine } from '../../src/engine/tfjs/tfjs-engine.ts';
import { stepSgd } from '../../src/optimize/sgd.ts';
import { describeEngine } from './contract.ts';

describeEngine('tfjs on cpu', (graph) => createTfjsEngine(graph, { backend: 'cpu', update: stepSgd }), {
  image: 4,
  runs: 4,
  weightStride: 40,
  oneSupernet: true,
});
