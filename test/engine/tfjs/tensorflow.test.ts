import { expect, it } from 'vitest';
import { BackendError } from '../../../src/engine/engine.ts';
import { startBackend } from '../../../src/engine/tfjs/backend.ts';
import { createTfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.ts';
import { type CreateEngine, describeEngine } from '../contract.ts';
import { describeRetrained } from '../retrained-contract.ts';
import { describeAgreement } from './agreement.ts';

const create: CreateEngine = (graph) => createTfjsEngine(graph, { backend: 'tensorflow' });

const refusal = await startBackend('tensorflow').then(
  () => null,
  (error: unknown) => error,
);
if (refusal === null) {
  const contract = { image: 8, runs: 30, weightStride: 13, oneSupernet: false, exactZeros: false } as const;
  describeEngine('tfjs on tensorflow', create, contract);
  describeRetrained('tfjs on tensorflow', create, { weightStride: 3 });
  describeAgreement('tfjs on tensorflow', create, 8);
} else {
  process.stderr.write('NOT TESTED ON TENSORFLOW: it is not installed (node tools/install-tensorflow.ts does)\n');
  it('is refused where it is not installed', () => expect(refusal).toBeInstanceOf(BackendError));
}
