import type { BatchNormSpec, ConvUnit, Operation, PoolOperation, ValueSpec } from '../../../network/block-graph.ts';
import { type Cell, type Network, partChannels } from './cells.ts';
import { padChannels } from './memory-map.ts';
import type { PassingPlaces } from './passing-places.ts';
import type { PlanMemory, ScratchPlaces } from './plan-memory.ts';
import { MAX_REACH } from './plan-memory.ts';
import {
  MAX_TERMS,
  type Made,
  type Normed,
  type PlannedCell,
  type PlannedConv,
  type PlannedPool,
  type PlannedState,
  type Term,
} from './planned-cell.ts';
import type { OperationWriter, ScheduleWriter } from './schedule.ts';

/** Where the caller's numbers lie, that a node's terms are multiplied by; -1: 1. */
export interface FactorPlaces {
  mixing(kind: Cell['kind'], position: number): number;
  drops(operation: Operation): number;
}

/** Plans the forward pass of cells; the schedule it writes is the same for training and, without norms' sums, after. */
export class ForwardPlanner {
  readonly #network: Network;
  readonly #memory: PlanMemory;
  readonly #scratch: ScratchPlaces;
  readonly #factors: FactorPlaces;

  constructor(network: Network, memory: PlanMemory, scratch: ScratchPlaces, factors: FactorPlaces) {
    this.#network = network;
    this.#memory = memory;
    this.#scratch = scratch;
    this.#factors = factors;
  }

