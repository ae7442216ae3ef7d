import { INPUT_NODES } from './cell.ts';
import type { Primitive } from './primitives.ts';

/** An operation that a discrete cell keeps, and the edge on which it stands. */
export interface GenotypeEntry {
  /** Never `none`. */
  readonly primitive: Primitive;
  readonly from: number;
  readonly to: number;
}

/**
 * A discrete architecture: the operations that each kind of cell keeps. The order of the entries matters: nodes are
 * concatenated in the order of their first entry. A node that no entry feeds does not exist.
 */
export interface Genotype {
  readonly normal: readonly GenotypeEntry[];
  readonly reduce: readonly GenotypeEntry[];
}

/**
 * Intermediate nodes that an activation reaches from the cell's inputs, ascending. A node fed by absent nodes only is
 * absent itself. Where there is none, the cell passes nothing on.
 */
export function connectedNodes(entries: readonly GenotypeEntry[]): number[] {
  const reached = new Set(Array.from({ length: INPUT_NODES }, (_, input) => input));
  // Edges lead to later nodes, so in the order of their targets every source is settled before it is asked for.
  for (const { from, to } of entries.toSorted((a, b) => a.to - b.to)) if (reached.has(from)) reached.add(to);
  return [...reached].slice(INPUT_NODES);
}
