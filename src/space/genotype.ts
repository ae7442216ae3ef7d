import { z } from 'zod';
import { CELL_KINDS, type CellKind, type Edge, INPUT_NODES } from './cell.ts';
import { PRIMITIVES, type Primitive } from './primitives.ts';

/** An operation that a discrete cell keeps, and the edge on which it stands. */
export interface GenotypeEntry {
  /** Name of the operation; never `none`. */
  readonly primitive: Primitive;
  readonly from: number;
  readonly to: number;
}

/**
 * A discrete architecture: the operations that each kind of cell keeps, and the nodes that its output concatenates. A node
 * without entries does not exist.
 */
export interface Genotype {
  readonly normal: readonly GenotypeEntry[];
  readonly reduce: readonly GenotypeEntry[];
  /**
   * Nodes that a normal cell concatenates, in that order; those that do not exist are left out. A list of all nodes that
   * exist, in ascending order, says nothing. @default all nodes that exist, in the order of their first entry
   */
  readonly normalConcat?: readonly number[];
  /** The same for a reduction cell. */
  readonly reduceConcat?: readonly number[];
}

/** Largest number of a node. Real cells are small; the limit keeps `range(2, 1000000000)` from filling the memory. */
export const LARGEST_NODE = 999;

/** Rules of the fields of an entry. */
export const genotypeEntryShape = {
  primitive: z.enum(PRIMITIVES).exclude(['none']) as z.ZodType<Primitive>,
  from: z.number().int().min(0),
  to: z.number().int().min(INPUT_NODES).max(LARGEST_NODE),
};

const entrySchema = z
  .strictObject(genotypeEntryShape)
  .refine(({ from, to }) => from < to, { error: 'must only read earlier nodes' });

const concatSchema = z
  .array(genotypeEntryShape.to)
  .min(1)
  .refine((nodes) => new Set(nodes).size === nodes.length, { error: 'must not name a node twice' })
  .optional();

/** The rules of a genotype as data, as `genotype.json` and a run's record hold it. A list that says nothing is dropped. */
export const genotypeSchema: z.ZodType<Genotype> = z
  .strictObject({
    normal: z.array(entrySchema).readonly(),
    reduce: z.array(entrySchema).readonly(),
    normalConcat: concatSchema,
    reduceConcat: concatSchema,
  })
  .transform(({ normalConcat, reduceConcat, ...cells }) => withConcats(cells, { normalConcat, reduceConcat }));

/** Adds the lists of concatenated nodes that say something to a genotype's cells. */
export function withConcats(
  cells: Pick<Genotype, CellKind>,
  lists: { readonly [L in `${CellKind}Concat`]: readonly number[] | undefined },
): Genotype {
  const saying = CELL_KINDS.flatMap((kind) => {
    const nodes = lists[`${kind}Concat`];
    return nodes === undefined || saysNothing(cells[kind], nodes) ? [] : [[`${kind}Concat`, nodes] as const];
  });
  return { ...cells, ...Object.fromEntries(saying) };
}

/** Whether a list holds all nodes that exist, in ascending order. */
function saysNothing(entries: readonly GenotypeEntry[], listed: readonly number[]): boolean {
  const existing = connectedNodes(entries);
  const concatenated = listed.filter((node) => existing.includes(node));
  return concatenated.length === existing.length && concatenated.every((node, i) => node === existing[i]);
}

/** Nodes that a cell's output concatenates, in that order. If the list is empty, the cell passes nothing on. */
export function concatenatedNodes(genotype: Genotype, kind: CellKind): number[] {
  const entries = genotype[kind];
  const listed = genotype[`${kind}Concat`];
  const existing = new Set(connectedNodes(entries));
  const order = listed === undefined || saysNothing(entries, listed) ? entries.map(({ to }) => to) : listed;
  return [...new Set(order)].filter((node) => existing.has(node));
}

/** Nodes that an activation reaches and that lead to the cell's output, ascending: the others do not run. */
export function runningNodes(genotype: Genotype, kind: CellKind): number[] {
  const running = new Set(concatenatedNodes(genotype, kind));
  // Edges lead to later nodes: in falling order of their targets, every target is settled before its sources.
  for (const { from, to } of genotype[kind].toSorted((a, b) => b.to - a.to)) if (running.has(to)) running.add(from);
  return connectedNodes(genotype[kind]).filter((node) => running.has(node));
}

/**
 * Intermediate nodes that exist in a cell, ascending: an activation reaches them from the cell's inputs. A node that only
 * absent nodes feed is absent itself. Of a cell that concatenates every node that exists, all of them lead to the output.
 */
export function connectedNodes(entries: readonly Edge[]): number[] {
  const reached = new Set(Array.from({ length: INPUT_NODES }, (_, input) => input));
  // Edges lead to later nodes: in the order of their targets, every source is settled before it is read.
  for (const { from, to } of entries.toSorted((a, b) => a.to - b.to)) if (reached.has(from)) reached.add(to);
  return [...reached].slice(INPUT_NODES);
}

/** Number of intermediate nodes that either cell of a genotype names; 0 if it names no node. The first two nodes are inputs. */
export function namedNodes({ normal, reduce }: Pick<Genotype, 'normal' | 'reduce'>): number {
  return Math.max(1, ...[...normal, ...reduce].map(({ to }) => to)) - 1;
}
