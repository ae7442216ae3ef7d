import { CELL_KINDS, type CellKind } from '../../src/space/cell.ts';
import { isDegenerate } from '../../src/space/discretize.ts';
import { connectedNodes, type Genotype } from '../../src/space/genotype.ts';

/** What is to be said of a discrete cell. */
export interface CellFacts {
  readonly valid: boolean;
  /** Whether it is valid but uses fewer than half of the space's nodes. */
  readonly degenerate: boolean;
  /** Number of operations, and of intermediate nodes that it uses. */
  readonly operations: number;
  readonly usedNodes: number;
}

export type CellsFacts = { readonly [kind in CellKind]: CellFacts };

/** @param nodes number of intermediate nodes of the space */
export function describeCells(genotype: Genotype, nodes: number): CellsFacts {
  const factsOf = (kind: CellKind): CellFacts => {
    const { length: used } = connectedNodes(genotype[kind]);
    const degenerate = isDegenerate(used, nodes);
    return { valid: used > 0, degenerate, operations: genotype[kind].length, usedNodes: used };
  };
  return { normal: factsOf('normal'), reduce: factsOf('reduce') };
}

/** Whether a cell of an architecture is degenerate. */
export function hasDegenerateCell(cells: CellsFacts): boolean {
  return CELL_KINDS.some((kind) => cells[kind].degenerate);
}
