import type { MixingWeights } from '../../src/engine/engine.ts';
import type { Accuracy } from '../../src/record/metrics-line.ts';
import type { EvaluationSplit, MiniBatchKey } from '../messages.ts';
import { countEvaluationBatches } from '../pool/make-mini-batch.ts';
import type { RunSession } from './run-session.ts';

/** Measures the network's accuracy on a split's pictures, in evaluation mode, over the pool's workers. */
export async function measureAccuracy(
  { pool, supernet: { address }, data }: Pick<RunSession, 'pool' | 'supernet' | 'data'>,
  split: EvaluationSplit,
  mixing: MixingWeights,
): Promise<Accuracy> {
  const keys = Array.from(
    { length: countEvaluationBatches(data, split) },
    (_, index): MiniBatchKey => ({ use: 'evaluation', split, index }),
  );
  // Each mini-batch is a task, and the sum is taken in order, so the number of workers does not show in the last bit.
  const parts = await Promise.all(keys.map((key) => pool.measureAccuracy({ address, key, mixing })));
  const pictures = parts.reduce((sum, part) => sum + part.pictures, 0);
  return {
    loss: parts.reduce((sum, part) => sum + part.loss, 0) / pictures,
    accuracy: parts.reduce((sum, part) => sum + part.correct, 0) / pictures,
    pictures,
  };
}
