import type { NodeBlock, ValueSpec } from '../../../network/block-graph.ts';
import { type Network, partChannels } from './cells.ts';
import type { KeptKinks } from './kept-kinks.ts';
import type { OperationFields, OperationWriter } from './operations.ts';
import { edgeParts, nodeParts } from './partial-values.ts';
import {
  type Normed,
  type PlannedCell,
  type PlannedConv,
  type PlannedState,
  type PlannedUnit,
  readingsOf,
  type Term,
} from './place-cells.ts';
import { MAX_REACH, type PlanMemory, type ScratchPlaces } from './plan-memory.ts';
import { writeCopy, writeInPlace, writeShuffle } from './plan-partial.ts';
import type { ScheduleWriter } from './schedule.ts';

/** A pointwise convolution. */
export interface PlannedPoint {
  readonly input: ValueSpec;
  /** Name of the weight; of the first one if there are two. */
  readonly weight: string;
  /** Whether it is the pair of a halving, each at stride 2. */
  readonly halves: boolean;
  readonly normed: Normed;
  /** Line of the mixing weight that it is made for; null if it is for more. */
  readonly mixing: number | null;
}

/** Plans the forward pass of cells: the same schedule for training and, without the norms' sums, for evaluation. */
export class ForwardPlanner {
  readonly #network: Network;
  readonly #memory: PlanMemory;
  readonly #scratch: ScratchPlaces;
  /** The kinks that the pass is held to; null if ReLUs and max pools go by what they read. */
  readonly kinks: KeptKinks | null;

  constructor(network: Network, memory: PlanMemory, scratch: ScratchPlaces, kinks: KeptKinks | null = null) {
    this.kinks = kinks;
    this.#network = network;
    this.#memory = memory;
    this.#scratch = scratch;
  }

