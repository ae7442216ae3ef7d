import { z } from 'zod';
import { LATER_SEARCH_OPTIONS } from '../options/later-options.ts';
import { OptionsError } from '../options/parse-options.ts';
import { type AlphaShape, cellSize, mixingShape, spaceOf } from '../space/alpha.ts';
import { type CellKind, edgeCount } from '../space/cell.ts';
import { type CellColumns, findSpace } from '../space/spaces.ts';
import { type Derivation, readDerivation } from './derivation.ts';
import { isMethodName } from './methods.ts';
import { recordedSearchOptionsSchema } from './options-schema.ts';

/** Name of the last column of alpha, and of mixing weights, under weights of edges. */
export const EDGE_WEIGHT = 'edge weight';

/** What the coordinates of a recorded search's alpha stand for. */
export interface RecordedAlpha {
  /** Number of intermediate nodes of a cell. */
  readonly nodes: number;
  /** Names of the coordinates of each edge: operations, and last a weight of the edge if there are any. */
  readonly names: { readonly [kind in CellKind]: CellColumns<string> };
  /** How cells are derived from it; null for a method of the caller's own, of which the record keeps only the name. */
  readonly derivation: Derivation | null;
}

const { method, space, nodes } = recordedSearchOptionsSchema.shape;

/** The recorded options that tell of an alpha of any method. */
const ownSchema = z.object({ method, space: space.default(LATER_SEARCH_OPTIONS.space), nodes });

/**
 * Reads from a search's record, of any version, what the coordinates of its alpha stand for. Those of a method of the caller's own
 * in a space of its own are numbered.
 *
 * @param recorded options in the record
 * @param size number of coordinates of a cell
 * @returns null if the record is damaged, or does not fit the size
 */
export function readRecordedAlpha(recorded: unknown, size: number): RecordedAlpha | null {
  const own = ownSchema.safeParse(recorded).data;
  if (own === undefined) return null;
  try {
    if (!isMethodName(own.method)) return nameOwn(own, size);
    const derivation = readDerivation(recorded);
    const { shape } = derivation;
    return cellSize(shape) === size ? { nodes: shape.nodes, names: namesOf(shape), derivation } : null;
  } catch (error) {
    if (error instanceof OptionsError || error instanceof RangeError) return null;
    throw error;
  }
}

function nameOwn({ space, nodes }: z.output<typeof ownSchema>, size: number): RecordedAlpha | null {
  if (space === 'own') {
    const row = Array.from({ length: size / edgeCount(nodes) }, (_, i) => `column ${i + 1}`);
    if (row.length * edgeCount(nodes) !== size) return null;
    const cell = Array.from({ length: edgeCount(nodes) }, () => row);
    return { nodes, names: { normal: cell, reduce: cell }, derivation: null };
  }
  const shape: AlphaShape = { nodes, primitives: findSpace(space, nodes) };
  const shapes = [shape, { ...shape, edgeWeights: true }];
  const fitting = shapes.find((one) => cellSize(one) === size);
  return fitting === undefined ? null : { nodes, names: namesOf(fitting), derivation: null };
}

function namesOf(shape: AlphaShape): RecordedAlpha['names'] {
  const { normal, reduce } = spaceOf(mixingShape(shape));
  const more = (cell: CellColumns): CellColumns<string> =>
    shape.edgeWeights ? cell.map((row) => [...row, EDGE_WEIGHT]) : cell;
  return { normal: more(normal), reduce: more(reduce) };
}
