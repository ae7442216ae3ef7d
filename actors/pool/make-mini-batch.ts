import type { ImageSet } from '../../src/data/dataset.ts';
import { evaluationMiniBatch, trainingMiniBatch } from '../../src/data/mini-batch.ts';
import type { MiniBatch } from '../../src/engine/engine.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { drawDropFactors, dropProbabilityOf } from '../../src/retrain/schedules.ts';
import type { SearchObjectiveSettings } from '../../src/search/search-objective.ts';
import { batchName, type EvaluationSplit, type MiniBatchKey } from '../messages.ts';

/** What every worker holds. Pictures lie in shared memory; all else is small. */
export interface PoolData {
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Pictures that accuracies are measured on: `weights` and `alpha` of the training set, the others of the test set. */
  readonly evaluation: Partial<Record<EvaluationSplit, Uint32Array>>;
  readonly seed: number;
  readonly batch: number;
  readonly image: number;
  /** What the job's own mini-batches are drawn from. */
  readonly job: SearchData | RetrainingData;
}

export interface SearchData {
  readonly name: 'search';
  /** Pictures of the training set that each half's mini-batches are drawn from. */
  readonly split: { readonly weights: Uint32Array; readonly alpha: Uint32Array };
  readonly objective: SearchObjectiveSettings;
}

export interface RetrainingData extends Pick<RetrainingOptions, 'cutout' | 'dropPath' | 'epochs'> {
  readonly name: 'retraining';
  /** Pictures of the training set. */
  readonly pictures: Uint32Array;
  /** Operations that drop-path may leave out. */
  readonly dropColumns: number;
}

/**
 * The mini-batch of a key: a pure function of the key and of what the workers hold.
 *
 * @throws RangeError where the key is of another job
 */
export function makeMiniBatch(data: PoolData, key: MiniBatchKey): MiniBatch {
  const { seed, batch, image, job } = data;
  if (key.use === 'evaluation') {
    const set = key.split === 'weights' || key.split === 'alpha' ? data.train : data.test;
    const { start } = evaluationRange(data, key);
    return evaluationMiniBatch(set, evaluated(data, key.split), { start, batch, image });
  }
  if (key.use === 'search' && job.name === 'search') {
    const { split: stream, step } = key;
    return trainingMiniBatch(data.train, job.split[stream], { seed, stream, step, batch, image });
  }
  if (key.use === 'retraining' && job.name === 'retraining') return retrainingMiniBatch(data, job, key.step);
  throw new RangeError(`a ${job.name} has no mini-batch ${batchName(key)}`);
}

function retrainingMiniBatch({ train, seed, batch, image }: PoolData, job: RetrainingData, step: number): MiniBatch {
  const { pictures, cutout, dropColumns: columns } = job;
  const made = trainingMiniBatch(train, pictures, { seed, stream: 'retraining', step, batch, image, cutout });
  const epoch = Math.floor(step / Math.floor(pictures.length / batch));
  const probability = dropProbabilityOf(job, epoch);
  if (probability === 0) return made;
  return { ...made, drops: drawDropFactors({ seed, iteration: step, pictures: batch, columns, probability }) };
}

/**
 * Positions of a mini-batch's pictures among those that are measured.
 *
 * @throws RangeError where the mini-batch is none to evaluate on
 */
export function evaluationRange(data: PoolData, key: MiniBatchKey): { start: number; end: number } {
  if (key.use !== 'evaluation')
    throw new RangeError(`accuracy needs a mini-batch to evaluate on, got ${batchName(key)}`);
  const start = key.index * data.batch;
  return { start, end: Math.min(start + data.batch, evaluated(data, key.split).length) };
}

function evaluated({ evaluation }: PoolData, split: EvaluationSplit): Uint32Array {
  const indices = evaluation[split];
  if (indices === undefined) throw new RangeError(`no pictures are measured under the name ${split}`);
  return indices;
}

/** Indices of a set's first pictures. */
export function firstPictures(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}
