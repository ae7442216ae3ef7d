import type { TracedProposal } from '../record/trace-line.ts';
import { CELL_KINDS, type CellKind } from '../space/cell.ts';
import { DARTS_PRIMITIVES, type Primitive } from '../space/primitives.ts';

/** Bits of a proposal's code, from the lowest: accepted 1, cell 1, primitive 3, from 5, to 5. */
const CELL = 1;
const PRIMITIVE = 2;
const FROM = 5;
const TO = 10;

/** Nodes of an edge that a code can hold; a cell has at most twelve. */
const MAX_NODE = 31;

/** Stands for a proposal that cannot be told in 15 bits. */
export const NO_CODE = 0xffff;

/** What is looked for among proposals: each part that is not given fits all. */
export interface ProposalFilter {
  readonly cell?: CellKind;
  /** `[from, to]` node. */
  readonly edge?: readonly [number, number];
  readonly primitive?: Primitive;
}

/** A proposal in 15 bits: what proposals are filtered by. Parts are indices into `CELL_KINDS` and `DARTS_PRIMITIVES`. */
export function proposalCode(cell: number, primitive: number, from: number, to: number): number {
  if (cell < 0 || primitive < 0 || from > MAX_NODE || to > MAX_NODE) return NO_CODE;
  return (cell << CELL) | (primitive << PRIMITIVE) | (from << FROM) | (to << TO);
}

/** The code, with its bit for an accepted proposal. */
export function acceptedCode(code: number): number {
  return code === NO_CODE ? code : code | 1;
}

export function isAcceptedCode(code: number): boolean {
  return code !== NO_CODE && (code & 1) === 1;
}

export function codeOfProposal({ cell, edge, primitive }: Pick<TracedProposal, 'cell' | 'edge' | 'primitive'>): number {
  return proposalCode(CELL_KINDS.indexOf(cell), DARTS_PRIMITIVES.indexOf(primitive), ...edge);
}

/** Which bits of a code a filter looks at, and what they must be; no code is negative. */
export function maskOfFilter({ cell, edge, primitive }: ProposalFilter): { mask: number; wanted: number } {
  let [mask, wanted] = [0, 0];
  const look = (shift: number, bits: number, value: number): void => {
    mask |= bits << shift;
    wanted |= value << shift;
  };
  if (cell !== undefined) look(CELL, 1, CELL_KINDS.indexOf(cell));
  if (primitive !== undefined) look(PRIMITIVE, 7, DARTS_PRIMITIVES.indexOf(primitive));
  if (edge?.some((node) => node > MAX_NODE)) return { mask: NO_CODE, wanted: -1 };
  if (edge !== undefined) {
    look(FROM, MAX_NODE, edge[0]);
    look(TO, MAX_NODE, edge[1]);
  }
  return { mask, wanted };
}
