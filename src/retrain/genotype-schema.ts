import { z } from 'zod';
import { INPUT_NODES } from '../space/cell.ts';
import { LARGEST_NODE } from '../space/genotype-syntax.ts';
import { FAIR_DARTS_PRIMITIVES } from '../space/primitives.ts';

const entry = z
  .strictObject({
    primitive: z.enum(FAIR_DARTS_PRIMITIVES), // all but `none`
    from: z.number().int().min(0),
    to: z.number().int().min(INPUT_NODES).max(LARGEST_NODE),
  })
  .refine(({ from, to }) => from < to, { error: 'a node can only read earlier nodes' });

/** A genotype as data: what `genotype.json` and a run's record hold. */
export const genotypeSchema = z.strictObject({ normal: z.array(entry).readonly(), reduce: z.array(entry).readonly() });
