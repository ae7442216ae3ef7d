import type { NodeBlock, ValueSpec } from '../../../network/block-graph.ts';
import type { Network } from './cells.ts';
import type { PassingPlaces } from './memory-map.ts';
import type { OperationFields, OperationWriter } from './operations.ts';
import { nodeParts } from './partial-values.ts';
import {
  type PlannedCell,
  type PlannedConv,
  type PlannedState,
  type PlannedUnit,
  readingsOf,
  type Term,
} from './place-cells.ts';
import { type ForwardPlanner, type PlannedPoint, projectionOf, reachOf, type Size } from './plan-forward.ts';
import { MAX_REACH, type PlanMemory, type ScratchPlaces } from './plan-memory.ts';
import { NormGradients, plainShare, type Share, type TermSums } from './plan-norm-gradients.ts';
import { writeCopyGradient, writePartGradients } from './plan-partial.ts';
import type { PartialGradients } from './plan-weights.ts';
import type { ScheduleWriter } from './schedule.ts';

/** A pointwise convolution whose batch norm has the gradient at its output. */
interface PointGradient extends PlannedPoint {
  readonly g: number;
}

/**
 * Plans the backward pass, cell by cell from the last to the first. Within a cell the nodes are done from the last to
 * the first: when a node's gradient is complete, the sums over it give the gradients in its mixing weights and what
 * its terms' norms need; when all targets of a state are done, the state's own gradient follows.
 */
export class BackwardPlanner {
  readonly norms: NormGradients;
  readonly #network: Network;
  readonly #forward: ForwardPlanner;
  readonly #memory: PlanMemory;
  readonly #scratch: ScratchPlaces;
  /** Places of sums, which are read in the cell that they are made in. */
  readonly #sums: PassingPlaces;
  /** Whether the gradients of the weights are wanted, or only those in the mixing weights. */
  readonly #weightGradients: boolean;
  /** Line of the first gradient in a cell's mixing weights. */
  readonly #mixingGradients: ReadonlyMap<PlannedCell, number>;
  /** Names of the values whose gradient is wanted. */
  readonly #wanted: ReadonlySet<string>;
  /** Names of the values whose gradient something was added to. */
  readonly #begun = new Set<string>();
  readonly #partials: PartialGradients;

  constructor(parts: {
    readonly network: Network;
    readonly forward: ForwardPlanner;
    readonly memory: PlanMemory;
    readonly scratch: ScratchPlaces;
    readonly sums: PassingPlaces;
    readonly partials: PartialGradients;
    readonly given: boolean;
    readonly weightGradients: boolean;
    readonly mixingGradients: ReadonlyMap<PlannedCell, number>;
    readonly wanted: ReadonlySet<string>;
  }) {
    this.norms = new NormGradients(parts.memory, parts.given);
    this.#network = parts.network;
    this.#forward = parts.forward;
    this.#memory = parts.memory;
    this.#partials = parts.partials;
    this.#scratch = parts.scratch;
    this.#sums = parts.sums;
    this.#weightGradients = parts.weightGradients;
    this.#mixingGradients = parts.mixingGradients;
    this.#wanted = parts.wanted;
  }