  /** Places everything that a cell makes, to be kept for the backward pass. */
  place(cell: Cell): PlannedCell {
    const inputs = cell.inputs.map((block, i) => {
      const norm = block.kind === 'halving' ? block.operation.norm : block.norm;
      this.#memory.tensor(block.output, `input ${i}`);
      return { block, normed: this.#normed(block.output, norm, null) };
    });
    return this.#cell(cell, inputs, null);
  }

  /** The same cell where no backward pass follows. */
  placePassing({ cell, inputs }: PlannedCell, passing: PassingPlaces): PlannedCell {
    return this.#cell(cell, inputs, passing);
  }

  /**
   * What leaves a state is added to the nodes it leads to in the phase after, while it is still in the cache.
   *
   * @param training the norms go by the mini-batch; else by the scales and shifts that are there already
   * @returns the word from which on a schedule for training depends on the cell's mixing weights
   */
  write(schedule: ScheduleWriter, { cell, inputs, states, terms }: PlannedCell, training: boolean): number {
    const finish = (normed: readonly Normed[]): void => {
      if (training) this.coefficients(schedule, normed);
    };
    const nodes = cell.nodes.map((node) => node.output);
    schedule.overPictures((write) => {
      for (const { block, normed } of inputs) {
        const conv = block.kind === 'halving' ? block.operation.convA : block.conv;
        this.point(write, 'point', block.input, conv.name, normed, block.kind === 'halving');
      }
    });
    finish(inputs.map((input) => input.normed));

    const start = training ? schedule.mark() : 0;
    const begun = new Set<ValueSpec>();
    for (const [i, planned] of states.entries()) {
      schedule.overPictures((write) => {
        if (i === 0) for (const { block, normed } of inputs) this.normalize(write, block.output, normed);
        const before = states[i - 1]?.state;
        // The node that is complete now comes last, and so is in the cache when it is read.
        for (const node of nodes.slice(Math.max(0, i - inputs.length)).toReversed()) {
          const added = (terms.get(node.name) as Term[]).filter(({ edge }) => edge.input.name === before?.name);
          if (added.length === 0) continue;
          this.#mix(write, node, added, begun.has(node));
          begun.add(node);
        }
        this.#leave(write, planned);
      });
      finish([...firstNorms(planned), ...poolCopies(planned)]);
      schedule.overPictures((write) => {
        for (const conv of planned.convs) this.#secondUnit(write, conv);
      });
      finish(planned.convs.flatMap(({ units }) => units.slice(1).map((unit) => unit.normed)));
    }
    return start;
  }

  /** Values whose channels stand side by side in another. */
  parts(value: ValueSpec): readonly ValueSpec[] {
    return this.#network.parts(value);
  }

  /** A pointwise convolution of a value's parts, forward or backward, as `point_operation` has it. */
  point(
    write: OperationWriter,
    name: 'point' | 'pointBackward',
    input: ValueSpec,
    weight: string,
    { z, sums, channels }: Normed,
    halves: boolean,
    back: {
      readonly g: number;
      readonly drops: number;
      readonly abc: number;
      readonly gradients: number;
      readonly weigh: boolean;
    } | null = null,
  ): void {
    const parts = this.#network.parts(input).map((part) => this.#memory.tensor(part));
    const place = this.#memory.weights.places.get(weight);
    const phases = halves ? [0, 1] : [0];
    const stride = halves ? 2 : 1;
    const from = phases.length * partChannels(this.#network, input).reduce((sum, size) => sum + size, 0);
    write(
      name,
      input.height / stride,
      input.width / stride,
      from,
      channels,
      place?.forward ?? -1,
      z,
      sums,
      this.#scratch.row,
      back?.g ?? -1,
      back?.drops ?? -1,
      back?.abc ?? -1,
      place?.backward ?? -1,
      back?.gradients ?? -1,
      Number(back?.weigh ?? false),
      phases.length * parts.length,
      ...phases.flatMap((phase) => parts.flatMap(({ x, g, channels: each }) => [x, g, each, stride, phase])),
    );
  }

  /** Mean, variance, scale and shift of every norm, from the sums of the pictures. */
  coefficients(schedule: ScheduleWriter, normed: readonly Normed[]): void {
    schedule.overOperations((write) => {
      for (const { sums, norm, pixels, channels } of normed) {
        const { mean, variance, scale, shift } = this.#memory.norm(norm);
        const affine = norm.affine && {
          gamma: this.#memory.weights.places.get(norm.affine.scale.name)?.forward,
          beta: this.#memory.weights.places.get(norm.affine.shift.name)?.forward,
        };
        const { pictures } = this.#memory.chunks;
        const own = [affine?.gamma ?? -1, affine?.beta ?? -1];
        write('coefficients', sums, pictures, pixels, channels, mean, variance, scale, shift, ...own);
      }
    });
  }

  #cell(cell: Cell, inputs: PlannedCell['inputs'], passing: PassingPlaces | null): PlannedCell {
    const terms = new Map<string, Term[]>(cell.nodes.map((node) => [node.output.name, []]));
    const states = [...cell.inputs, ...cell.nodes].map(({ output }) => {
      passing?.reuse();
      return this.#state(cell, output, terms, passing);
    });
    return { cell, inputs, states, terms };
  }

  #made(output: ValueSpec, passing: PassingPlaces | null): Made {
    const pixels = output.height * output.width;
    const channels = padChannels(output.channels);
    const z = passing ? passing.take(this.#memory.pictures(pixels * channels)) : this.#memory.result(pixels * channels);
    return { z, pixels, channels };
  }

  #normed(output: ValueSpec, norm: BatchNormSpec, passing: PassingPlaces | null): Normed {
    return { ...this.#made(output, passing), sums: this.#memory.sums(norm), norm };
  }

  #state(cell: Cell, state: ValueSpec, terms: Map<string, Term[]>, passing: PassingPlaces | null): PlannedState {
    const planned: PlannedState = { state, convs: [], pools: [], halvings: [], skips: [] };
    for (const edge of cell.edges.get(state.name) ?? []) {
      const half = (size: number): number => size / edge.stride;
      const output = { ...state, height: half(state.height), width: half(state.width) };
      for (const { operation, position } of edge.operations) {
        const mixing = position < 0 ? -1 : this.#factors.mixing(cell.kind, position);
        const drops = this.#factors.drops(operation);
        const add = (z: number, normed: Normed | null): Term => {
          const term = { edge, mixing, position, drops, z, normed };
          terms.get(edge.target.name)?.push(term);
          return term;
        };
        if (operation.kind === 'identity') {
          planned.skips.push(add(this.#memory.tensor(state).x, null));
        } else if (operation.kind === 'halving') {
          const normed = this.#normed(output, operation.norm, passing);
          planned.halvings.push({ input: state, operation, normed, term: add(normed.z, normed) });
        } else if (operation.kind === 'conv') {
          const units = this.#units(operation.units, output, passing);
          const last = units.at(-1)?.normed as Normed;
          planned.convs.push({ edge, units, term: add(last.z, last) });
        } else if (operation.kind !== 'none') {
          planned.pools.push(this.#pool(planned, operation, output, passing, add));
        }
      }
    }
    checkCount(planned.skips);
    return { ...planned, pools: [...new Set(planned.pools)] };
  }

  #units(units: readonly ConvUnit[], output: ValueSpec, passing: PassingPlaces | null): PlannedConv['units'] {
    const planned: { readonly unit: ConvUnit; readonly normed: Normed }[] = [];
    for (const unit of units) {
      const before = planned.at(-1)?.normed;
      // A picture of the second unit's may take the place of the first's: its copy in the scratch is what is read.
      const normed =
        before && passing
          ? { ...before, sums: this.#memory.sums(unit.norm), norm: unit.norm }
          : this.#normed(output, unit.norm, passing);
      planned.push({ unit, normed });
    }
    return planned;
  }

  /** One pool for all edges; each edge's norm has coefficients of its own, for the running statistics may differ. */
  #pool(
    { pools }: PlannedState,
    operation: PoolOperation,
    output: ValueSpec,
    passing: PassingPlaces | null,
    add: (z: number, normed: Normed | null) => Term,
  ): PlannedPool {
    const { kind, norm } = operation;
    const known = pools.find((pool) => pool.operation.kind === kind);
    if (known) {
      known.terms.push(add(known.made.z, norm && known.normed && { ...known.normed, norm }));
      return known;
    }
    const made = this.#made(output, passing);
    const normed = norm && { ...made, sums: this.#memory.sums(norm), norm };
    // A byte for every entry; only the backward pass reads it.
    const winner = passing ? -1 : this.#memory.result((made.pixels * made.channels) / 4);
    return { operation, made, normed, winner, terms: [add(made.z, normed)] };
  }

  /** A value from what its batch norm is of. */
  normalize(write: OperationWriter, state: ValueSpec, { z, norm, pixels, channels }: Normed): void {
    const { scale, shift } = this.#memory.norm(norm);
    write('normalize', z, scale, shift, this.#memory.tensor(state).x, pixels, channels);
  }

  #mix(write: OperationWriter, state: ValueSpec, terms: readonly Term[], add: boolean): void {
    checkCount(terms);
    const { x, height, width, channels } = this.#memory.tensor(state);
    const fields = terms.flatMap(({ z, mixing, drops, normed }) => {
      const norm = normed && this.#memory.norm(normed.norm);
      return [z, mixing, drops, norm?.scale ?? -1, norm?.shift ?? -1];
    });
    write('mix', x, height * width, channels, this.#scratch.row, Number(add), terms.length, ...fields);
  }

  /** All first units, pools and halvings of the edges that leave a state. */
  #leave(write: OperationWriter, { state, convs, pools, halvings }: PlannedState): void {
    const { x, height, width, channels } = this.#memory.tensor(state);
    if (convs.length > 0) this.fill(write, state);
    for (const { units } of convs) {
      const first = units[0];
      if (first) this.#unit(write, first, MAX_REACH, height, width);
    }
    for (const { operation, made, normed, winner } of pools) {
      const { kind, stride } = operation;
      const average = Number(kind === 'average-pool');
      write('pool', x, height, width, channels, stride, average, made.z, winner, normed?.sums ?? -1);
    }
    for (const { input, operation, normed } of halvings) {
      this.point(write, 'point', input, operation.convA.name, normed, true);
    }
  }

  /** The rectified, padded copy of a state. */
  fill(write: OperationWriter, state: ValueSpec): void {
    const { x, height, width, channels } = this.#memory.tensor(state);
    write('fill', x, this.#scratch.padded, height, width, channels, MAX_REACH, 0, 0, 0);
  }

  /** The rectified, padded copy of what a separable convolution's first unit made. */
  fillBetween(write: OperationWriter, { edge, units }: PlannedConv): void {
    const [first, second] = units;
    if (!first || !second) return;
    const { scale, shift } = this.#memory.norm(first.normed.norm);
    const [height, width] = [edge.input.height / edge.stride, edge.input.width / edge.stride];
    const pad = (second.unit.kernel - 1) / 2;
    write('fill', first.normed.z, this.#scratch.padded, height, width, first.normed.channels, pad, 1, scale, shift);
  }

  #secondUnit(write: OperationWriter, conv: PlannedConv): void {
    const second = conv.units[1];
    if (!second) return;
    this.fillBetween(write, conv);
    const { input, stride } = conv.edge;
    this.#unit(write, second, (second.unit.kernel - 1) / 2, input.height / stride, input.width / stride);
  }

  #unit(
    write: OperationWriter,
    { unit, normed }: PlannedConv['units'][number],
    pad: number,
    height: number,
    width: number,
  ): void {
    const { places } = this.#memory.weights;
    const { kernel, dilation, stride, depthwise, pointwise } = unit;
    const weights = [places.get(depthwise.name)?.forward ?? -1, places.get(pointwise.name)?.forward ?? -1];
    const shape = [pad, height, width, normed.channels, kernel, dilation, stride];
    write('unit', this.#scratch.padded, ...shape, ...weights, normed.z, normed.sums, this.#scratch.row);
  }
}

/** Norms that a state's first phase ends with. */
function firstNorms({ convs, pools, halvings }: PlannedState): Normed[] {
  const first = convs.flatMap(({ units }) => units.slice(0, 1));
  return [...first, ...pools, ...halvings].flatMap(({ normed }) => normed ?? []);
}

/** The norms of a pool's other edges. */
function poolCopies({ pools }: PlannedState): Normed[] {
  return pools.flatMap(({ terms }) => terms.slice(1).flatMap(({ normed }) => normed ?? []));
}

/** The kernels keep as many numbers of terms as there is room for. */
function checkCount({ length }: readonly Term[]): void {
  if (length > MAX_TERMS) {
    throw new RangeError(`a state of a cell must be used at most ${MAX_TERMS} times in one way, got ${length}`);
  }
}
