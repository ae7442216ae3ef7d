import type { MixingWeights } from '../../src/engine/engine.ts';
import type { Accuracy } from '../../src/record/metrics-line.ts';
import type { AccuracyResult, EvaluationSplit, MiniBatchKey, Predictions } from '../messages.ts';
import { countEvaluationBatches } from '../pool/make-mini-batch.ts';
import type { RunSession } from './run-session.ts';

type Measuring = Pick<RunSession, 'pool' | 'supernet' | 'data'>;

/** Measures the network's accuracy on a split's pictures, in evaluation mode, over the pool's workers. */
export async function measureAccuracy(
  session: Measuring,
  split: EvaluationSplit,
  mixing: MixingWeights,
): Promise<Accuracy> {
  return sumUp(await measureParts(session, split, { mixing }));
}

/** Does what `measureAccuracy` does, and tells the prediction of each of the split's pictures, in their order. */
export async function measurePredictions(
  session: Measuring,
  split: EvaluationSplit,
  mixing: MixingWeights,
): Promise<{ readonly accuracy: Accuracy; readonly predictions: Predictions }> {
  const parts = await measureParts(session, split, { mixing, predictions: true });
  const predictions = parts.map((part) => {
    if (part.predictions === undefined) throw new Error('a worker was asked for predictions and brought none');
    return part.predictions;
  });
  return {
    accuracy: sumUp(parts),
    predictions: {
      classes: Uint16Array.from(predictions.flatMap(({ classes }) => [...classes])),
      probabilities: Float64Array.from(predictions.flatMap(({ probabilities }) => [...probabilities])),
    },
  };
}

/** Measures each mini-batch of a split in a task of its own: the number of workers changes no part. */
async function measureParts(
  { pool, supernet: { address }, data }: Measuring,
  split: EvaluationSplit,
  wanted: { readonly mixing: MixingWeights; readonly predictions?: boolean },
): Promise<AccuracyResult[]> {
  const keys = Array.from(
    { length: countEvaluationBatches(data, split) },
    (_, index): MiniBatchKey => ({ use: 'evaluation', split, index }),
  );
  return await Promise.all(keys.map((key) => pool.measureAccuracy({ address, key, ...wanted })));
}

/** Adds the parts up in their order, so that the order in which workers end does not show in the last bit. */
function sumUp(parts: readonly AccuracyResult[]): Accuracy {
  const pictures = parts.reduce((sum, part) => sum + part.pictures, 0);
  return {
    loss: parts.reduce((sum, part) => sum + part.loss, 0) / pictures,
    accuracy: parts.reduce((sum, part) => sum + part.correct, 0) / pictures,
    pictures,
  };
}