  /**
   * Writes a cell. What leaves a state is added to the nodes it leads to in the phase after, while it is still in the
   * cache.
   *
   * @param training whether the norms go by the mini-batch; else by the scales and shifts that are there already
   * @param first node to begin with: what leaves the states before it is there already. @default the whole cell
   */
  write(
    schedule: ScheduleWriter,
    { cell, inputs, states, terms }: PlannedCell,
    training: boolean,
    first: number | null = null,
  ): void {
    const finish = (normed: readonly Normed[]): void => {
      if (training) this.coefficients(schedule, normed);
    };
    const start = first === null ? 0 : inputs.length + first;
    if (start === 0) {
      schedule.overPictures((write) => {
        for (const input of inputs) this.point(write, projectionOf(input));
      });
      finish(inputs.map((input) => input.normed));
    }
    const begun = new Set<string>();
    for (const [i, planned] of states.entries()) {
      if (i < start) continue;
      const before = states.slice(i === start ? 0 : i - 1, i);
      const readings = readingsOf(planned);
      schedule.overPictures((write) => {
        if (i === 0) for (const { block, normed } of inputs) this.normalize(write, block.output, normed);
        // The node that is complete now comes last, and so is in the cache when it is read.
        const rest = cell.nodes.slice(Math.max(0, i - inputs.length)).toReversed();
        for (const node of rest) this.#addTo(write, node, before, terms, begun);
        const complete = cell.nodes[i - inputs.length];
        const shuffles = cell.partialChannels > 1 && cell.channelChoice === 'first';
        if (complete && shuffles) writeShuffle(write, this.#memory, complete);
        for (const reading of readings) this.#leave(write, reading);
      });
      finish(readings.flatMap(firstNorms));
      const convs = readings.flatMap((reading) => reading.convs);
      schedule.overPictures((write) => {
        for (const conv of convs) this.#secondUnit(write, conv);
      });
      finish(convs.flatMap(({ second }) => second?.normed ?? []));
    }
  }

  /**
   * Adds what leaves some states to a node.
   *
   * @param begun names of the nodes, or parts of them, that something was added to
   */
  #addTo(
    write: OperationWriter,
    node: NodeBlock,
    states: readonly PlannedState[],
    terms: PlannedCell['terms'],
    begun: Set<string>,
  ): void {
    const termsOf = (part: ValueSpec, { state }: PlannedState): Term[] => {
      return (terms.get(part.name) ?? []).filter(({ edge }) => edge.mixed.input.name === state.name);
    };
    // State by state wherever the cell begins: another order would round differently.
    if (node.channelChoice === 'first') {
      for (const part of nodeParts(node)) {
        for (const state of states) {
          const added = termsOf(part, state);
          if (added.length === 0) continue;
          this.#mix(write, part, added, begun.has(part.name));
          begun.add(part.name);
        }
      }
      return;
    }
    for (const state of states) {
      for (const edge of node.edges.filter(({ input }) => input.name === state.state.name)) {
        for (const part of edgeParts(edge, node)) this.#mix(write, part, termsOf(part, state), false);
        writeInPlace(write, this.#memory, node, edge, begun.has(node.output.name));
        begun.add(node.output.name);
      }
    }
  }

  /** Writes a pointwise convolution and the sums of its result. */
  point(write: OperationWriter, point: PlannedPoint): void {
    const back = { g: null, drops: null, abc: null, gradients: null, wanted: false };
    write('point', this.pointFields(point, back));
  }

  /** Fields of a pointwise convolution, for either way. */
  pointFields(
    { input, weight, halves, normed: { z, sums, channels }, mixing }: PlannedPoint,
    back: Pick<OperationFields<'point'>, 'g' | 'drops' | 'abc' | 'gradients' | 'wanted'>,
  ): OperationFields<'point'> {
    const parts = this.#network.parts(input).map((part) => {
      return { ...this.#memory.tensor(part), kept: this.kinks?.state(part) ?? null };
    });
    const phases = halves ? [0, 1] : [0];
    const stride = halves ? 2 : 1;
    return {
      ...back,
      height: input.height / stride,
      width: input.width / stride,
      from: phases.length * partChannels(this.#network, input).reduce((sum, size) => sum + size, 0),
      channels,
      weights: this.#memory.weight(weight).forward,
      transposed: this.#memory.backwardWeight(weight),
      z,
      sums,
      row: this.#scratch.row,
      mixing,
      inputs: phases.flatMap((phase) => {
        return parts.map(({ x, g, channels: own, kept }) => ({ x, g, channels: own, stride, phase, kept }));
      }),
    };
  }

  /** Writes mean, variance, scale and shift of every norm, from the sums of the pictures. */
  coefficients(schedule: ScheduleWriter, normed: readonly Normed[]): void {
    const { pictures } = this.#memory.chunks;
    schedule.overOperations((write) => {
      for (const { sums, norm, pixels, channels } of normed) {
        const places = this.#memory.norm(norm);
        write('coefficients', { ...places, ...this.#memory.affine(norm), sums, pictures, pixels, channels });
      }
    });
  }

  /** Writes a value out, from what its batch norm is of. */
  normalize(write: OperationWriter, state: ValueSpec, { z, norm, pixels, channels }: Normed): void {
    const { scale, shift } = this.#memory.norm(norm);
    write('normalize', { z, scale, shift, x: this.#memory.tensor(state).x, pixels, channels });
  }

  /** Writes the rectified, padded copy of a state. */
  fill(write: OperationWriter, state: ValueSpec): void {
    const { x, height, width, channels } = this.#memory.tensor(state);
    const plain = { normalize: false, scale: null, shift: null, mixing: null, kept: this.kinks?.state(state) ?? null };
    write('fill', { x, to: this.#scratch.padded, height, width, channels, pad: MAX_REACH, ...plain });
  }

  /** Writes the rectified, padded copy of what the first unit of a separable convolution made. */
  fillBetween(
    write: OperationWriter,
    { first, term: { mixing } }: PlannedConv,
    second: PlannedUnit,
    { height, width }: Size,
  ): void {
    const { z, channels, norm } = first.normed;
    const { scale, shift } = this.#memory.norm(norm);
    const pad = reachOf(second);
    const { padded: to } = this.#scratch;
    const kept = this.kinks?.norm(first.normed) ?? null;
    write('fill', { x: z, to, height, width, channels, pad, normalize: true, scale, shift, mixing, kept });
  }

  #mix(write: OperationWriter, state: ValueSpec, terms: readonly Term[], add: boolean): void {
    const { x, height, width, channels } = this.#memory.tensor(state);
    if (terms.length === 0) {
      write('zero', { to: x, floats: height * width * channels });
      return;
    }
    const fields = terms.map(({ z, mixing, drops, normed }) => {
      const norm = normed && this.#memory.norm(normed.norm);
      return { z, mixing, drops, scale: norm?.scale ?? null, shift: norm?.shift ?? null };
    });
    write('mix', { node: x, pixels: height * width, channels, row: this.#scratch.row, add, terms: fields });
  }

  /** Writes all first units, pools and halvings of the edges that leave a state. */
  #leave(write: OperationWriter, reading: PlannedState): void {
    const { state, read, convs, pools, halvings } = reading;
    if (read !== state) writeCopy(write, this.#memory, reading);
    if (convs.length > 0) this.fill(write, read);
    const { height, width } = state;
    for (const conv of convs) this.#unit(write, conv.first, conv, MAX_REACH, { height, width });
    for (const pool of pools) {
      const { operation, input, made, normed } = pool;
      const { kind, stride } = operation;
      const { x, channels } = this.#memory.tensor(input);
      const [held, winner] = [this.kinks !== null, this.kinks?.winner(pool) ?? pool.winner];
      const fields = { x, height, width, channels, stride, z: made.z, winner, held, sums: normed?.sums ?? null };
      write(kind === 'bypass' ? 'bypassPool' : 'pool', { ...fields, average: kind === 'average-pool' });
    }
    for (const { input, operation, normed, term } of halvings) {
      this.point(write, { input, weight: operation.convA.name, halves: true, normed, mixing: term.mixing });
    }
  }

  #secondUnit(write: OperationWriter, conv: PlannedConv): void {
    const { edge, second } = conv;
    if (second === null) return;
    const size = { height: edge.input.height / edge.stride, width: edge.input.width / edge.stride };
    this.fillBetween(write, conv, second, size);
    this.#unit(write, second, conv, reachOf(second), size);
  }

  /** @param conv the convolution that the unit belongs to */
  #unit(
    write: OperationWriter,
    { unit, normed }: PlannedUnit,
    { term: { mixing } }: PlannedConv,
    pad: number,
    { height, width }: Size,
  ): void {
    const { kernel, dilation, stride, depthwise, pointwise } = unit;
    const { z, sums, channels } = normed;
    write('unit', {
      ...{ x: this.#scratch.padded, pad, height, width, channels, kernel, dilation, stride },
      depthwise: this.#memory.weight(depthwise.name).forward,
      pointwise: this.#memory.weight(pointwise.name).forward,
      ...{ z, sums, row: this.#scratch.row, mixing },
    });
  }
}

/** Height and width of a picture. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** The projection of a cell's input. */
export function projectionOf({ block, normed }: PlannedCell['inputs'][number]): PlannedPoint {
  const halves = block.kind === 'halving';
  const weight = halves ? block.operation.convA.name : block.conv.name;
  return { input: block.input, weight, halves, normed, mixing: null };
}

/** Pixels that a second unit's filter reaches beyond its own: it has no dilation. */
export function reachOf({ unit }: PlannedUnit): number {
  return (unit.kernel - 1) / 2;
}

/** Norms that a state's first phase ends with; every edge of a pool has its own. */
function firstNorms({ convs, pools, halvings }: PlannedState): Normed[] {
  const made = [...convs.map(({ first }) => first), ...pools, ...halvings].flatMap(({ normed }) => normed ?? []);
  return [...made, ...pools.flatMap(({ terms }) => terms.slice(1).flatMap(({ normed }) => normed ?? []))];
}
