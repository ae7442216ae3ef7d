import { z } from 'zod';
import { CIFAR10_FACTS, CIFAR10_SHAPE } from './cifar10-format.ts';
import { DataError } from './data-error.ts';
import type { LoadedDataset } from './dataset.ts';

/** Facts of a data set that a run's record keeps under `data`. */
export type DataRecord = Omit<LoadedDataset, 'train' | 'test' | 'notes'>;

/** Takes the facts that a record keeps. */
export function describeData(data: LoadedDataset): DataRecord {
  const { digest, source, official, format, side, channels, classes, mean, deviation, flip } = data;
  return { digest, source, official, format, side, channels, classes, mean, deviation, flip };
}

const numbers = z.array(z.number());

/** Older records lack all but the first three: they are of CIFAR-10, or of smaller sets in its format. */
const recordSchema = z
  .object({
    digest: z.string().optional(),
    source: z.string().optional(),
    official: z.boolean().default(false),
    format: z.string().default(CIFAR10_FACTS.format),
    side: z.int().positive().default(CIFAR10_SHAPE.side),
    channels: z.literal([1, 3]).default(CIFAR10_SHAPE.channels),
    classes: z.array(z.string()).default([...CIFAR10_SHAPE.classes]),
    mean: numbers.default([...CIFAR10_FACTS.mean]),
    deviation: numbers.default([...CIFAR10_FACTS.deviation]),
    flip: z.boolean().default(CIFAR10_FACTS.flip),
  })
  .refine(({ channels, mean, deviation }) => mean.length === channels && deviation.length === channels);

/** The facts in a record. Digest and source are missing if the record lacks them. */
export type RecordedData = z.output<typeof recordSchema>;

/**
 * Reads the facts of the data set that a run began with.
 *
 * @param recorded `data` of the run's record, which can be edited; older runs have less, or nothing
 * @throws DataError if it is damaged
 */
export function readDataRecord(recorded: unknown): RecordedData {
  const read = recordSchema.safeParse(recorded ?? {});
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join('.') || 'mean and deviation';
  throw new DataError(`the record of the run’s pictures is damaged: ${where} cannot be read`, { cause: read.error });
}
