import { cellEdges, edgeCount, INPUT_NODES } from '../space/cell.ts';
import { DARTS_PRIMITIVES, isPrimitive, type Primitive } from '../space/primitives.ts';
import type { BatchNormSpec, Block, BlockGraph, MixedEdge, ValueSpec, WeightSpec } from './block-graph.ts';
import { type Makers, supernetOperation } from './operations.ts';

/** What determines a supernet. */
export interface SupernetOptions {
  /** Channels of the first cell's nodes; doubled at each reduction cell. */
  readonly channels: number;
  /** Number of cells; those at floor(L/3) and floor(2L/3) are reduction cells. */
  readonly layers: number;
  /** Intermediate nodes of a cell. */
  readonly nodes: number;
  readonly primitives: readonly Primitive[];
  /** Height and width of the pictures. */
  readonly image: number;
  /** Stem channels are this many times `channels`. @default 3 */
  readonly stemMultiplier?: number;
  /** @default 10 */
  readonly classes?: number;
}

/** Positions of the reduction cells: floor(L/3) and floor(2L/3). */
export function reductionCells(layers: number): Set<number> {
  return new Set([Math.floor(layers / 3), Math.floor((2 * layers) / 3)]);
}

/**
 * The supernet of DARTS and FairDARTS as a block graph: all primitives on every edge, cells of one kind sharing
 * one matrix of mixing weights.
 *
 * @throws RangeError where a size is not a positive integer, a primitive is not known, the channels are odd (a halving
 * splits them), or the reduction cells cannot halve the picture
 */
export function buildSupernet(options: SupernetOptions): BlockGraph {
  const { channels, layers, nodes, primitives, image, stemMultiplier = 3, classes = 10 } = options;
  checkSizes({ channels, layers, nodes, image, stemMultiplier, classes });
  const unknown = primitives.find((name) => !isPrimitive(name));
  if (unknown !== undefined) {
    throw new RangeError(`a primitive must be one of ${DARTS_PRIMITIVES.join(', ')}, got ${unknown}`);
  }
  if (channels % 2 !== 0) throw new RangeError(`channels must be even (a halving splits them), got ${channels}`);
  const halvings = 2 ** reductionCells(layers).size;
  if (image % halvings !== 0) {
    throw new RangeError(`image must be a multiple of ${halvings}, as the reduction cells halve it, got ${image}`);
  }

  const blocks: Block[] = [];
  const weights: WeightSpec[] = [];
  const norms: BatchNormSpec[] = [];
  const weight = (name: string, ...shape: number[]): WeightSpec => {
    const spec = { name, shape };
    weights.push(spec);
    return spec;
  };
  const norm = (name: string, size: number): BatchNormSpec => {
    const spec = { name, channels: size, affine: null };
    norms.push(spec);
    return spec;
  };
  const make: Makers = { weight, norm };

  const input: ValueSpec = { name: 'image', height: image, width: image, channels: 3 };
  const stem = { ...input, name: 'stem', channels: stemMultiplier * channels };
  const stemConv = weight('stem.conv.weight', stem.channels, 3, 3, 3);
  const stemNorm: BatchNormSpec = {
    name: 'stem.bn',
    channels: stem.channels,
    affine: { scale: weight('stem.bn.weight', stem.channels), shift: weight('stem.bn.bias', stem.channels) },
  };
  norms.push(stemNorm);
  blocks.push({ kind: 'stem', input, output: stem, conv: stemConv, norm: stemNorm });

  const reductions = reductionCells(layers);
  let beforePrevious = stem;
  let previous = stem;
  let size = channels;
  for (let cell = 0; cell < layers; cell++) {
    const reduces = reductions.has(cell);
    if (reduces) size *= 2;
    const prefix = `cells.${cell}`;
    const state = (node: number, value: ValueSpec): ValueSpec => ({
      ...value,
      name: `${prefix}.states.${node}`,
      channels: size,
    });

    // Input 0 comes from before a reduction cell, so it is twice as large as input 1: halve it.
    const halved = state(0, previous);
    if (reductions.has(cell - 1)) {
      const name = `${prefix}.preprocess0`;
      const operation = {
        kind: 'halving' as const,
        convA: weight(`${name}.conv_a.weight`, size / 2, beforePrevious.channels, 1, 1),
        convB: weight(`${name}.conv_b.weight`, size / 2, beforePrevious.channels, 1, 1),
        norm: norm(`${name}.bn`, size),
      };
      blocks.push({ kind: 'halving', input: beforePrevious, output: halved, operation });
    } else {
      blocks.push(projection(make, `${prefix}.preprocess0`, beforePrevious, halved));
    }
    blocks.push(projection(make, `${prefix}.preprocess1`, previous, state(1, previous)));

    const states = [halved, state(1, previous)];
    const spatial = reduces ? Math.ceil(previous.height / 2) : previous.height;
    const edges = cellEdges(nodes);
    for (let to = INPUT_NODES; to < INPUT_NODES + nodes; to++) {
      const output = { ...state(to, previous), height: spatial, width: spatial };
      const mixed = edges.flatMap((edge, row): MixedEdge[] => {
        if (edge.to !== to) return [];
        const stride = reduces && edge.from < INPUT_NODES ? 2 : 1;
        const name = `${prefix}.edges.${row}`;
        const operations = primitives.map((p) => supernetOperation(make, p, `${name}.${p}`, size, stride));
        return [{ edge: row, input: states[edge.from] as ValueSpec, stride, operations }];
      });
      blocks.push({ kind: 'node', cell, cellKind: reduces ? 'reduce' : 'normal', edges: mixed, output });
      states.push(output);
    }

    const inputs = states.slice(INPUT_NODES);
    const output = { name: prefix, height: spatial, width: spatial, channels: nodes * size };
    blocks.push({ kind: 'concat', inputs, output });
    beforePrevious = previous;
    previous = output;
  }

  const pooled = { ...previous, name: 'pooled', height: 1, width: 1 };
  blocks.push({ kind: 'global-average-pool', input: previous, output: pooled });
  blocks.push({
    kind: 'classifier',
    input: pooled,
    output: { ...pooled, name: 'logits', channels: classes },
    weight: weight('classifier.weight', classes, pooled.channels),
    bias: weight('classifier.bias', classes),
  });
  return { image, classes, mixing: { edges: edgeCount(nodes), primitives }, blocks, weights, norms };
}

function projection(make: Makers, name: string, input: ValueSpec, output: ValueSpec): Block {
  const conv = make.weight(`${name}.conv.weight`, output.channels, input.channels, 1, 1);
  return { kind: 'projection', input, output, conv, norm: make.norm(`${name}.bn`, output.channels) };
}

function checkSizes(sizes: Record<string, number>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a positive integer, got ${value}`);
  }
}
