import { z } from 'zod';
import { INPUT_NODES } from './cell.ts';
import { LARGEST_NODE } from './genotype-syntax.ts';
import { FAIR_DARTS_PRIMITIVES } from './primitives.ts';

/** Fields of an operation that a cell keeps, and of the edge that it stands on. */
export const genotypeEntryShape = {
  primitive: z.enum(FAIR_DARTS_PRIMITIVES), // all but `none`
  from: z.number().int().min(0),
  to: z.number().int().min(INPUT_NODES).max(LARGEST_NODE),
};

const entry = z
  .strictObject(genotypeEntryShape)
  .refine(({ from, to }) => from < to, { error: 'a node can only read earlier nodes' });

/** A genotype as JSON, in options and in results. */
export const genotypeSchema = z.strictObject({ normal: z.array(entry).readonly(), reduce: z.array(entry).readonly() });
