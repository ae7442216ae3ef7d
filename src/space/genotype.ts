import { z } from 'zod';
import { INPUT_NODES } from './cell.ts';
import { DARTS_PRIMITIVES, type Primitive } from './primitives.ts';

/** An operation that a discrete cell keeps, and the edge on which it stands. */
export interface GenotypeEntry {
  /** Name of the operation; never `none`. */
  readonly primitive: Primitive;
  readonly from: number;
  readonly to: number;
}

/**
 * A discrete architecture: the operations that each kind of cell keeps. The order of the entries matters: nodes are
 * concatenated in the order of their first entry. A node without entries does not exist.
 */
export interface Genotype {
  readonly normal: readonly GenotypeEntry[];
  readonly reduce: readonly GenotypeEntry[];
}

/** Largest number of a node. Real cells are small; the limit keeps `range(2, 1000000000)` from filling the memory. */
export const LARGEST_NODE = 999;

/** Rules of the fields of an entry. */
export const genotypeEntryShape = {
  primitive: z.enum(DARTS_PRIMITIVES).exclude(['none']) as z.ZodType<Primitive>,
  from: z.number().int().min(0),
  to: z.number().int().min(INPUT_NODES).max(LARGEST_NODE),
};

const entrySchema = z
  .strictObject(genotypeEntryShape)
  .refine(({ from, to }) => from < to, { error: 'must only read earlier nodes' });

/** The rules of a genotype as data, as `genotype.json` and a run's record hold it. */
export const genotypeSchema: z.ZodType<Genotype> = z.strictObject({
  normal: z.array(entrySchema).readonly(),
  reduce: z.array(entrySchema).readonly(),
});

/**
 * Intermediate nodes that a cell uses, ascending: an activation reaches them from the cell's inputs, and as the output
 * concatenates every node that exists, all of them lead to it. A node that only absent nodes feed is absent itself. If the
 * list is empty, the cell passes nothing on.
 */
export function connectedNodes(entries: readonly GenotypeEntry[]): number[] {
  const reached = new Set(Array.from({ length: INPUT_NODES }, (_, input) => input));
  // Edges lead to later nodes: in the order of their targets, every source is settled before it is read.
  for (const { from, to } of entries.toSorted((a, b) => a.to - b.to)) if (reached.has(from)) reached.add(to);
  return [...reached].slice(INPUT_NODES);
}
