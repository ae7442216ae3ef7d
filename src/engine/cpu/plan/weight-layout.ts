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
import { LINE_FLOATS, MemoryMap, padChannels } from './memory-map.ts';

/** Where a weight lies for the kernels: as the forward pass reads it, and as the gradient of its input does. */
export interface WeightPlace {
  readonly forward: number;
  /** -1 where no gradient goes through it. */
  readonly backward: number;
  /** Floats at `forward`; its gradient has as many. */
  readonly size: number;
}

/**
 * Where every weight lies, and where each of its entries goes: the kernels want filters channels last, padded to whole
 * vectors, and a second copy turned or transposed for the way back.
 */
export interface WeightLayout {
  readonly places: ReadonlyMap<string, WeightPlace>;
  /** Line after the last weight: forward copies lie below `backwardStart`, backward copies from there on. */
  readonly backwardStart: number;
  readonly end: number;
  /** Of each entry in the flat order of `graph.weights`: float in the memory of its forward copy. */
  readonly forward: Int32Array;
  /** Likewise for the backward copy, -1 where there is none. */
  readonly backward: Int32Array;
}

type Locate = (out: number, within: number, row: number, column: number) => number;

/** One placed array: who shares it (a halving's two convolutions do), and where entries go in both copies. */
interface Part {
  readonly spec: WeightSpec;
  readonly forward: Locate;
  readonly backward: Locate | null;
}

export function layOutWeights(graph: BlockGraph, channelsOf: (value: ValueSpec) => readonly number[]): WeightLayout {
  const groups: { readonly size: number; readonly parts: readonly Part[] }[] = [];
  for (const block of graph.blocks) groups.push(...groupsOf(block, channelsOf));

  const forwardMap = new MemoryMap();
  const forwardPlaces = groups.map(({ size }) => forwardMap.floats(size));
  const backwardMap = new MemoryMap(forwardMap.lines);
  const backwardPlaces = groups.map(({ size, parts }) => (parts[0]?.backward ? backwardMap.floats(size) : -1));

  const starts = new Map<string, number>();
  let total = 0;
  for (const spec of graph.weights) {
    starts.set(spec.name, total);
    total += weightSize(spec);
  }
  const places = new Map<string, WeightPlace>();
  const forward = new Int32Array(total).fill(-1);
  const backward = new Int32Array(total).fill(-1);
  for (const [g, { size, parts }] of groups.entries()) {
    const place = { forward: forwardPlaces[g] as number, backward: backwardPlaces[g] as number, size };
    for (const part of parts) {
      places.set(part.spec.name, place);
      const [out = 1, within = 1, height = 1, width = 1] = part.spec.shape;
      let entry = starts.get(part.spec.name) as number;
      for (let o = 0; o < out; o++) {
        for (let i = 0; i < within; i++) {
          for (let row = 0; row < height; row++) {
            for (let column = 0; column < width; column++, entry++) {
              forward[entry] = place.forward * LINE_FLOATS + part.forward(o, i, row, column);
              if (part.backward) backward[entry] = place.backward * LINE_FLOATS + part.backward(o, i, row, column);
            }
          }
        }
      }
    }
  }
  return { places, backwardStart: forwardMap.lines, end: backwardMap.lines, forward, backward };
}

function groupsOf(block: Block, channelsOf: (value: ValueSpec) => readonly number[]) {
  switch (block.kind) {
    case 'stem': {
      const channels = padChannels(block.output.channels);
      const forward: Locate = (o, i, row, column) => ((row * 3 + column) * 3 + i) * channels + o;
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
          const { channels } = block.output;
          if (operation.kind === 'conv') return operation.units.flatMap((unit) => unitGroups(unit, channels));
          if (operation.kind !== 'halving') return [];
          return halvingGroups(operation, channelsOf(edge.input), edge.input.channels, channels);
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

/** Row of every input channel where the inputs stand side by side, each padded. */
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

/** A convolution over all there is of height and width: pointwise on one pixel, whose channels are all of the window's. */
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
