import { CELL_KINDS, type CellKind, INPUT_NODES } from '../space/cell.ts';
import { concatenatedNodes, connectedNodes, type Genotype, runningNodes } from '../space/genotype.ts';
import type { AuxiliaryHeadBlock, BlockGraph, MixedEdge, NodeBlock, ValueSpec } from './block-graph.ts';
import { type Makers, primitiveOperation } from './operations.ts';
import { buildSkeleton, type CellBody, type CellPlace } from './skeleton.ts';

/** Options that determine a retrained network. */
export interface RetrainedNetworkOptions {
  readonly genotype: Genotype;
  /** Channels of the first cell's nodes; doubled at each reduction cell. */
  readonly channels: number;
  /** Number of cells; those at floor(L/3) and floor(2L/3) are reduction cells. */
  readonly layers: number;
  /** Height and width of the pictures. */
  readonly image: number;
  /** Whether a second classifier follows the cell at floor(2L/3), for training; it needs 32x32 pictures. @default false */
  readonly auxiliary?: boolean;
  /** Stem channels, as a multiple of `channels`. @default 3 */
  readonly stemMultiplier?: number;
  /** Channels of the pictures: 1 is gray, 3 are red, green and blue. @default 3 */
  readonly pictureChannels?: 1 | 3;
  /** Number of classes. @default 10 */
  readonly classes?: number;
}

/** Height and width that the auxiliary head reads: it pools 5x5 with stride 3 to 2x2. */
const AUXILIARY_SIDE = 8;

/**
 * Builds the network of a genotype as DARTS and FairDARTS train it from scratch (their `NetworkCIFAR`): each entry is one
 * operation, every batch norm is affine, and no batch norm follows a pool. A node that no input reaches does not exist:
 * the concatenation leaves it out, entries that start at it do not run, and the projections that follow are narrower.
 * A node that does not lead to the concatenation is not built: its weights would never be trained.
 * The weights of entry K of a cell are named `cells.I.entries.K.PRIMITIVE`.
 *
 * @throws RangeError if a cell passes nothing on, a size breaks a rule of the skeleton, or the auxiliary head would not
 * read 8x8
 */
export function buildRetrainedNetwork(options: RetrainedNetworkOptions): BlockGraph {
  const { genotype, auxiliary = false, stemMultiplier = 3, pictureChannels = 3, classes = 10, ...sizes } = options;
  for (const kind of CELL_KINDS) {
    if (concatenatedNodes(genotype, kind).length > 0) continue;
    const which = connectedNodes(genotype[kind]).length === 0 ? 'node of it' : 'node that it concatenates';
    throw new RangeError(`the ${kind} cell must pass an activation on, but no ${which} is reached from its inputs`);
  }
  const auxiliaryCell = auxiliary ? Math.floor((2 * sizes.layers) / 3) : null;
  return buildSkeleton(
    { ...sizes, stemMultiplier, pictureChannels, classes },
    {
      mixing: { edges: 0, columns: 0, edgeDrops: false },
      affine: true,
      buildCell: (make, place) => buildCell(make, place, genotype),
      buildBeside: (make, cell, output) => (cell === auxiliaryCell ? auxiliaryHead(make, output, classes) : null),
    },
  );
}

function buildCell(make: Makers, place: CellPlace, genotype: Genotype): CellBody {
  const { cell, kind, prefix, channels, inputs, node } = place;
  const entries = genotype[kind];
  const states = new Map<number, ValueSpec>(inputs.entries());
  const nodes: NodeBlock[] = [];
  for (const to of runningNodes(genotype, kind)) {
    const output = node(to);
    const edges = entries.flatMap(({ primitive, from, to: target }, k): MixedEdge[] => {
      const input = states.get(from);
      if (target !== to || input === undefined) return [];
      const stride = entryStride(kind, from);
      const name = `${prefix}.entries.${k}.${primitive}`;
      const operation = primitiveOperation(make, primitive, name, channels, stride, 'bare pools');
      return [{ edge: null, input, stride, operations: [operation] }];
    });
    nodes.push({ kind: 'node', cell, cellKind: kind, edges, output, partialChannels: 1, channelChoice: 'first' });
    states.set(to, output);
  }
  return { nodes, output: concatenatedNodes(genotype, kind).map((to) => states.get(to) as ValueSpec) };
}

/** Stride of an entry: in a reduction cell, those that read the inputs halve them. */
export function entryStride(kind: CellKind, from: number): 1 | 2 {
  return kind === 'reduce' && from < INPUT_NODES ? 2 : 1;
}

function auxiliaryHead(make: Makers, input: ValueSpec, classes: number): AuxiliaryHeadBlock {
  if (input.height !== AUXILIARY_SIDE) {
    const sides = `${input.height}x${input.width}`;
    throw new RangeError(`the auxiliary head must read 8x8, which takes pictures of 32x32, got ${sides}`);
  }
  const [name, squeezed, wide] = ['auxiliary', 128, 768];
  return {
    kind: 'auxiliary-head',
    input,
    output: { name: 'auxiliary.logits', height: 1, width: 1, channels: classes },
    squeeze: make.weight(`${name}.conv1.weight`, squeezed, input.channels, 1, 1),
    squeezeNorm: make.norm(`${name}.bn1`, squeezed),
    conv: make.weight(`${name}.conv2.weight`, wide, squeezed, 2, 2),
    norm: make.norm(`${name}.bn2`, wide),
    weight: make.weight(`${name}.classifier.weight`, classes, wide),
    bias: make.weight(`${name}.classifier.bias`, classes),
  };
}
