import { Random } from '../math/random.ts';
import type {
  BatchNormSpec,
  BlockGraph,
  ConvUnit,
  HalvingOperation,
  Operation,
  WeightSpec,
} from '../network/block-graph.ts';
import { weightSize } from '../network/count.ts';
import type { NetworkState } from './engine.ts';

/** For each new channel, the old one that it copies. The first are the old ones. */
type Copies = readonly number[];

/**
 * Widens the operations of a supernet (DrNAS, Chen et al. 2021; `net2wider.py` of its repository). New channels of a layer are
 * copies of random old ones, with their velocity and running statistics, and nothing is rescaled: batch norms take up
 * most of the change. All else keeps its values.
 *
 * - A depthwise convolution gets copies of its filters, and the pointwise one after it reads the same copies.
 * - Output channels of a pointwise convolution are drawn anew, and its batch norm's with them.
 * - A halving's convolutions read random channels each, and draw their output channels; those of a pool's batch norm are drawn.
 *
 * @param from the supernet that the state is of
 * @param to the same supernet with wider operations
 * @param seed seed of the choice of channels
 * @throws RangeError if the graphs differ in more than widths, or a width falls
 */
export function widenNetwork(from: BlockGraph, to: BlockGraph, state: NetworkState, seed: number): NetworkState {
  const copies = copiesOf(from, to, seed);
  const old = new Map(from.weights.map((weight) => [weight.name, weight]));
  const widen = (tensors: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, values]) => {
        const [weight, chosen] = [old.get(name), copies.weights.get(name)];
        return [name, weight === undefined || chosen === undefined ? values.slice() : gather(values, weight, chosen)];
      }),
    );
  const statistics = Object.entries(state.statistics).map(([name, values]) => {
    const chosen = copies.norms.get(name.slice(0, name.lastIndexOf('.')));
    return [name, chosen === undefined ? values.slice() : Float32Array.from(chosen, (i) => values[i] as number)];
  });
  const widened = {
    weights: widen(state.weights),
    velocity: widen(state.velocity),
    statistics: Object.fromEntries(statistics),
  };
  checkFits(to, widened);
  return widened;
}

/** Copies of the output and input channels of each weight that is widened, and of the channels of each batch norm. */
interface AllCopies {
  readonly weights: Map<string, { readonly out: Copies; readonly in: Copies }>;
  readonly norms: Map<string, Copies>;
}

function copiesOf(from: BlockGraph, to: BlockGraph, seed: number): AllCopies {
  const all: AllCopies = { weights: new Map(), norms: new Map() };
  const before = operationsOf(from);
  const after = operationsOf(to);
  if (before.length !== after.length) {
    throw new RangeError(`a supernet of ${before.length} operations cannot be widened to one of ${after.length}`);
  }
  for (const [i, operation] of before.entries()) addOperation(all, operation, after[i] as Operation, seed);
  return all;
}

/** All operations of all edges, in order, but for bypasses, which have no weights. */
function operationsOf({ blocks }: BlockGraph): Operation[] {
  return blocks
    .flatMap((block) => (block.kind === 'node' ? block.edges.flatMap(({ operations }) => operations) : []))
    .filter(({ kind }) => kind !== 'bypass');
}

function addOperation(all: AllCopies, from: Operation, to: Operation, seed: number): void {
  if (from.kind === 'conv' && to.kind === 'conv') {
    for (const [i, unit] of from.units.entries()) addUnit(all, unit, to.units[i] as ConvUnit, seed);
  } else if (from.kind === 'halving' && to.kind === 'halving') addHalving(all, from, to, seed);
  else if ((from.kind === 'max-pool' || from.kind === 'average-pool') && to.kind === from.kind) {
    if (from.norm !== null && to.norm !== null) all.norms.set(from.norm.name, drawForNorm(from.norm, to.norm, seed));
  } else if (from.kind !== to.kind) throw new RangeError(`${from.kind} cannot be widened to ${to.kind}`);
}

function addUnit(all: AllCopies, from: ConvUnit, to: ConvUnit, seed: number): void {
  const middle = drawOutputs(from.depthwise, to.depthwise, seed);
  const out = drawOutputs(from.pointwise, to.pointwise, seed);
  all.weights.set(from.depthwise.name, { out: middle, in: [0] });
  all.weights.set(from.pointwise.name, { out, in: middle });
  all.norms.set(from.norm.name, out);
}

function addHalving(all: AllCopies, from: HalvingOperation, to: HalvingOperation, seed: number): void {
  const halves = [
    [from.convA, to.convA],
    [from.convB, to.convB],
  ] as const;
  // The outputs of both stand side by side, and so do the channels of their batch norm.
  const ofNorm = halves.flatMap(([before, after], half) => {
    const out = drawOutputs(before, after, seed);
    all.weights.set(before.name, { out, in: drawInputs(before, after, seed) });
    return out.map((channel) => channel + half * (before.shape[0] as number));
  });
  all.norms.set(from.norm.name, ofNorm);
}

function drawForNorm(from: BatchNormSpec, to: BatchNormSpec, seed: number): Copies {
  return drawCopies(from.channels, to.channels, Random.fromSeed(seed, 'widening', from.name));
}

function drawOutputs(from: WeightSpec, to: WeightSpec, seed: number): Copies {
  return drawCopies(
    from.shape[0] as number,
    to.shape[0] as number,
    Random.fromSeed(seed, 'widening', from.name, 'out'),
  );
}

function drawInputs(from: WeightSpec, to: WeightSpec, seed: number): Copies {
  return drawCopies(from.shape[1] as number, to.shape[1] as number, Random.fromSeed(seed, 'widening', from.name, 'in'));
}

function drawCopies(from: number, to: number, random: Random): Copies {
  if (to < from) throw new RangeError(`${from} channels cannot be widened to ${to}`);
  return Array.from({ length: to }, (_, channel) => (channel < from ? channel : random.integer(from)));
}

/** Gathers a weight from the channels that it copies. */
function gather(
  values: Float32Array,
  { shape }: WeightSpec,
  copies: { readonly out: Copies; readonly in: Copies },
): Float32Array {
  const [, inputs = 1, height = 1, width = 1] = shape;
  const kernel = height * width;
  const result = new Float32Array(copies.out.length * copies.in.length * kernel);
  let place = 0;
  for (const out of copies.out) {
    for (const input of copies.in) {
      const start = (out * inputs + input) * kernel;
      result.set(values.subarray(start, start + kernel), place);
      place += kernel;
    }
  }
  return result;
}

/** @throws RangeError if a tensor of the wider supernet has another length */
function checkFits({ weights }: BlockGraph, state: NetworkState): void {
  for (const weight of weights) {
    const length = state.weights[weight.name]?.length ?? 0;
    if (length === weightSize(weight)) continue;
    throw new RangeError(`${weight.name} must have ${weightSize(weight)} entries after widening, got ${length}`);
  }
}
