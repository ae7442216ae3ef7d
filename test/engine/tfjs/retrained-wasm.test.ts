import { createTfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.ts';
import type { CreateEngine } from '../contract.ts';
import { describeRetrained } from '../retrained-contract.ts';
import { describeAgreement } from './agreement.ts';

const create: CreateEngine = (graph) => createTfjsEngine(graph, { backend: 'wasm' });

describeRetrained('tfjs on wasm', create, { weightStride: 3 });
describeAgreement('tfjs on wasm', create, 8);
