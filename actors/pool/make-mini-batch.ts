import type { ImageSet, LoadedDataset } from '../../src/data/dataset.ts';
import { evaluationMiniBatch, trainingMiniBatch } from '../../src/data/mini-batch.ts';
import type { PictureFacts } from '../../src/data/normalizer.ts';
import type { MiniBatch } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { drawDropFactors } from '../../src/network/drop-columns.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { dropProbabilityOf } from '../../src/retrain/schedules.ts';
import { dropProbability } from '../../src/search/epoch-schedules.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { SearchObjectiveSettings } from '../../src/search/search-objective.ts';
import { type EvaluationSplit, type MiniBatchKey, miniBatchName } from '../messages.ts';

/** Data that every worker holds. Pictures lie in shared memory; all else is small. */
export interface PoolData {
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Shape and normalization of the pictures of both sets. */
  readonly facts: PictureFacts;
  /** Indices of the pictures measured: those of `weights` and `alpha` in the training set, others in the test set. */
  readonly evaluation: Partial<Record<EvaluationSplit, Uint32Array>>;
  readonly seed: number;
  /** Pictures in a mini-batch. */
  readonly batch: number;
  /** Height and width of a picture. */
  readonly image: number;
  /** Whether half of the training pictures are mirrored. */
  readonly flip: boolean;
  /** Whether each class is drawn equally often. */
  readonly balance: boolean;
  /** Data that the job's own mini-batches are drawn from. */
  readonly job: SearchData | RetrainingData;
}

/** Takes what every job's data has in common from the data set and the options. */
export function commonData(
  { train, test, side, channels, mean, deviation }: LoadedDataset,
  { seed, batch, image, flip, balance }: Pick<PoolData, 'seed' | 'batch' | 'image' | 'flip' | 'balance'>,
): Omit<PoolData, 'evaluation' | 'job'> {
  return { train, test, facts: { side, channels, mean, deviation }, seed, batch, image, flip, balance };
}

/** Data that a search's mini-batches are drawn from. */
export interface SearchData {
  readonly name: 'search';
  /** Indices of each half's pictures in the training set. */
  readonly split: { readonly weights: Uint32Array; readonly alpha: Uint32Array };
  readonly objective: SearchObjectiveSettings;
  /** Drop-path, and cutout with it. @default none */
  readonly drops?: SearchDrops;
}

/** How drop-path leaves edges out in a search. */
export interface SearchDrops extends Pick<SearchOptions, 'cutout' | 'dropPath' | 'epochs'> {
  /** Number of mixed edges of all cells. */
  readonly columns: number;
}

/** Data that a retraining's mini-batches are drawn from. */
export interface RetrainingData extends Pick<RetrainingOptions, 'cutout' | 'dropPath' | 'epochs'> {
  readonly name: 'retraining';
  /** Indices of the pictures in the training set. */
  readonly pictures: Uint32Array;
  /** Number of operations that drop-path may leave out. */
  readonly dropColumns: number;
}

/** Number of seeds that noise and the choice of channels can have. */
const SEEDS = 2 ** 32;

/**
 * Makes the mini-batch of a key, and draws the seeds of its noise and of the channels that edges mix. A pure function of the
 * key and of the data that the workers hold.
 *
 * @throws RangeError if the key belongs to another job
 */
export function makeMiniBatch(data: PoolData, key: MiniBatchKey): MiniBatch {
  const seedOf = (use: string): number => Random.fromSeed(data.seed, use, miniBatchName(key)).integer(SEEDS);
  return { ...drawPictures(data, key), noise: seedOf('noise'), channels: seedOf('channels') };
}

function drawPictures(data: PoolData, key: MiniBatchKey): MiniBatch {
  const { facts, batch, image, job } = data;
  if (key.use === 'evaluation') {
    const set = key.split === 'weights' || key.split === 'alpha' ? data.train : data.test;
    const { start } = evaluationRange(data, key);
    return evaluationMiniBatch(set, evaluated(data, key.split), { facts, start, batch, image });
  }
  if (key.use === 'search' && job.name === 'search') return searchMiniBatch(data, job, key);
  if (key.use === 'retraining' && job.name === 'retraining') return retrainingMiniBatch(data, job, key.iteration);
  throw new RangeError(`a ${job.name} has no mini-batch ${miniBatchName(key)}`);
}

/**
 * Makes a mini-batch of a half of the training set. Drop-path's chance, and cutout's with it, are those of the mini-batch's
 * epoch; mini-batches after the last epoch, at which second order and proposals may look, have that of the last.
 */
function searchMiniBatch(
  data: PoolData,
  job: SearchData,
  { split: half, iteration }: Extract<MiniBatchKey, { use: 'search' }>,
): MiniBatch {
  const { train, facts, seed, batch, image, flip, balance } = data;
  const { split, drops } = job;
  const request = { facts, seed, stream: half, step: iteration, batch, image, flip, balance };
  if (drops === undefined) return trainingMiniBatch(train, split[half], request);
  const { cutout, dropPath, epochs, columns } = drops;
  const epoch = Math.min(Math.floor(iteration / Math.floor(split.weights.length / batch)), epochs - 1);
  const cutoutChance = dropProbability(epoch, epochs, 1);
  const made = trainingMiniBatch(train, split[half], { ...request, cutout, cutoutChance });
  const probability = dropProbability(epoch, epochs, dropPath);
  if (probability === 0) return made;
  const random = Random.fromSeed(seed, 'drops', half, iteration);
  return { ...made, drops: drawDropFactors(random, { pictures: batch, columns, probability }) };
}

function retrainingMiniBatch(data: PoolData, job: RetrainingData, iteration: number): MiniBatch {
  const { train, facts, seed, batch, image, flip, balance } = data;
  const { pictures, cutout, dropColumns: columns } = job;
  const request = { facts, seed, stream: 'retraining', step: iteration, batch, image, cutout, flip, balance };
  const made = trainingMiniBatch(train, pictures, request);
  const epoch = Math.floor(iteration / Math.floor(pictures.length / batch));
  const probability = dropProbabilityOf(job, epoch);
  if (probability === 0) return made;
  const random = Random.fromSeed(seed, 'drops', iteration);
  return { ...made, drops: drawDropFactors(random, { pictures: batch, columns, probability }) };
}

/**
 * Counts the mini-batches that the pictures of a split make.
 *
 * @throws RangeError if no pictures of that split are measured
 */
export function countEvaluationBatches(data: Pick<PoolData, 'evaluation' | 'batch'>, split: EvaluationSplit): number {
  return Math.ceil(evaluated(data, split).length / data.batch);
}

/**
 * Finds the positions of a mini-batch's pictures among those that are measured.
 *
 * @throws RangeError if the mini-batch is not for evaluation
 */
export function evaluationRange(data: PoolData, key: MiniBatchKey): { start: number; end: number } {
  if (key.use !== 'evaluation') {
    throw new RangeError(`accuracy needs a mini-batch for evaluation, got ${miniBatchName(key)}`);
  }
  const start = key.index * data.batch;
  return { start, end: Math.min(start + data.batch, evaluated(data, key.split).length) };
}

function evaluated({ evaluation }: Pick<PoolData, 'evaluation'>, split: EvaluationSplit): Uint32Array {
  const indices = evaluation[split];
  if (indices === undefined) throw new RangeError(`no pictures are measured under the name ${split}`);
  return indices;
}

/** Lists the indices of a set's first pictures. */
export function firstPictures(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}
