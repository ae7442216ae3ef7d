import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { genotypeEntryShape, genotypeSchema } from '../space/genotype.ts';
import { accuracyShape } from './metrics-line.ts';
import { lenientNumber, lenientObject } from './read-json.ts';
import { RunFolderError, runFiles } from './run-folder.ts';

/*
 * How a run ended: the last line of `metrics.jsonl`. A search writes it to `genotype.json` as well, with the derived
 * cells, and a retraining to `result.json`. As in `metrics-line.ts`, `number` is what a number may be.
 */

/** A number for each of a search's splits: the half for w, the half for alpha, and the test set. */
const bySplit = <N extends z.ZodType>(number: N) => ({ train: number, validation: number, test: number });

/** Size of the network that was tested, without the auxiliary head. */
const sizeShape = <N extends z.ZodType>(number: N) => ({
  /** Number of weights. */
  parameters: number,
  /** Number of multiply-adds for one picture. */
  macs: number,
});

const doneShape = {
  event: z.literal('done'),
  genotype: genotypeSchema,
  /** Path of the run's folder. */
  run: z.string(),
};
const byCell = <T extends z.ZodType>(value: T) => z.object({ normal: value, reduce: value });
const reason = z.string().nullable();

/** How a search was stopped before its last epoch; epochs count from 1. */
const stopped = z.object({
  /** What made it stop. */
  by: z.enum(['eigenvalue', 'skips']),
  epoch: z.number(),
  /** Epoch after which alpha gave the cells. */
  cellsOf: z.number(),
});

const searchDone = z.object({
  ...doneShape,
  valid: byCell(z.boolean()),
  /** Whether a cell is valid but uses fewer than half of its nodes. The first runs did not look for that. */
  degenerate: byCell(z.boolean()).default({ normal: false, reduce: false }),
  /** Why a cell is invalid or degenerate; null if it is neither. */
  reasons: byCell(reason),
  /** SHA-256 of the bytes of the alpha that gave the cells (float64, little-endian). */
  alphaDigest: z.string(),
  /** Accuracy of the supernet, as a share of pictures. */
  searchAccuracy: z.object(bySplit(z.number())),
  /** Number of those pictures. The first runs did not write it. */
  searchPictures: z.object(bySplit(z.number())).optional(),
  /** Only in a search that was stopped. */
  stopped: stopped.optional(),
});

const retrainingDone = z.object({
  ...doneShape,
  ...sizeShape(z.number()),
  /** Accuracy on the whole test set, with running statistics. */
  test: z.object(accuracyShape(z.number())),
  /** SHA-256 of the final weights and running statistics (float32, little-endian, in the order of their names). */
  weightsDigest: z.string(),
});

export type SearchDoneLine = Readonly<z.output<typeof searchDone>>;
export type RetrainingDoneLine = Readonly<z.output<typeof retrainingDone>>;

/** An operation that a derived cell keeps. */
const choiceSchema = z.object({
  ...genotypeEntryShape,
  /** Mixing weight; null in a retraining, which has none. */
  weight: lenientNumber,
  /** How far the mixing weight could fall before the cell would drop the operation. */
  margin: lenientNumber,
  /** The threshold or the operation that would replace this one first. */
  runnerUp: z
    .union([z.literal('threshold'), z.object(genotypeEntryShape)])
    .nullable()
    .catch(null),
});
export type CellChoice = z.output<typeof choiceSchema>;

const cell = z.object({
  choices: z.array(choiceSchema),
  valid: z.boolean(),
  /** Whether the cell is valid but uses fewer than half of its nodes. */
  degenerate: z.boolean().catch(false),
  /** Why the cell is invalid or degenerate. */
  reason: reason.catch(null),
});

/** Reads `genotype.json` or `result.json` of any version: a missing number is null. */
export const resultSchema = z.object({
  genotype: genotypeSchema,
  cells: byCell(cell).nullable().catch(null),
  /** Result of a search. */
  searchAccuracy: lenientObject(bySplit(lenientNumber)),
  searchPictures: lenientObject(bySplit(lenientNumber)),
  stopped: stopped.nullable().catch(null),
  /** Result of a retraining. */
  test: lenientObject(accuracyShape(lenientNumber)),
  ...sizeShape(lenientNumber),
});
export type RunResult = z.output<typeof resultSchema>;

/**
 * Reads how a search ended.
 *
 * @param path folder of the run
 * @throws RunFolderError if the run is not done, or its result is damaged
 */
export function readSearchResult(path: string): SearchDoneLine {
  return readResult(path, runFiles(path).genotype, searchDone);
}

/** Reads how a retraining ended, as `readSearchResult` does for a search. */
export function readRetrainingResult(path: string): RetrainingDoneLine {
  return readResult(path, runFiles(path).result, retrainingDone);
}

function readResult<Done>(path: string, file: string, schema: z.ZodType<Done>): Done {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RunFolderError(`the run in ${path} is not done: ${(cause as Error).message}`, { cause });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RunFolderError(`${file} is damaged: remove it and resume the run, which writes it again`, { cause });
  }
}
