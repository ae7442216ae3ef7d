import type { Accuracy, MiniBatchKey } from '../messages.ts';
import type { Session } from './session.ts';

/**
 * Accuracy of the supernet at the current alpha on the first pictures of a split, in evaluation mode, over the pool's
 * workers.
 *
 * @param split `weights` or `alpha`: a half of the training set; `test`
 */
export async function measureAccuracy(session: Session, split: 'weights' | 'alpha' | 'test'): Promise<Accuracy> {
  const { pool, address, optimizer } = session;
  const { position } = optimizer;
  const keys = Array.from(
    { length: session.evaluationBatches(split) },
    (_, index): MiniBatchKey => ({ use: 'evaluation', split, index }),
  );
  // One task a mini-batch, summed in order: the number of workers does not show in the last bit.
  const parts = await Promise.all(keys.map((key) => pool.run({ kind: 'accuracy', address, key, position })));
  const pictures = parts.reduce((sum, part) => sum + part.pictures, 0);
  return {
    loss: parts.reduce((sum, part) => sum + part.loss, 0) / pictures,
    accuracy: parts.reduce((sum, part) => sum + part.correct, 0) / pictures,
    pictures,
  };
}
