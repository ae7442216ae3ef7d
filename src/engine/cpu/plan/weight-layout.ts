import type {
  AuxiliaryHeadBlock,
  BatchNormSpec,
  Block,
  BlockGraph,
  ClassifierBlock,
  ConvUnit,
  HalvingOperation,
  ValueSpec,
  WeightSpec,
} from '../../../network/block-graph.ts';
import { weightSize } from '../../../network/count.ts';
import { mixedPart } from '../../../network/partial-channels.ts';
import { LINE_FLOATS, MemoryMap, padChannels, STEM_CHANNELS } from './memory-map.ts';

/** Places of a weight: of the copy that the forward pass reads, and of that for the gradient at the input. */
export interface WeightPlace {
  readonly forward: number;
  /** null if no gradient goes through it. */
  readonly backward: number | null;
  /** Floats at `forward`; its gradient has as many. */
  readonly size: number;
}

/**
 * Places of all weights and of each of their entries. The kernels want filters channels last, padded to whole vectors,
 * and a second copy turned or transposed for the way back.
 */
export interface WeightLayout {
  /** @throws RangeError if the graph has no weight of that name */
  place(name: string): WeightPlace;
  /** Line after the last weight: forward copies lie below `backwardStart`, backward copies from there on. */
  readonly backwardStart: number;
  readonly end: number;
  /** Float in memory of the forward copy of each entry, in the flat order of `graph.weights`. */
  readonly forward: Int32Array;
  /** The same for the backward copy; -1 if there is none. */
  readonly backward: Int32Array;
}

/** Float of an entry within its array. */
type Locate = (out: number, within: number, row: number, column: number) => number;

/** A weight's part of an array, and the floats of its entries in both copies. */
interface Part {
  readonly spec: WeightSpec;
  readonly forward: Locate;
  readonly backward: Locate | null;
}

/** An array of weights: those of one convolution or norm; the two convolutions of a halving share one. */
interface Group {
  readonly size: number;
  readonly parts: readonly Part[];
}

export function layOutWeights(graph: BlockGraph, channelsOf: (value: ValueSpec) => readonly number[]): WeightLayout {
  const groups = graph.blocks.flatMap((block): readonly Group[] => groupsOf(block, channelsOf));
  const forwardMap = new MemoryMap();
  const forwardPlaced = groups.map((group) => ({ ...group, place: forwardMap.floats(group.size) }));
  const backwardMap = new MemoryMap(forwardMap.lines);
  const placed = forwardPlaced.map((group) => {
    return { ...group, backwardPlace: group.parts[0]?.backward ? backwardMap.floats(group.size) : null };
  });

  const starts = new Map<string, number>();
  let total = 0;
  for (const spec of graph.weights) {
    starts.set(spec.name, total);
    total += weightSize(spec);
  }
  const places = new Map<string, WeightPlace>();
  const forward = new Int32Array(total).fill(-1);
  const backward = new Int32Array(total).fill(-1);
  for (const { size, parts, place, backwardPlace } of placed) {
    for (const part of parts) {
      places.set(part.spec.name, { forward: place, backward: backwardPlace, size });
      const start = find(starts, part.spec.name);
      locate(forward, start, place, part.spec, part.forward);
      if (backwardPlace !== null && part.backward) locate(backward, start, backwardPlace, part.spec, part.backward);
    }
  }
  return {
    place: (name) => find(places, name),
    backwardStart: forwardMap.lines,
    end: backwardMap.lines,
    forward,
    backward,
  };
}

/** Fills in the floats of a weight's entries, from `start` on in the flat order. */
function locate(floats: Int32Array, start: number, place: number, { shape }: WeightSpec, within: Locate): void {
  const [out = 1, inputs = 1, height = 1, width = 1] = shape;
  let entry = start;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          floats[entry++] = place * LINE_FLOATS + within(o, i, row, column);
        }
      }
    }
  }
}

function find<Value>(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new RangeError(`the graph has no weight ${name}`);
  return value;
}

