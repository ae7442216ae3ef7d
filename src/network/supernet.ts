import { CELL_KINDS, cellEdges, edgeCount, INPUT_NODES } from '../space/cell.ts';
import { isPrimitive, PRIMITIVES, type Primitive } from '../space/primitives.ts';
import type { SearchSpace } from '../space/spaces.ts';
import type { BlockGraph, ChannelChoice, MixedEdge, NodeBlock, Operation, ValueSpec } from './block-graph.ts';
import { primitiveOperation } from './operations.ts';
import { buildSkeleton, checkPositiveIntegers } from './skeleton.ts';

/** Primitives of every edge, for each kind of cell. */
export type EdgePrimitives = Omit<SearchSpace, 'nodes'>;

/** Options that determine a supernet. */
export interface SupernetOptions {
  /** Channels of the first cell's nodes; doubled at each reduction cell. */
  readonly channels: number;
  /** Number of cells; those at floor(L/3) and floor(2L/3) are reduction cells. */
  readonly layers: number;
  /** Number of intermediate nodes of a cell. */
  readonly nodes: number;
  /** Candidate operations of all edges, in column order, or of each edge. */
  readonly primitives: readonly Primitive[] | EdgePrimitives;
  /**
   * Whether every edge has one more skip connection, with weights of its own, in the last column: the auxiliary skip of
   * DARTS- (Chu et al. 2021, eq. 4). @default false
   */
  readonly auxiliarySkip?: boolean;
  /**
   * K of PC-DARTS (Xu et al. 2020, eq. 2): the operations of each edge mix 1/K of its channels, and the others pass by, which the
   * mixing weights weigh in one more, last, column. 1 mixes all. @default 1
   */
  readonly partialChannels?: number;
  /**
   * Which channels are mixed: the first ones of each edge, and the node's are shuffled, as the repository of PC-DARTS has it; or
   * random ones, which come with each mini-batch and keep their places, as the paper has it. @default 'first'
   */
  readonly channelChoice?: ChannelChoice;
  /** Whether mini-batches may drop edges, picture by picture: drop-path in the search. @default false */
  readonly edgeDrops?: boolean;
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
 * Builds the supernet of DARTS and FairDARTS as a block graph: every edge has all its primitives, and cells of one kind
 * share one matrix of mixing weights. Its columns are those of the widest edge; narrower ones end in `none`. Only the
 * stem's batch norm is affine, and a batch norm follows every pool.
 *
 * @throws RangeError if a size is not a positive integer, a primitive is not known, the lists of primitives are not one
 * for each edge, the channels are odd (a halving splits them), or those of a cell no multiple of 2 K, random channels are
 * to be mixed though all are, or the reduction cells cannot halve the picture
 */
export function buildSupernet(options: SupernetOptions): BlockGraph {
  const {
    nodes,
    primitives,
    auxiliarySkip = false,
    partialChannels = 1,
    channelChoice = 'first',
    edgeDrops = false,
    stemMultiplier = 3,
    pictureChannels = 3,
    classes = 10,
    ...sizes
  } = options;
  checkPositiveIntegers({ nodes, partialChannels });
  if (channelChoice === 'random' && partialChannels === 1) {
    throw new RangeError('channelChoice must be first if partialChannels is 1, got random');
  }
  const lists = primitivesOfEdges(primitives, edgeCount(nodes));
  const width = Math.max(...[...lists.normal, ...lists.reduce].map(({ length }) => length));
  const edges = cellEdges(nodes);
  return buildSkeleton(
    { ...sizes, stemMultiplier, pictureChannels, classes },
    {
      mixing: {
        edges: edges.length,
        columns: width + Number(auxiliarySkip) + Number(partialChannels > 1),
        edgeDrops,
      },
      affine: false,
      buildCell(make, { cell, kind, prefix, channels, inputs, node }) {
        const mixedChannels = channels / partialChannels;
        if (mixedChannels % 2 !== 0) {
          throw new RangeError(
            `the channels of every cell must be a multiple of 2 * partialChannels, got ${channels} with partialChannels ${partialChannels}`,
          );
        }
        const states: ValueSpec[] = [...inputs];
        const blocks: NodeBlock[] = [];
        for (let to = INPUT_NODES; to < INPUT_NODES + nodes; to++) {
          const output = node(to);
          const mixed = edges.flatMap((edge, row): MixedEdge[] => {
            if (edge.to !== to) return [];
            const stride = kind === 'reduce' && edge.from < INPUT_NODES ? 2 : 1;
            const operation = (primitive: Primitive, name: string = primitive): Operation => {
              return primitiveOperation(
                make,
                primitive,
                `${prefix}.edges.${row}.${name}`,
                mixedChannels,
                stride,
                'pool norm',
              );
            };
            const operations = (lists[kind][row] as Primitive[]).map((primitive) => operation(primitive));
            while (operations.length < width) operations.push({ kind: 'none' });
            if (auxiliarySkip) operations.push(operation('skip_connect', 'auxiliary_skip'));
            if (partialChannels > 1) operations.push({ kind: 'bypass', stride });
            return [{ edge: row, input: states[edge.from] as ValueSpec, stride, operations }];
          });
          blocks.push({ kind: 'node', cell, cellKind: kind, edges: mixed, output, partialChannels, channelChoice });
          states.push(output);
        }
        return { nodes: blocks, output: states.slice(INPUT_NODES) };
      },
    },
  );
}

/** Lists the primitives of every edge. @throws RangeError if one is not known, or the lists are not one for each edge */
function primitivesOfEdges(primitives: SupernetOptions['primitives'], edges: number): EdgePrimitives {
  const all = (list: readonly Primitive[]): (readonly Primitive[])[] => Array.from({ length: edges }, () => list);
  const lists = 'normal' in primitives ? primitives : { normal: all(primitives), reduce: all(primitives) };
  for (const kind of CELL_KINDS) {
    const { length } = lists[kind];
    if (length !== edges) throw new RangeError(`a ${kind} cell must have ${edges} lists of primitives, got ${length}`);
    const unknown = lists[kind].flat().find((name) => !isPrimitive(name));
    if (unknown === undefined) continue;
    throw new RangeError(`a primitive must be one of ${PRIMITIVES.join(', ')}, got ${unknown}`);
  }
  return lists;
}
