import type { MixingWeights } from '../../src/engine/engine.ts';
import type { Accuracy } from '../../src/record/metrics-line.ts';
import type { CoordinatorReport } from '../events.ts';
import type { EvaluationSplit, MiniBatchKey } from '../messages.ts';
import type { RunSession } from './run-session.ts';
import type { RunState } from './run-state.ts';

/** Accuracy of the network on a split's pictures, in evaluation mode, over the pool's workers. */
export async function measureAccuracy(
  session: Pick<RunSession<RunState>, 'pool' | 'address' | 'evaluationBatches'>,
  split: EvaluationSplit,
  mixing: MixingWeights,
): Promise<Accuracy> {
  const { pool, address } = session;
  const keys = Array.from(
    { length: session.evaluationBatches(split) },
    (_, index): MiniBatchKey => ({ use: 'evaluation', split, index }),
  );
  // One task a mini-batch, summed in order: the number of workers does not show in the last bit.
  const parts = await Promise.all(keys.map((key) => pool.run({ kind: 'accuracy', address, key, mixing })));
  const pictures = parts.reduce((sum, part) => sum + part.pictures, 0);
  return {
    loss: parts.reduce((sum, part) => sum + part.loss, 0) / pictures,
    accuracy: parts.reduce((sum, part) => sum + part.correct, 0) / pictures,
    pictures,
  };
}

/** What to say of a loss, measured after an epoch, that is not finite, which ends no run; nothing of one that is. */
export function warnOfLoss(what: string, epoch: number, loss: number): CoordinatorReport[] {
  if (Number.isFinite(loss)) return [];
  return [{ event: 'warning', message: `the ${what} after epoch ${epoch} is ${loss}, null in the record` }];
}
