import type { CellKind } from '../space/cell.ts';

export type { CellKind };

/**
 * A network as plain data, which engines walk: blocks in the order in which they run; each reads named values of earlier
 * blocks. Weights have the names and shapes of PyTorch (`[out, in / groups, h, w]` for convolutions, `[out, in]` for the
 * classifier), and are saved like that.
 */
export interface BlockGraph {
  /** Height and width of the input pictures. */
  readonly image: number;
  /** Channels of the input pictures: 1 is gray, 3 are red, green and blue. */
  readonly pictureChannels: 1 | 3;
  readonly classes: number;
  readonly mixing: MixingShape;
  readonly blocks: readonly Block[];
  /** Every weight, in the order in which they are saved. */
  readonly weights: readonly WeightSpec[];
  /** Every batch norm; each has running statistics. */
  readonly norms: readonly BatchNormSpec[];
}

/** The matrix of mixing weights that all cells of a kind share: `[edges, columns]`, row-major. */
export interface MixingShape {
  /** Rows; 0 in a retrained network. */
  readonly edges: number;
  /** Columns of every row: as many as the widest edge has operations. */
  readonly columns: number;
  /** Whether a mini-batch may multiply what each edge adds, picture by picture: `MiniBatch.drops`. */
  readonly edgeDrops: boolean;
}

