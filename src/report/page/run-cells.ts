import type { Run } from '../../record/read-run.ts';
import type { CellChoice } from '../../record/run-result.ts';
import { adviseOn } from '../../search/advice.ts';
import type { RecordedLife } from '../../search/life-of-cells.ts';
import { CELL_KINDS, type CellKind } from '../../space/cell.ts';
import { describeValidity } from '../../space/discretize.ts';
import { concatenatedNodes, connectedNodes, type Genotype, genotypeSchema, namedNodes } from '../../space/genotype.ts';
import type { DrawnCell } from './cell-drawing.ts';

/** The cells that a run found, was given, or would derive now. */
export interface RunCells {
  readonly genotype: Genotype;
  readonly cells: { readonly [kind in CellKind]: Required<DrawnCell> };
  /** Number of epochs after which the cells were derived; null if they are final. */
  readonly epoch: number | null;
}

/**
 * Finds the cells of a run: those of its result, those that a retraining was given, or those that a search would derive
 * now.
 *
 * @param told life of a search's cells
 * @returns null before the first epoch of a search, or if the record does not tell them
 */
export function cellsOf({ record, result }: Run, told: RecordedLife | null): RunCells | null {
  const genotype = result?.genotype ?? genotypeSchema.safeParse(record.options.genotype).data;
  const now = told?.life.at(-1);
  if (genotype === undefined) {
    if (told === null || now === undefined || now.epoch === 0) return null;
    const derived = (kind: CellKind) => drawn(now.cells[kind].choices, now.cells[kind].connectedNodes, told.nodes);
    return {
      genotype: now.genotype,
      cells: { normal: derived('normal'), reduce: derived('reduce') },
      epoch: now.epoch,
    };
  }
  // A retraining was given its cells, so its choices have no mixing weights and no margins.
  const given = (kind: CellKind): CellChoice[] =>
    genotype[kind].map((entry) => ({ ...entry, weight: null, margin: null, runnerUp: null }));
  const choices = (kind: CellKind): CellChoice[] => result?.cells?.[kind].choices ?? given(kind);
  const nodes = typeof record.options.nodes === 'number' ? record.options.nodes : namedNodes(genotype);
  // A derived cell concatenates all nodes that an activation reaches.
  const outputs = (kind: CellKind): number[] =>
    result?.cells ? connectedNodes(choices(kind)) : concatenatedNodes(genotype, kind);
  const known = (kind: CellKind) => drawn(choices(kind), outputs(kind), nodes);
  return { genotype, cells: { normal: known('normal'), reduce: known('reduce') }, epoch: null };
}

function drawn(choices: readonly CellChoice[], outputs: readonly number[], nodes: number): Required<DrawnCell> {
  return { choices, outputs, nodes };
}

/** Says whether a cell is valid, degenerate or invalid, and why; empty while the cell is not derived. */
export function validityOf({ result }: Run, cell: CellKind): string {
  const derived = result?.cells?.[cell];
  return derived === undefined ? '' : describeValidity(derived);
}

/** Says what to try after a search with an invalid or a degenerate cell; empty if there is none. */
export function adviceFor(run: Run): string {
  return CELL_KINDS.some((cell) => isFaulty(run, cell)) ? adviseOn(run.record.options, run.path) : '';
}

/** Names a cell for a heading. */
export function nameOfCell(cell: CellKind): string {
  return cell === 'normal' ? 'Normal cell' : 'Reduction cell';
}

/** Whether a derived cell is invalid or degenerate. */
function isFaulty({ result }: Run, cell: CellKind): boolean {
  const derived = result?.cells?.[cell];
  return derived !== undefined && (!derived.valid || derived.degenerate);
}
