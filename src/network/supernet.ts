import { cellEdges, edgeCount, INPUT_NODES } from '../space/cell.ts';
import { DARTS_PRIMITIVES, isPrimitive, type Primitive } from '../space/primitives.ts';
import type { BlockGraph, MixedEdge, NodeBlock, ValueSpec } from './block-graph.ts';
import { primitiveOperation } from './operations.ts';
import { buildSkeleton, checkPositiveIntegers } from './skeleton.ts';

/** Options that determine a supernet. */
export interface SupernetOptions {
  /** Channels of the first cell's nodes; doubled at each reduction cell. */
  readonly channels: number;
  /** Number of cells; those at floor(L/3) and floor(2L/3) are reduction cells. */
  readonly layers: number;
  /** Number of intermediate nodes of a cell. */
  readonly nodes: number;
  readonly primitives: readonly Primitive[];
  /** Height and width of the pictures. */
  readonly image: number;
  /** Stem channels, as a multiple of `channels`. @default 3 */
  readonly stemMultiplier?: number;
  /** Channels of the pictures: 1 is gray, 3 are red, green and blue. @default 3 */
  readonly pictureChannels?: 1 | 3;
  /** Number of classes. @default 10 */
  readonly classes?: number;
}

/**
 * Builds the supernet of DARTS and FairDARTS as a block graph: every edge has all primitives, and cells of one kind share
 * one matrix of mixing weights. Only the stem's batch norm is affine, and a batch norm follows every pool.
 *
 * @throws RangeError if a size is not a positive integer, a primitive is not known, the channels are odd (a halving
 * splits them), or the reduction cells cannot halve the picture
 */
export function buildSupernet(options: SupernetOptions): BlockGraph {
  const { nodes, primitives, stemMultiplier = 3, pictureChannels = 3, classes = 10, ...sizes } = options;
  checkPositiveIntegers({ nodes });
  const unknown = primitives.find((name) => !isPrimitive(name));
  if (unknown !== undefined) {
    throw new RangeError(`a primitive must be one of ${DARTS_PRIMITIVES.join(', ')}, got ${unknown}`);
  }
  const edges = cellEdges(nodes);
  return buildSkeleton(
    { ...sizes, stemMultiplier, pictureChannels, classes },
    {
      mixing: { edges: edgeCount(nodes), primitives },
      affine: false,
      buildCell(make, { cell, kind, prefix, channels, inputs, node }) {
        const states: ValueSpec[] = [...inputs];
        const blocks: NodeBlock[] = [];
        for (let to = INPUT_NODES; to < INPUT_NODES + nodes; to++) {
          const output = node(to);
          const mixed = edges.flatMap((edge, row): MixedEdge[] => {
            if (edge.to !== to) return [];
            const stride = kind === 'reduce' && edge.from < INPUT_NODES ? 2 : 1;
            const name = `${prefix}.edges.${row}`;
            const operations = primitives.map((primitive) => {
              return primitiveOperation(make, primitive, `${name}.${primitive}`, channels, stride, 'pool norm');
            });
            return [{ edge: row, input: states[edge.from] as ValueSpec, stride, operations }];
          });
          blocks.push({ kind: 'node', cell, cellKind: kind, edges: mixed, output });
          states.push(output);
        }
        return { nodes: blocks, output: states.slice(INPUT_NODES) };
      },
    },
  );
}
