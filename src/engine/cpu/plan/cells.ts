import type {
  AuxiliaryHeadBlock,
  Block,
  BlockGraph,
  CellKind,
  ChannelChoice,
  ClassifierBlock,
  HalvingBlock,
  MixedEdge,
  NodeBlock,
  Operation,
  ProjectionBlock,
  StemBlock,
  ValueSpec,
} from '../../../network/block-graph.ts';
import { padChannels } from './memory-map.ts';
import { edgeParts, mixedCopy } from './partial-values.ts';

/** A cell of the graph, seen from the sources of its edges: everything that leaves one state is computed together. */
export interface Cell {
  readonly kind: CellKind;
  readonly inputs: readonly (ProjectionBlock | HalvingBlock)[];
  readonly nodes: readonly NodeBlock[];
  /** K: the operations of its edges read 1/K of a state's channels. */
  readonly partialChannels: number;
  readonly channelChoice: ChannelChoice;
  /** Edges by the name of the state they leave. */
  readonly edges: ReadonlyMap<string, readonly CellEdge[]>;
}

/** An edge; with partial channels a part of one, that of its operations or its bypass. */
export interface CellEdge {
  /** The edge as the graph has it. */
  readonly mixed: MixedEdge;
  /** The node it leads to, or a part of it. */
  readonly target: ValueSpec;
  /** The state it leaves, or a copy of some of its channels. */
  readonly input: ValueSpec;
  readonly stride: 1 | 2;
  readonly operations: readonly PlacedOperation[];
}

/** An operation of an edge, and the position of its mixing weight in the cell's flat matrix; null in a discrete cell. */
export interface PlacedOperation {
  readonly operation: Operation;
  readonly position: number | null;
}

/** The graph in the parts that the planner works on. */
export interface Network {
  readonly stem: StemBlock;
  readonly cells: readonly Cell[];
  readonly classifier: ClassifierBlock;
  readonly auxiliary: AuxiliaryHeadBlock | null;
  /** Values whose channels stand side by side in a value: the inputs of a concatenation, else the value itself. */
  parts(value: ValueSpec): readonly ValueSpec[];
}

/** Channels of a value's parts, padded, in order. */
export function partChannels(network: Network, value: ValueSpec): number[] {
  return network.parts(value).map((part) => padChannels(part.channels));
}

export function readNetwork(graph: BlockGraph): Network {
  const parts = new Map<string, readonly ValueSpec[]>();
  for (const block of graph.blocks) {
    if (block.kind === 'concat') parts.set(block.output.name, block.inputs);
    // The average over the pixels of a value has the value's parts: the classifier's kernel takes it on the way.
    if (block.kind === 'global-average-pool')
      parts.set(block.output.name, parts.get(block.input.name) ?? [block.input]);
  }
  const stem = graph.blocks.find((block) => block.kind === 'stem');
  const classifier = graph.blocks.find((block) => block.kind === 'classifier');
  if (!stem || !classifier) throw new RangeError('the graph needs a stem and a classifier');
  return {
    stem,
    classifier,
    auxiliary: graph.blocks.find((block) => block.kind === 'auxiliary-head') ?? null,
    cells: readCells(graph.blocks),
    parts: (value) => parts.get(value.name) ?? [value],
  };
}

function readCells(blocks: readonly Block[]): Cell[] {
  const cells: { inputs: (ProjectionBlock | HalvingBlock)[]; nodes: NodeBlock[] }[] = [];
  let open: (typeof cells)[number] | null = null;
  for (const block of blocks) {
    if (block.kind === 'concat') open = null;
    if (block.kind !== 'projection' && block.kind !== 'halving' && block.kind !== 'node') continue;
    if (open === null) {
      open = { inputs: [], nodes: [] };
      cells.push(open);
    }
    if (block.kind === 'node') open.nodes.push(block);
    else open.inputs.push(block);
  }
  return cells.map(({ inputs, nodes }) => {
    const edges = new Map<string, CellEdge[]>();
    for (const node of nodes) {
      for (const mixed of node.edges) {
        const { edge, input, operations } = mixed;
        const placed = operations.map((operation, column) => {
          return { operation, position: edge === null ? null : edge * operations.length + column };
        });
        edges.set(input.name, [...(edges.get(input.name) ?? []), ...partsOf(node, mixed, placed)]);
      }
    }
    const [first] = nodes;
    if (first === undefined) throw new RangeError('a cell needs a node');
    const { cellKind: kind, partialChannels, channelChoice } = first;
    return { kind, inputs, nodes, partialChannels, channelChoice, edges };
  });
}

/** The edge as a whole; with partial channels the part of its operations, and that of its bypass. */
function partsOf(node: NodeBlock, mixed: MixedEdge, operations: readonly PlacedOperation[]): CellEdge[] {
  const { input, stride } = mixed;
  const [target = node.output, passed] = edgeParts(mixed, node);
  if (passed === undefined) return [{ mixed, target, input, stride, operations }];
  const isBypass = ({ operation }: PlacedOperation): boolean => operation.kind === 'bypass';
  const own = operations.filter((each) => !isBypass(each));
  return [
    { mixed, target, input: mixedCopy(mixed, node), stride, operations: own },
    { mixed, target: passed, input, stride, operations: operations.filter(isBypass) },
  ];
}
