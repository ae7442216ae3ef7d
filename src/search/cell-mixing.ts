import type { MixingWeights } from '../engine/engine.ts';
import type { Random } from '../math/random.ts';
import { type AlphaShape, alphaColumns, cellSize, spaceOf } from '../space/alpha.ts';
import { CELL_KINDS, type CellKind, cellEdges } from '../space/cell.ts';
import type { Genotype, GenotypeEntry } from '../space/genotype.ts';
import type { Primitive } from '../space/primitives.ts';

/** Operations that lead to each node of a random cell, each from a node of its own, as in the cells of DARTS. */
const OPERATIONS_PER_NODE = 2;

/** Mixing weights of cells: 1 for every operation that they keep, 0 for all others. */
export function mixingOfCells(shape: AlphaShape, genotype: Pick<Genotype, 'normal' | 'reduce'>): MixingWeights {
  const columns = alphaColumns(shape);
  const space = spaceOf(shape);
  const edges = cellEdges(shape.nodes);
  const mixing = { normal: new Float32Array(cellSize(shape)), reduce: new Float32Array(cellSize(shape)) };
  for (const kind of CELL_KINDS) {
    for (const { primitive, from, to } of genotype[kind]) {
      const row = edges.findIndex((edge) => edge.from === from && edge.to === to);
      const column = (space[kind][row] as readonly string[]).indexOf(primitive);
      mixing[kind][row * columns + column] = 1;
    }
  }
  return mixing;
}

/**
 * Draws a random cell of each kind, and gives its mixing weights. Two operations lead to each node, from different nodes;
 * sources and primitives are uniform. `none` is not drawn.
 */
export function drawCells(shape: AlphaShape, random: Random): MixingWeights {
  const space = spaceOf(shape);
  const edges = cellEdges(shape.nodes);
  const drawCell = (kind: CellKind): GenotypeEntry[] => {
    return Array.from({ length: shape.nodes }, (_, node) => node + 2).flatMap((to) => {
      const sources = Uint32Array.from({ length: to }, (_, from) => from);
      random.shuffle(sources);
      return Array.from(sources.subarray(0, OPERATIONS_PER_NODE), (from) => {
        const row = edges.findIndex((edge) => edge.from === from && edge.to === to);
        const primitives = (space[kind][row] as readonly Primitive[]).filter((primitive) => primitive !== 'none');
        return { primitive: primitives[random.integer(primitives.length)] as Primitive, from, to };
      });
    });
  };
  return mixingOfCells(shape, { normal: drawCell('normal'), reduce: drawCell('reduce') });
}
