import type { CellKind } from '../space/cell.ts';
import type { BatchNormSpec, Block, BlockGraph, MixingShape, NodeBlock, ValueSpec, WeightSpec } from './block-graph.ts';
import type { Makers } from './operations.ts';

/** Sizes of a network made of cells. */
export interface SkeletonSizes {
  /** Channels of the first cell's nodes; doubled at each reduction cell. */
  readonly channels: number;
  /** Number of cells; those at floor(L/3) and floor(2L/3) are reduction cells. */
  readonly layers: number;
  /** Height and width of the pictures. */
  readonly image: number;
  /** Stem channels, as a multiple of `channels`. */
  readonly stemMultiplier: number;
  /** Channels of the pictures. */
  readonly pictureChannels: 1 | 3;
  readonly classes: number;
}

/** A cell to be filled: its position, and its two projected inputs. */
export interface CellPlace {
  readonly cell: number;
  readonly kind: CellKind;
  /** Prefix of its weights: `cells.I` */
  readonly prefix: string;
  readonly channels: number;
  readonly inputs: readonly [ValueSpec, ValueSpec];
  /** Value of a node, with the cell's own height, width and channels. */
  node(number: number): ValueSpec;
}

/** Content of a cell: its nodes in the order in which they run, and the values that its output concatenates. */
export interface CellBody {
  readonly nodes: readonly NodeBlock[];
  readonly output: readonly ValueSpec[];
}

/** Parts in which networks with this skeleton differ. */
export interface SkeletonParts {
  readonly mixing: MixingShape;
  /** Whether every batch norm has scale and shift; the stem's always does. */
  readonly affine: boolean;
  buildCell(make: Makers, place: CellPlace): CellBody;
  /** Makes a block that reads a cell's output besides the next cells; null if there is none. Called after each cell. */
  buildBeside?(make: Makers, cell: number, output: ValueSpec): Block | null;
}

/** Positions of the reduction cells: floor(L/3) and floor(2L/3). */
export function reductionCells(layers: number): Set<number> {
  return new Set([Math.floor(layers / 3), Math.floor((2 * layers) / 3)]);
}

/**
 * Builds the network that search and retraining share: a stem, cells that each read the two outputs before them, a global
 * average and a classifier.
 *
 * @throws RangeError if a size is not a positive integer, the channels are odd (a halving splits them), or the
 * reduction cells cannot halve the picture
 */
export function buildSkeleton(sizes: SkeletonSizes, parts: SkeletonParts): BlockGraph {
  const { channels, layers, image, stemMultiplier, pictureChannels, classes } = sizes;
  checkPositiveIntegers({ channels, layers, image, stemMultiplier, classes });
  if (channels % 2 !== 0) throw new RangeError(`channels must be even (a halving splits them), got ${channels}`);
  const reductions = reductionCells(layers);
  const halvings = 2 ** reductions.size;
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
  const affineNorm = (name: string, size: number): BatchNormSpec => {
    const affine = { scale: weight(`${name}.weight`, size), shift: weight(`${name}.bias`, size) };
    const spec = { name, channels: size, affine };
    norms.push(spec);
    return spec;
  };
  const plainNorm = (name: string, size: number): BatchNormSpec => {
    const spec = { name, channels: size, affine: null };
    norms.push(spec);
    return spec;
  };
  const make: Makers = { weight, norm: parts.affine ? affineNorm : plainNorm };

  const input: ValueSpec = { name: 'image', height: image, width: image, channels: pictureChannels };
  const stem = { ...input, name: 'stem', channels: stemMultiplier * channels };
  const stemConv = weight('stem.conv.weight', stem.channels, pictureChannels, 3, 3);
  blocks.push({ kind: 'stem', input, output: stem, conv: stemConv, norm: affineNorm('stem.bn', stem.channels) });

  let beforePrevious = stem;
  let previous = stem;
  let size = channels;
  for (let cell = 0; cell < layers; cell++) {
    const reduces = reductions.has(cell);
    if (reduces) size *= 2;
    const prefix = `cells.${cell}`;
    const spatial = reduces ? Math.ceil(previous.height / 2) : previous.height;
    const state = (node: number, value: ValueSpec): ValueSpec => ({
      ...value,
      name: `${prefix}.states.${node}`,
      channels: size,
    });

    // After a reduction cell, input 0 is twice as large as input 1: halve it.
    const halves = reductions.has(cell - 1);
    const inputs = [state(0, previous), state(1, previous)] as const;
    blocks.push((halves ? halving : projection)(make, `${prefix}.preprocess0`, beforePrevious, inputs[0]));
    blocks.push(projection(make, `${prefix}.preprocess1`, previous, inputs[1]));
    const body = parts.buildCell(make, {
      cell,
      kind: reduces ? 'reduce' : 'normal',
      prefix,
      channels: size,
      inputs,
      node: (number) => ({ ...state(number, previous), height: spatial, width: spatial }),
    });
    const output = { name: prefix, height: spatial, width: spatial, channels: body.output.length * size };
    blocks.push(...body.nodes, { kind: 'concat', inputs: body.output, output });
    const beside = parts.buildBeside?.(make, cell, output);
    if (beside) blocks.push(beside);
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
  return { image, pictureChannels, classes, mixing: parts.mixing, blocks, weights, norms };
}

/** @throws RangeError if a size is not a positive integer */
export function checkPositiveIntegers(sizes: Record<string, number>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a positive integer, got ${value}`);
  }
}

function projection(make: Makers, name: string, input: ValueSpec, output: ValueSpec): Block {
  const conv = make.weight(`${name}.conv.weight`, output.channels, input.channels, 1, 1);
  return { kind: 'projection', input, output, conv, norm: make.norm(`${name}.bn`, output.channels) };
}

function halving(make: Makers, name: string, input: ValueSpec, output: ValueSpec): Block {
  const operation = {
    kind: 'halving' as const,
    convA: make.weight(`${name}.conv_a.weight`, output.channels / 2, input.channels, 1, 1),
    convB: make.weight(`${name}.conv_b.weight`, output.channels / 2, input.channels, 1, 1),
    norm: make.norm(`${name}.bn`, output.channels),
  };
  return { kind: 'halving', input, output, operation };
}
