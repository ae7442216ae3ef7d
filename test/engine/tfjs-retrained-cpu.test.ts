import { createTfjsEngine } from '../../src/engine/tfjs/tfjs-engine.ts';
import { stepSgd } from '../../src/optimize/sgd.ts';
import { describeAgreement } from './tfjs-agreement.ts';

// This backend is too slow for the whole contract; what it computes is what the others compute.
describeAgreement('tfjs on cpu', (graph) => createTfjsEngine(graph, { backend: 'cpu', update: stepSgd }), 3);