/** A tensor of weights: its name in a saved network, and its shape in PyTorch's layout. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A value between blocks: one picture's activations, channels last. */
export interface ValueSpec {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A batch norm. `name` prefixes its running statistics; it is affine if it has scale and shift. */
export interface BatchNormSpec {
  readonly name: string;
  readonly channels: number;
  readonly affine: { readonly scale: WeightSpec; readonly shift: WeightSpec } | null;
}

/** Constants of every batch norm here (PyTorch's defaults). */
export const BATCH_NORM = { epsilon: 1e-5, momentum: 0.1 } as const;

export type Block =
  | StemBlock
  | ProjectionBlock
  | HalvingBlock
  | NodeBlock
  | ConcatBlock
  | GlobalAveragePoolBlock
  | ClassifierBlock
  | AuxiliaryHeadBlock;

interface BlockBase {
  /** The value that the block makes; its name is unique in the graph. */
  readonly output: ValueSpec;
}

/** Convolution 3x3, padding 1, then a batch norm. Reads the value `image`. */
export interface StemBlock extends BlockBase {
  readonly kind: 'stem';
  readonly input: ValueSpec;
  readonly conv: WeightSpec;
  readonly norm: BatchNormSpec;
}

/** ReLU, convolution 1x1, batch norm. */
export interface ProjectionBlock extends BlockBase {
  readonly kind: 'projection';
  readonly input: ValueSpec;
  readonly conv: WeightSpec;
  readonly norm: BatchNormSpec;
}

/** Halving of a value's height and width, as a block of its own (before a cell). */
export interface HalvingBlock extends BlockBase {
  readonly kind: 'halving';
  readonly input: ValueSpec;
  readonly operation: HalvingOperation;
}

/** Which channels of an edge partial channels mix: the first ones, or random ones, which come with the mini-batch. */
export const CHANNEL_CHOICES = ['first', 'random'] as const;
export type ChannelChoice = (typeof CHANNEL_CHOICES)[number];

/** An intermediate node of a cell: the sum of its mixed edges; with the first channels mixed their shuffled sum. */
export interface NodeBlock extends BlockBase {
  readonly kind: 'node';
  /**
   * K of PC-DARTS (Xu et al. 2020): the edges' operations read and make the first c = C / K of C channels, and the others pass
   * by them. Of both side by side, channel g c + j of the sum becomes the node's channel j K + g. With 1 none pass by.
   */
  readonly partialChannels: number;
  /**
   * `random`: each edge mixes c channels of its own choice (`MiniBatch.channels`). These and the others keep their places: nothing
   * is shuffled. Only if K is above 1.
   */
  readonly channelChoice: ChannelChoice;
  /** Position of the cell in the network. */
  readonly cell: number;
  readonly cellKind: CellKind;
  readonly edges: readonly MixedEdge[];
}

/** The values side by side along the channels. */
export interface ConcatBlock extends BlockBase {
  readonly kind: 'concat';
  readonly inputs: readonly ValueSpec[];
}

/** Mean over height and width. */
export interface GlobalAveragePoolBlock extends BlockBase {
  readonly kind: 'global-average-pool';
  readonly input: ValueSpec;
}

/** Linear layer with bias; its output holds the logits. */
export interface ClassifierBlock extends BlockBase {
  readonly kind: 'classifier';
  readonly input: ValueSpec;
  readonly weight: WeightSpec;
  readonly bias: WeightSpec;
}

/**
 * A second classifier in the middle of the network, in training only: ReLU; average pool 5x5 with stride 3; convolution 1x1, batch norm,
 * ReLU; convolution over the remaining height and width (2x2), batch norm, ReLU; linear layer with bias. Its output
 * holds logits.
 */
export interface AuxiliaryHeadBlock extends BlockBase {
  readonly kind: 'auxiliary-head';
  /** 8x8 */
  readonly input: ValueSpec;
  /** `[128, channels, 1, 1]` */
  readonly squeeze: WeightSpec;
  readonly squeezeNorm: BatchNormSpec;
  /** `[768, 128, 2, 2]` */
  readonly conv: WeightSpec;
  readonly norm: BatchNormSpec;
  readonly weight: WeightSpec;
  readonly bias: WeightSpec;
}

/**
 * An edge of a cell: the sum over its operations of mixing weight times operation (eq. 8 and 9 of the paper). In a
 * discrete cell the operations are not weighted.
 */
export interface MixedEdge {
  /** Row of the cell's mixing weights; null in a discrete cell. */
  readonly edge: number | null;
  readonly input: ValueSpec;
  readonly stride: 1 | 2;
  /**
   * One operation for each column; `none` where the edge has fewer. With partial channels the last one is the bypass. In a
   * discrete cell, the one that is kept.
   */
  readonly operations: readonly Operation[];
}

export type Operation =
  | NoneOperation
  | NoiseOperation
  | PoolOperation
  | IdentityOperation
  | HalvingOperation
  | ConvOperation
  | BypassOperation;

/** The operation `none`: zeros, whatever its mixing weight is. */
export interface NoneOperation {
  readonly kind: 'none';
}

/** The operation `noise`: values that come with the mini-batch, of the shape of other operations' outputs. Its input is not read. */
export interface NoiseOperation {
  readonly kind: 'noise';
}

/** Pool 3x3 with padding 1, which never wins and does not count in an average; then its batch norm, if it has one. */
export interface PoolOperation {
  readonly kind: 'max-pool' | 'average-pool';
  readonly stride: 1 | 2;
  readonly norm: BatchNormSpec | null;
}

/** The identity: the input as it is. */
export interface IdentityOperation {
  readonly kind: 'identity';
}

/**
 * A halving of height and width: r = ReLU(x); `convA`(r) beside `convB`(r without its first row and column), both 1x1
 * with stride 2 to half the channels; then one batch norm over both.
 */
export interface HalvingOperation {
  readonly kind: 'halving';
  readonly convA: WeightSpec;
  readonly convB: WeightSpec;
  readonly norm: BatchNormSpec;
}

/** One unit (dilated convolution) or two in a row (separable convolution). */
export interface ConvOperation {
  readonly kind: 'conv';
  readonly units: readonly ConvUnit[];
}

/** The channels that the other operations of an edge do not read; at stride 2 their max pool 2x2 with stride 2. */
export interface BypassOperation {
  readonly kind: 'bypass';
  readonly stride: 1 | 2;
}

/** ReLU, depthwise k x k (padding keeps the size at stride 1), pointwise 1x1, batch norm. */
export interface ConvUnit {
  readonly kernel: 3 | 5;
  readonly stride: 1 | 2;
  readonly dilation: 1 | 2;
  /** `[channels, 1, kernel, kernel]` */
  readonly depthwise: WeightSpec;
  /** `[channels, channels, 1, 1]` */
  readonly pointwise: WeightSpec;
  readonly norm: BatchNormSpec;
}
