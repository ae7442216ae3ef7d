import type { TracedProposal } from '../record/trace-line.ts';
import { CELL_KINDS, type CellKind } from '../space/cell.ts';
import { PRIMITIVES, type Primitive } from '../space/primitives.ts';

/** Offsets of the parts of a proposal's code. From the lowest bit: accepted 1, cell 1, primitive 4, from 5, to 5. */
const CELL = 1;
const PRIMITIVE = 2;
const FROM = 6;
const TO = 11;

/** Largest node that a code can hold. A cell has at most twelve nodes. */
const MAX_NODE = 31;

/** Code of a proposal that does not fit into 16 bits. No other has it, as there is no primitive 15. */
export const NO_CODE = 0xffff;

/** Filter of proposals. A part that is missing fits all. */
export interface ProposalFilter {
  readonly cell?: CellKind;
  /** `[from, to]` node. */
  readonly edge?: readonly [number, number];
  readonly primitive?: Primitive;
}

/**
 * Encodes what proposals are filtered by in 16 bits.
 *
 * @param cell index into `CELL_KINDS`
 * @param primitive index into `PRIMITIVES`
 * @param from node that the edge begins at; `to` is the node that it ends at
 */
export function proposalCode(cell: number, primitive: number, from: number, to: number): number {
  if (cell < 0 || primitive < 0 || from > MAX_NODE || to > MAX_NODE) return NO_CODE;
  return (cell << CELL) | (primitive << PRIMITIVE) | (from << FROM) | (to << TO);
}

/** Returns the code of the same proposal, accepted. */
export function acceptedCode(code: number): number {
  return code === NO_CODE ? code : code | 1;
}

export function isAcceptedCode(code: number): boolean {
  return code !== NO_CODE && (code & 1) === 1;
}

export function codeOfProposal({ cell, edge, primitive }: Pick<TracedProposal, 'cell' | 'edge' | 'primitive'>): number {
  return proposalCode(CELL_KINDS.indexOf(cell), PRIMITIVES.indexOf(primitive), ...edge);
}

/** Returns which bits of a code a filter looks at, and their wanted values. A filter that fits no code wants -1. */
export function maskOfFilter({ cell, edge, primitive }: ProposalFilter): { mask: number; wanted: number } {
  let [mask, wanted] = [0, 0];
  const look = (shift: number, bits: number, value: number): void => {
    mask |= bits << shift;
    wanted |= value << shift;
  };
  if (cell !== undefined) look(CELL, 1, CELL_KINDS.indexOf(cell));
  if (primitive !== undefined) look(PRIMITIVE, 15, PRIMITIVES.indexOf(primitive));
  if (edge?.some((node) => node > MAX_NODE)) return { mask: NO_CODE, wanted: -1 };
  if (edge !== undefined) {
    look(FROM, MAX_NODE, edge[0]);
    look(TO, MAX_NODE, edge[1]);
  }
  return { mask, wanted };
}
