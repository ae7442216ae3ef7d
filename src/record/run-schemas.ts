import { z } from 'zod';
import { CELL_KINDS } from '../space/cell.ts';
import { DARTS_PRIMITIVES } from '../space/primitives.ts';

/*
 * What the files of a run folder hold, as far as a report shows it. A run may be old, or newer than this program: what
 * is missing, or not as expected, is null, and what is not known is passed over.
 */

/** JSON has no word for a number that is not finite: it stands there as null. */
const number = z.number().nullable().catch(null);
const text = z.string().nullable().catch(null);
const facts = z.record(z.string(), z.unknown()).catch({});

/** An object of which anything may be missing. */
function partial<T extends z.ZodRawShape>(shape: T) {
  const object = z.object(shape);
  return z.preprocess((value) => (typeof value === 'object' && value !== null ? value : {}), object);
}

const byCell = partial({ normal: number, reduce: number });
const accuracy = partial({ loss: number, accuracy: number });

export const configSchema = partial({
  runVersion: number,
  job: z.enum(['search', 'retraining']).catch('search'), // the first runs do not say
  options: facts,
  versions: facts,
  machine: facts,
  data: facts,
  engine: facts,
});
export type RunRecord = z.output<typeof configSchema>;

export const epochSchema = z.object({
  event: z.literal('epoch'),
  /** Counted from 1. */
  epoch: z.number(),
  /** Iterations made by its end. */
  step: number,
  /** Of the work itself, without what lay between two processes of one run. */
  seconds: number,
  weights: accuracy,
  /** Of a search. */
  validation: accuracy,
  /** Of a retraining. */
  test: accuracy,
  alpha: partial({ globalSteps: number, accepted: number, loss: number }),
  concentration: number,
  meanMixing: partial({ before: byCell, after: byCell }),
  noise: partial({ offset: number, paired: number, effect: number }),
  learningRate: number,
});
export type RunEpoch = z.output<typeof epochSchema>;

/** Rows are edges, columns primitives. */
export const alphaSchema = z.object({
  epoch: z.number(),
  normal: z.array(z.number()),
  reduce: z.array(z.number()),
});
export type AlphaEpoch = z.output<typeof alphaSchema>;

export const transitionSchema = z.object({
  t: z.number(),
  event: z.literal('transition'),
  from: z.string(),
  to: z.string(),
});

export const proposalSchema = z.object({
  cell: z.enum(CELL_KINDS),
  edge: z.tuple([z.number(), z.number()]),
  primitive: z.enum(DARTS_PRIMITIVES),
  from: z.number(),
  to: z.number(),
});

export const decisionSchema = z.object({
  event: z.literal('decision'),
  step: z.number(),
  accepted: number,
  proposals: z.array(proposalSchema),
});

const entry = z.object({ primitive: z.enum(DARTS_PRIMITIVES), from: z.number(), to: z.number() });
const entries = z.array(entry);

export const genotypeSchema = z.object({ normal: entries, reduce: entries });

export const choiceSchema = z.object({
  ...entry.shape,
  /** Mixing weight; null in a retraining, which has none. */
  weight: number,
  /** How far the weight could fall before the choice ended. */
  margin: number,
  /** What would end it first: the threshold, or another operation. */
  runnerUp: z
    .union([z.literal('threshold'), entry])
    .nullable()
    .catch(null),
});
export type CellChoice = z.output<typeof choiceSchema>;

const cell = z.object({
  choices: z.array(choiceSchema),
  valid: z.boolean(),
  /** Why it is not. */
  reason: text,
});

/** `genotype.json` of a search, or `result.json` of a retraining. */
export const resultSchema = z.object({
  genotype: genotypeSchema,
  cells: z.object({ normal: cell, reduce: cell }).nullable().catch(null),
  /** Of the supernet. */
  searchAccuracy: partial({ train: number, validation: number, test: number }),
  /** Of the retrained network. */
  test: accuracy,
  parameters: number,
  macs: number,
});
export type RunResult = z.output<typeof resultSchema>;