function groupsOf(block: Block, channelsOf: (value: ValueSpec) => readonly number[]): Group[] {
  switch (block.kind) {
    case 'stem': {
      const channels = padChannels(block.output.channels);
      const forward: Locate = (o, i, row, column) => ((row * 3 + column) * STEM_CHANNELS + i) * channels + o;
      const conv = { size: 28 * channels, parts: [{ spec: block.conv, forward, backward: null }] };
      return [conv, ...normGroups(block.norm)];
    }
    case 'projection': {
      const inputs = inputRows(channelsOf(block.input), block.input.channels);
      const conv = pointGroup([block.conv], [inputs.rows], inputs.total, block.output.channels);
      return [conv, ...normGroups(block.norm)];
    }
    case 'halving':
      return halvingGroups(block.operation, channelsOf(block.input), block.input.channels, block.output.channels);
    case 'node':
      return block.edges.flatMap((edge) =>
        edge.operations.flatMap((operation) => {
          const input = mixedPart(edge.input, block);
          const { channels } = mixedPart(block.output, block);
          if (operation.kind === 'conv') return operation.units.flatMap((unit) => unitGroups(unit, channels));
          if (operation.kind !== 'halving') return [];
          return halvingGroups(operation, channelsOf(input), input.channels, channels);
        }),
      );
    case 'classifier':
      return [linearGroup(block, inputRows(channelsOf(block.input), block.input.channels))];
    case 'auxiliary-head': {
      const inputs = inputRows(channelsOf(block.input), block.input.channels);
      const [squeezed, wide] = [block.squeezeNorm.channels, block.norm.channels];
      return [
        pointGroup([block.squeeze], [inputs.rows], inputs.total, squeezed),
        ...normGroups(block.squeezeNorm),
        windowGroup(block.conv),
        ...normGroups(block.norm),
        linearGroup(block, inputRows([wide], wide)),
      ];
    }
    default:
      return [];
  }
}

interface InputRows {
  readonly rows: readonly number[];
  readonly total: number;
}

/** Row of every input channel: the inputs stand side by side, each padded. */
function inputRows(padded: readonly number[], channels: number): InputRows {
  const each = channels / padded.length;
  let start = 0;
  const rows = padded.flatMap((size) => {
    const first = start;
    start += size;
    return Array.from({ length: each }, (_, i) => first + i);
  });
  return { rows, total: start };
}

function pointGroup(
  specs: readonly WeightSpec[],
  rows: readonly (readonly number[])[],
  from: number,
  outChannels: number,
) {
  const channels = padChannels(outChannels);
  const parts = specs.map((spec, part): Part => {
    const column = (o: number): number => o + (part * outChannels) / specs.length;
    const row = (i: number): number => rows[part]?.[i] as number;
    return {
      spec,
      forward: (o, i) => row(i) * channels + column(o),
      backward: (o, i) => column(o) * from + row(i),
    };
  });
  return { size: from * channels, parts };
}

/** Both convolutions of a halving as one: its input is the even positions beside the odd ones. */
function halvingGroups(
  { convA, convB, norm }: HalvingOperation,
  padded: readonly number[],
  channels: number,
  outChannels: number,
) {
  const { rows, total } = inputRows(padded, channels);
  const conv = pointGroup([convA, convB], [rows, rows.map((row) => row + total)], 2 * total, outChannels);
  return [conv, ...normGroups(norm)];
}

/** A convolution over the whole height and width: pointwise on one pixel, whose channels are all of the window's. */
function windowGroup(spec: WeightSpec) {
  const [out = 0, within = 0, height = 0, width = 0] = spec.shape;
  const from = height * width * within;
  const channel = (i: number, row: number, column: number): number => (row * width + column) * within + i;
  const part: Part = {
    spec,
    forward: (o, i, row, column) => channel(i, row, column) * out + o,
    backward: (o, i, row, column) => o * from + channel(i, row, column),
  };
  return { size: from * out, parts: [part] };
}

/** The bias is the row after the last feature, so that the gradients of both are one array. */
function linearGroup({ weight, bias }: ClassifierBlock | AuxiliaryHeadBlock, { rows, total }: InputRows) {
  const classes = padChannels(weight.shape[0] as number);
  const parts: readonly Part[] = [
    { spec: weight, forward: (o, i) => (rows[i] as number) * classes + o, backward: null },
    { spec: bias, forward: (o) => total * classes + o, backward: null },
  ];
  return { size: (total + 1) * classes, parts };
}

function unitGroups({ depthwise, pointwise, kernel, norm }: ConvUnit, channels: number) {
  const padded = padChannels(channels);
  const taps = kernel * kernel;
  const depthwisePart: Part = {
    spec: depthwise,
    forward: (o, _, row, column) => (row * kernel + column) * padded + o,
    backward: (o, _, row, column) => (taps - 1 - (row * kernel + column)) * padded + o,
  };
  const pointwisePart: Part = {
    spec: pointwise,
    forward: (o, i) => i * padded + o,
    backward: (o, i) => o * padded + i,
  };
  // Pointwise first, as their gradients stand in one array.
  return [
    { size: padded * padded, parts: [pointwisePart] },
    { size: taps * padded, parts: [depthwisePart] },
    ...normGroups(norm),
  ];
}

function normGroups({ affine, channels }: BatchNormSpec) {
  if (!affine) return [];
  return [affine.scale, affine.shift].map((spec) => ({
    size: padChannels(channels),
    parts: [{ spec, forward: (o: number) => o, backward: null }],
  }));
}
