import { createTfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.ts';
import { describeAgreement } from './agreement.ts';

// This backend is too slow for the whole contract; what it computes is what the others compute.
describeAgreement('tfjs on cpu', (graph) => createTfjsEngine(graph, { backend: 'cpu' }), 3);