  /** Sets a value's gradient to zero if nothing was added to it yet. Comes before it is added to or read. */
  begin(write: OperationWriter, value: ValueSpec): void {
    if (this.#begun.has(value.name)) return;
    this.#begun.add(value.name);
    const { g, height, width, channels } = this.#memory.tensor(value);
    write('zero', { to: g, floats: height * width * channels });
  }

  cell(schedule: ScheduleWriter, planned: PlannedCell): void {
    this.#sums.reuse();
    const sums = new Map<Term, TermSums>();
    const inputs = planned.states.slice(0, planned.inputs.length);
    for (const [i, state] of [...planned.states.slice(planned.inputs.length).entries()].toReversed()) {
      this.#states(schedule, planned, [state], sums);
      this.#nodeSums(schedule, planned, known(planned.cell.nodes[i]), sums);
    }
    this.#states(schedule, planned, inputs, sums);
    const projected = planned.inputs.filter(({ block }) => this.#wanted.has(block.output.name));
    this.points(
      schedule,
      projected.map((input) => ({ ...projectionOf(input), g: this.#memory.tensor(input.block.output).g })),
    );
  }

  /** Writes pointwise convolutions, from the gradients at their batch norms' outputs to those of their inputs. */
  points(schedule: ScheduleWriter, points: readonly PointGradient[]): void {
    const placed = points.map((point) => ({ point, sums: this.takeSums(2, point.normed.channels) }));
    schedule.overPictures((write) => {
      for (const { point, sums } of placed) {
        const { z, pixels, channels } = point.normed;
        write('gradientSums', { g: point.g, pixels, channels, sums, terms: [z] });
      }
    });
    this.#between(schedule, (write) => {
      for (const { point, sums } of placed) this.norms.write(write, point.normed, [plainShare(sums)]);
    });
    schedule.overPictures((write) => {
      for (const point of points) {
        for (const part of this.#network.parts(point.input)) this.begin(write, part);
        this.#point(write, point, null);
      }
    });
  }

  /** Takes a place for sums of every picture, `[pictures, rows, channels]`. */
  takeSums(rows: number, channels: number): number {
    return this.#sums.take(this.#memory.pictures(rows * channels));
  }

  /** Takes a place for partial gradients of weights, of which the array begins at a weight's; null if not wanted. */
  partial(weight: string, size: number): number | null {
    if (!this.#weightGradients) return null;
    return this.#partials.take(size, this.#memory.gradients + this.#memory.weight(weight).forward);
  }

  /** Adds up the partial gradients that have not been added up yet. */
  reduce(write: OperationWriter): void {
    this.#partials.reduce(write);
  }

  /** Writes what must be done between two phases over pictures, and on the way what can be. */
  #between(schedule: ScheduleWriter, body: (write: OperationWriter) => void): void {
    schedule.overOperations((write) => {
      let written = false;
      body((name, fields) => {
        written = true;
        write(name, fields);
      });
      if (written) this.reduce(write);
    });
  }

  /** A node's gradient is complete: writes its sums, and what follows from them for the terms it was made of. */
  #nodeSums(schedule: ScheduleWriter, planned: PlannedCell, node: NodeBlock, sums: Map<Term, TermSums>): void {
    const parts = nodeParts(node).map((part) => {
      // Those without a batch norm only have sums for the gradient in a mixing weight.
      const terms = (planned.terms.get(part.name) ?? []).filter(({ normed, mixing }) => {
        return normed !== null || mixing !== null;
      });
      const rows = 1 + terms.length;
      const place = this.takeSums(rows, this.#memory.tensor(part).channels);
      for (const [i, term] of terms.entries()) sums.set(term, { sums: place, rows, product: 1 + i });
      return { part, terms, place };
    });
    schedule.overPictures((write) => {
      this.begin(write, node.output);
      if (node.partialChannels > 1) writePartGradients(write, this.#memory, node);
      for (const { part, terms, place } of parts) {
        if (terms.length === 0) continue;
        const { g, height, width, channels } = this.#memory.tensor(part);
        const tensors = terms.map(({ z }) => z);
        write('gradientSums', { g, pixels: height * width, channels, sums: place, terms: tensors });
      }
    });
    const pools = planned.states
      .flatMap(readingsOf)
      .flatMap((state) => state.pools)
      .filter(({ normed }) => normed !== null);
    const pooled = new Set(pools.flatMap(({ terms }) => terms));
    this.#between(schedule, (write) => {
      for (const { part, term } of parts.flatMap(({ part, terms }) => terms.map((term) => ({ part, term })))) {
        // A pool's norm waits for all the edges that share it.
        if (pooled.has(term)) continue;
        const share = this.#share(planned, term, sums);
        if (term.normed) this.norms.write(write, term.normed, [share], term.mixing);
        else this.norms.writeWithoutNorm(write, part, share);
      }
    });
  }

  #share(planned: PlannedCell, term: Term, sums: ReadonlyMap<Term, TermSums>): Share {
    const { mixing, position, drops } = term;
    const dmixing = position === null ? null : known(this.#mixingGradients.get(planned)) + position;
    return { ...known(sums.get(term)), mixing, dmixing, drops };
  }

  /** All targets of these states are done: writes their own gradients. */
  #states(
    schedule: ScheduleWriter,
    planned: PlannedCell,
    whole: readonly PlannedState[],
    sums: ReadonlyMap<Term, TermSums>,
  ): void {
    const states = whole.flatMap(readingsOf);
    const wanted = states.filter(({ state }) => this.#wanted.has(state.name));
    const between: { readonly first: PlannedUnit; readonly sums: number }[] = [];
    schedule.overPictures((write) => {
      for (const conv of wanted.flatMap(({ convs }) => convs)) {
        const { first, second } = conv;
        if (second !== null) between.push({ first, sums: this.#secondUnit(write, conv, second) });
      }
    });
    this.#between(schedule, (write) => {
      for (const { first, sums } of between) this.norms.write(write, first.normed, [plainShare(sums)]);
      // The gradients in a pool's mixing weights are wanted even if that at its input is not.
      for (const { normed, terms } of states.flatMap(({ pools }) => pools)) {
        if (normed === null) continue;
        const share = (term: Term): Share => this.#share(planned, term, sums);
        if (!this.norms.given) this.norms.write(write, normed, terms.map(share));
        else for (const term of terms) this.norms.write(write, known(term.normed), [share(term)]);
      }
    });
    schedule.overPictures((write) => {
      for (const state of wanted) this.#ownGradient(write, state);
    });
  }

  /** Writes the gradient of a second unit, up to the norm before it; returns the place of that norm's sums. */
  #secondUnit(write: OperationWriter, conv: PlannedConv, second: PlannedUnit): number {
    const { edge, first, term } = conv;
    const size = { height: edge.input.height / edge.stride, width: edge.input.width / edge.stride };
    if (this.#weightGradients) this.#forward.fillBetween(write, conv, second, size);
    const { g } = this.#memory.tensor(edge.target);
    const from = { g, drops: term.drops, mixing: term.mixing };
    this.#unit(write, second, { ...from, pad: reachOf(second), ...size, add: false });
    const { scale, shift } = this.#memory.norm(first.normed.norm);
    const { z, channels } = first.normed;
    const sums = this.takeSums(2, channels);
    write('betweenUnits', {
      ...{ dx: this.#scratch.dx, z, scale, shift, kept: this.#forward.kinks?.norm(first.normed) ?? null },
      // The gradient takes the place of what the second unit made, which is read no more.
      g: second.normed.z,
      ...{ sums, pixels: size.height * size.width, channels },
    });
    return sums;
  }

  #ownGradient(write: OperationWriter, reading: PlannedState): void {
    const { state, read, convs, pools, halvings, skips } = reading;
    const { height, width } = state;
    const values = new Set([read, state]);
    for (const value of values) this.begin(write, value);
    if (convs.length > 0 && this.#weightGradients) this.#forward.fill(write, read);
    for (const [i, { edge, first, second, term }] of convs.entries()) {
      // Drops concern what goes into the node.
      const from = second
        ? { g: second.normed.z, drops: null }
        : { g: this.#memory.tensor(edge.target).g, drops: term.drops };
      const { mixing } = term;
      this.#unit(write, first, { ...from, mixing, pad: MAX_REACH, height, width, add: i > 0 });
    }
    for (const { input, operation, normed, term } of halvings) {
      const own = this.#memory.tensor(term.edge.target).g;
      const point = { input, weight: operation.convA.name, halves: true, normed, mixing: term.mixing };
      this.#point(write, { ...point, g: own }, term.drops);
    }
    const gradients = (terms: readonly Term[]): OperationFields<'stateGradient'>['edges'] => {
      return terms.map(({ edge, mixing, drops }) => ({ g: this.#memory.tensor(edge.target).g, mixing, drops }));
    };
    for (const pool of pools) {
      const { operation, input, made, normed, terms } = pool;
      const winner = this.#forward.kinks?.winner(pool) ?? pool.winner;
      const { kind, stride } = operation;
      const { g, channels } = this.#memory.tensor(input);
      // By given statistics each edge's norm has a gradient of its own.
      const uses = normed && this.norms.given ? terms.map((term) => ({ normed: term.normed, terms: [term] })) : null;
      for (const use of uses ?? [{ normed, terms }]) {
        const abc = use.normed && this.norms.place(use.normed);
        write('poolBackward', {
          ...{ dx: g, height, width, channels, stride, average: kind === 'average-pool' },
          ...{ z: made.z, winner: known(winner), abc, row: this.#scratch.row, edges: gradients(use.terms) },
        });
      }
    }
    for (const value of values) {
      const own = skips.filter(({ edge }) => edge.input.name === value.name);
      const dx = convs.length > 0 && value === read ? this.#scratch.dx : null;
      if (dx === null && own.length === 0) continue;
      const { x, g, channels } = this.#memory.tensor(value);
      const kept = (dx !== null && this.#forward.kinks?.state(value)) || null;
      write('stateGradient', { g, x, pixels: height * width, channels, dx, kept, edges: gradients(own) });
    }
    if (read !== state) writeCopyGradient(write, this.#memory, reading);
  }

  #unit(
    write: OperationWriter,
    { unit, normed }: PlannedUnit,
    from: Pick<OperationFields<'unitBackward'>, 'g' | 'drops' | 'mixing' | 'pad' | 'add'> & Size,
  ): void {
    const { depthwise, pointwise, kernel, dilation, stride } = unit;
    const { z, channels } = normed;
    const { padded, row, spread, dx } = this.#scratch;
    const gradients = this.partial(pointwise.name, channels * channels + kernel * kernel * channels);
    write('unitBackward', {
      ...from,
      ...{ z, abc: this.norms.place(normed), x: padded, channels, kernel, dilation, stride },
      depthwise: this.#memory.weight(depthwise.name).forward,
      turned: this.#memory.backwardWeight(depthwise.name),
      transposed: this.#memory.backwardWeight(pointwise.name),
      ...{ gradients, wanted: this.#weightGradients, row, spread, dx },
    });
  }

  #point(write: OperationWriter, point: PointGradient, drops: number | null): void {
    const abc = this.norms.place(point.normed);
    const gradients = this.partial(point.weight, this.#memory.weight(point.weight).size);
    const back = { g: point.g, drops, abc, gradients, wanted: this.#weightGradients };
    write('pointBackward', this.#forward.pointFields(point, back));
  }
}

/** Returns a value that was looked up. @throws Error if it is missing */
function known<Found>(value: Found | null | undefined): Found {
  if (value === null || value === undefined) throw new Error('a place was read before it was taken');
  return value;
}
