import { z } from 'zod';
import { lenientNumber, lenientObject } from './read-json.ts';

/*
 * The lines of `metrics.jsonl`. Each shape is defined once, with `number` as a parameter: writers write `z.number()`s,
 * and readers of old or newer runs take null for a number that is missing.
 */

/** Mean mixing weight per cell. */
const byCell = <N extends z.ZodType>(number: N) => lenientObject({ normal: number, reduce: number });

/** Loss and accuracy on pictures, with running statistics. */
export const accuracyShape = <N extends z.ZodType>(number: N) => ({
  /** Mean cross-entropy, in nats. */
  loss: number,
  /** Share of pictures classified correctly. */
  accuracy: number,
  pictures: number,
});

const alphaShape = <N extends z.ZodType>(number: N) => ({
  localSteps: number,
  globalSteps: number,
  accepted: number,
  returned: number,
  /** Mean loss of the steps; null if there were none, or if a loss was not finite. */
  loss: number.nullable(),
});

/** Noise of the loss, in nats. It decides which acceptance rule fits. */
const noiseShape = <N extends z.ZodType>(number: N) => ({
  /** Standard deviation of the loss over mini-batches, at one alpha. */
  offset: number,
  /** Standard deviation over mini-batches of the difference between two alphas on the same mini-batch. */
  paired: number,
  /** Mean absolute difference that moving one coordinate makes. */
  effect: number,
});

/** Indicators of a collapse; null if the epoch did not measure them. */
const watchedShape = <N extends z.ZodType>(number: N) => ({
  /** Largest eigenvalue of the Hessian of the search loss in alpha, with ReLUs and max pools held. */
  eigenvalue: number.nullable(),
  /** Number of skip connections of each cell that would be derived. */
  normalSkips: number.nullable(),
  reduceSkips: number.nullable(),
  /** Accuracy of the supernet and of these cells with its weights, on the same pictures, by batch statistics. */
  supernetAccuracy: number.nullable(),
  cellsAccuracy: number.nullable(),
});

/** Operations whose weights rest until the end of the search: OLES. */
const freezingShape = <N extends z.ZodType>(number: N) => ({
  frozen: number,
  /** Number of operations that may be frozen. */
  operations: number,
});

/** Health of the supernet process at the end of an epoch. */
const supernetShape = <N extends z.ZodType>(number: N) => ({
  /** Bytes that the engine holds, and tensors if it counts them. */
  bytes: number,
  tensors: number,
  /** Number of calls answered since the start. */
  calls: number,
  /** Number of calls of `losses` that were evaluated together with another call. */
  coalesced: number,
  /** Milliseconds that the engine spent on `weightsStep`, `mixingGradient` and `losses`. */
  busyMs: number,
});

/** Fields of every epoch. */
const epochShape = <N extends z.ZodType>(number: N) => ({
  event: z.literal('epoch'),
  /** Number of the epoch, counted from 1. */
  epoch: z.number(),
  epochs: number,
  /** Number of iterations completed: the next iteration has this number. */
  step: number,
  /** Means over the steps on w of the epoch, in training mode. */
  weights: lenientObject({ loss: number, accuracy: number, gradientNorm: number }),
  pool: lenientObject({ utilization: number, queueWaitMs: number, deaths: number }),
  supernet: lenientObject(supernetShape(number)),
  /** Wall-clock seconds of the steps, and the share of them spent outside the engine. */
  seconds: number,
  overhead: number,
});

/** Fields of an epoch of a search. */
const searchShape = <N extends z.ZodType>(number: N) => ({
  concentration: number,
  /** Steps on alpha: mean loss, regularizer included, and what became of the proposals. */
  alpha: lenientObject(alphaShape(number)),
  /** Accuracy on the alpha split. */
  validation: lenientObject(accuracyShape(number)),
  /** Mean mixing weights before discretization, and after it: an operation that is dropped counts 0. */
  meanMixing: lenientObject({ before: byCell(number), after: byCell(number) }),
});

/** Fields of an epoch of a retraining. */
const retrainingShape = <N extends z.ZodType>(number: N) => ({
  learningRate: number,
  /** Chance that drop-path leaves an operation out; in a search, a mixed edge. */
  dropProbability: number,
  /** Accuracy on pictures of the test set. */
  test: lenientObject(accuracyShape(number)),
  /** Pictures trained per second, without measuring and checkpoints. */
  imagesPerSecond: number,
});

const number = z.number();
const accuracy = z.object(accuracyShape(number));
const alphaSummary = z.object(alphaShape(number));
const noise = z.object(noiseShape(number));
const supernetHealth = z.object(supernetShape(number));
const watched = z.object(watchedShape(number));
const freezing = z.object(freezingShape(number));
const searchEpoch = z.object({
  ...epochShape(number),
  ...searchShape(number),
  noise: noise.nullable(),
  /** Only in a search that watches. */
  watched: watched.optional(),
  /** Only in a search with drop-path. */
  dropProbability: number.optional(),
  /** Only in a search that freezes operations. */
  freezing: freezing.optional(),
});
const retrainingEpoch = z.object({ ...epochShape(number), ...retrainingShape(number) });

export type Accuracy = Readonly<z.output<typeof accuracy>>;
export type AlphaSummary = Readonly<z.output<typeof alphaSummary>>;
export type Noise = Readonly<z.output<typeof noise>>;
export type Watched = Readonly<z.output<typeof watched>>;
export type SupernetHealth = Readonly<z.output<typeof supernetHealth>>;
export type SearchEpochLine = Readonly<z.output<typeof searchEpoch>>;
export type RetrainingEpochLine = Readonly<z.output<typeof retrainingEpoch>>;

/** Reads the line of an epoch of any job and version: a missing number is null. */
export const epochSchema = z.object({
  ...epochShape(lenientNumber),
  ...searchShape(lenientNumber),
  ...retrainingShape(lenientNumber),
  noise: lenientObject(noiseShape(lenientNumber)),
  watched: lenientObject(watchedShape(lenientNumber)),
  freezing: lenientObject(freezingShape(lenientNumber)),
});
export type RunEpoch = z.output<typeof epochSchema>;
