import type { ValueSpec } from '../../../network/block-graph.ts';
import { PartialGradients } from './partial-gradients.ts';
import type { PassingPlaces } from './passing-places.ts';
import type { ForwardPlanner } from './plan-forward.ts';
import { MAX_REACH, type PlanMemory, type ScratchPlaces } from './plan-memory.ts';
import { NormGradients, plainShare, type Share, type TermSums } from './plan-norm-gradients.ts';
import type { Normed, PlannedCell, PlannedConv, PlannedState, Term } from './planned-cell.ts';
import type { OperationWriter, ScheduleWriter } from './schedule.ts';

/** A pointwise convolution: its inputs, the weights' name, what it made, and the gradient at its batch norm's output. */
interface PointGradient {
  readonly input: ValueSpec;
  readonly weight: string;
  readonly halves: boolean;
  readonly normed: Normed;
  readonly g: number;
}

/**
 * Plans the backward pass, cell by cell from the last to the first. Within a cell the nodes are done from the last to
 * the first: when a node's gradient is complete, the sums over it give the gradients in its mixing weights and what
 * its terms' norms need; when all targets of a state are done, the state's own gradient follows.
 */
export class BackwardPlanner {
  readonly norms: NormGradients;
  readonly #forward: ForwardPlanner;
  readonly #memory: PlanMemory;
  readonly #scratch: ScratchPlaces;
  /** Of sums, which are read in the cell that they are made in. */
  readonly #sums: PassingPlaces;
  /** Whether gradients in the weights are wanted, or only those in the mixing weights. */
  readonly #weigh: boolean;
  /** Line of the gradient in a mixing weight, for every cell its own. */
  readonly #dmixing: (cell: PlannedCell, position: number) => number;
  /** Values whose gradient is wanted. */
  readonly #wanted: ReadonlySet<string>;
  /** Names of values whose gradient something was added to. */
  readonly #begun = new Set<string>();
  readonly #partials: PartialGradients;

  constructor(parts: {
    readonly forward: ForwardPlanner;
    readonly memory: PlanMemory;
    readonly scratch: ScratchPlaces;
    readonly sums: PassingPlaces;
    readonly weigh: boolean;
    readonly dmixing: (cell: PlannedCell, position: number) => number;
    readonly wanted: ReadonlySet<string>;
  }) {
    this.norms = new NormGradients(parts.memory);
    this.#forward = parts.forward;
    this.#memory = parts.memory;
    this.#partials = new PartialGradients(parts.memory.map, parts.memory.chunks.count);
    this.#scratch = parts.scratch;
    this.#sums = parts.sums;
    this.#weigh = parts.weigh;
    this.#dmixing = parts.dmixing;
    this.#wanted = parts.wanted;
  }

  /** Comes before a value's gradient is added to or read: sets it to zero where nothing was added yet. */
  begin(write: OperationWriter, value: ValueSpec): void {
    if (this.#begun.has(value.name)) return;
    this.#begun.add(value.name);
    const { g, height, width, channels } = this.#memory.tensor(value);
    write('zero', g, height * width * channels);
  }

  cell(schedule: ScheduleWriter, planned: PlannedCell): void {
    this.#sums.reuse();
    const sums = new Map<Term, TermSums>();
    const inputs = planned.states.slice(0, planned.inputs.length);
    for (const state of planned.states.slice(planned.inputs.length).toReversed()) {
      this.#states(schedule, planned, [state], sums);
      this.#nodeSums(schedule, planned, state.state, sums);
    }
    this.#states(schedule, planned, inputs, sums);
    this.points(
      schedule,
      planned.inputs.flatMap(({ block, normed }) => {
        if (!this.#wanted.has(block.output.name)) return [];
        const halves = block.kind === 'halving';
        const { name: weight } = halves ? block.operation.convA : block.conv;
        return [{ input: block.input, weight, halves, normed, g: this.#memory.tensor(block.output).g }];
      }),
    );
  }

  /** Adds the partial gradients up over the chunks that have not been yet. */
  reduce(write: OperationWriter): void {
    this.#partials.reduce(write);
  }

  /** What has to be done between two phases over pictures, and on the way what can be. */
  #between(schedule: ScheduleWriter, body: (write: OperationWriter) => void): void {
    schedule.overOperations((write) => {
      let written = false;
      body((...operation) => {
        written = true;
        write(...operation);
      });
      if (written) this.reduce(write);
    });
  }

  /** The place of partial gradients that begin at a weight's. */
  partial(weight: string, size: number): number {
    if (!this.#weigh) return -1;
    return this.#partials.take(size, this.#memory.gradients + (this.#place(weight)?.forward ?? 0));
  }

  /** A place for sums of every picture, `[pictures, rows, channels]`. */
  #takeSums(rows: number, channels: number): number {
    return this.#sums.take(this.#memory.pictures(rows * channels));
  }

  #place(weight: string) {
    return this.#memory.weights.places.get(weight);
  }

  /** A node's gradient is complete: its sums, and what follows from them for the terms it was made of. */
  #nodeSums(schedule: ScheduleWriter, planned: PlannedCell, node: ValueSpec, sums: Map<Term, TermSums>): void {
    // Those without a batch norm only have sums for the gradient in a mixing weight.
    const terms = (planned.terms.get(node.name) ?? []).filter(({ normed, mixing }) => normed !== null || mixing >= 0);
    const { g, height, width, channels } = this.#memory.tensor(node);
    const rows = 1 + terms.length;
    const place = this.#takeSums(rows, channels);
    for (const [i, term] of terms.entries()) sums.set(term, { sums: place, rows, product: 1 + i });
    schedule.overPictures((write) => {
      this.begin(write, node);
      if (terms.length === 0) return;
      write('gradientSums', g, height * width, channels, place, terms.length, ...terms.map((term) => term.z));
    });
    const pools = new Set(planned.states.flatMap((state) => state.pools.flatMap((pool) => pool.terms)));
    this.#between(schedule, (write) => {
      for (const term of terms) {
        // A pool's norm waits for all the edges that share it.
        if (pools.has(term)) continue;
        const share = this.#share(planned, term, sums);
        if (term.normed) this.norms.write(write, term.normed, [share], term.mixing);
        else this.norms.writeWithoutNorm(write, node, share);
      }
    });
  }

  #share(planned: PlannedCell, term: Term, sums: ReadonlyMap<Term, TermSums>): Share {
    const found = sums.get(term) as TermSums;
    const dmixing = term.position < 0 ? -1 : this.#dmixing(planned, term.position);
    return { ...found, mixing: term.mixing, dmixing, drops: term.drops };
  }

  /** All targets of these states are done: their own gradients follow. */
  #states(
    schedule: ScheduleWriter,
    planned: PlannedCell,
    states: readonly PlannedState[],
    sums: ReadonlyMap<Term, TermSums>,
  ): void {
    const wanted = states.filter(({ state }) => this.#wanted.has(state.name));
    const between = new Map<PlannedConv, number>();
    schedule.overPictures((write) => {
      for (const { convs } of wanted) {
        for (const conv of convs) if (conv.units.length > 1) between.set(conv, this.#secondUnit(write, conv));
      }
    });
    this.#between(schedule, (write) => {
      for (const { convs } of wanted) {
        for (const conv of convs.filter(({ units }) => units.length > 1)) {
          const { normed } = conv.units[0] as PlannedConv['units'][number];
          this.norms.write(write, normed, [plainShare(between.get(conv) as number)]);
        }
      }
      // The gradients in a pool's mixing weights are wanted even where that in its input is not.
      for (const { pools } of states) {
        for (const { normed, terms } of pools) {
          if (normed === null) continue;
          const shares = terms.map((term) => this.#share(planned, term, sums));
          this.norms.write(write, normed, shares);
        }
      }
    });
    schedule.overPictures((write) => {
      for (const state of wanted) this.#ownGradient(write, state);
    });
  }

  /** The gradient of a separable convolution's second unit, up to the norm before it; returns the place of its sums. */
  #secondUnit(write: OperationWriter, conv: PlannedConv): number {
    const [first, second] = conv.units;
    if (!first || !second) throw new RangeError('a separable convolution has two units');
    const { height, width } = conv.edge.input;
    const [h, w] = [height / conv.edge.stride, width / conv.edge.stride];
    if (this.#weigh) this.#forward.fillBetween(write, conv);
    const g = this.#memory.tensor(conv.edge.target).g;
    const pad = (second.unit.kernel - 1) / 2;
    this.#unit(write, second, { g, drops: conv.term.drops, pad, height: h, width: w, add: false });
    const { scale, shift } = this.#memory.norm(first.normed.norm);
    const { channels } = first.normed;
    const sums = this.#takeSums(2, channels);
    // The gradient takes the place of what the second unit made: nothing reads that any more.
    write('betweenUnits', this.#scratch.dx, first.normed.z, scale, shift, second.normed.z, sums, h * w, channels);
    return sums;
  }

  #ownGradient(write: OperationWriter, { state, convs, pools, halvings, skips }: PlannedState): void {
    const { x, g, height, width, channels } = this.#memory.tensor(state);
    this.begin(write, state);
    if (convs.length > 0 && this.#weigh) this.#forward.fill(write, state);
    for (const [i, conv] of convs.entries()) {
      const first = conv.units[0] as PlannedConv['units'][number];
      const second = conv.units[1];
      // Drops concern what goes into the node.
      const from = second
        ? { g: second.normed.z, drops: -1 }
        : { g: this.#memory.tensor(conv.edge.target).g, drops: conv.term.drops };
      this.#unit(write, first, { ...from, pad: MAX_REACH, height, width, add: i > 0 });
    }
    for (const { input, operation, normed, term } of halvings) {
      const { edge, drops } = term as Term;
      const { name: weight } = operation.convA;
      const own = this.#memory.tensor(edge.target).g;
      this.#pointBackward(write, { input, weight, halves: true, normed, g: own }, drops);
    }
    const gradients = (terms: readonly Term[]): number[] => {
      return terms.flatMap(({ edge, mixing, drops }) => [this.#memory.tensor(edge.target).g, mixing, drops]);
    };
    for (const { operation, made, normed, winner, terms } of pools) {
      const { kind, stride } = operation;
      const average = Number(kind === 'average-pool');
      const places = [made.z, winner, normed ? this.norms.place(normed) : -1, this.#scratch.row];
      write('poolBackward', g, height, width, channels, stride, average, ...places, terms.length, ...gradients(terms));
    }
    if (convs.length + skips.length === 0) return;
    const dx = convs.length > 0 ? this.#scratch.dx : -1;
    write('stateGradient', g, x, height * width, channels, dx, skips.length, ...gradients(skips));
  }

  #unit(
    write: OperationWriter,
    { unit, normed }: PlannedConv['units'][number],
    {
      g,
      drops,
      pad,
      height,
      width,
      add,
    }: { g: number; drops: number; pad: number; height: number; width: number; add: boolean },
  ): void {
    const { depthwise, pointwise, kernel, dilation, stride } = unit;
    const { channels } = normed;
    const [d, p] = [this.#place(depthwise.name), this.#place(pointwise.name)];
    const { padded, row, spread, dx } = this.#scratch;
    const gradients = this.partial(pointwise.name, channels * channels + kernel * kernel * channels);
    const shape = [pad, height, width, channels, kernel, dilation, stride];
    const weights = [d?.forward ?? -1, d?.backward ?? -1, p?.backward ?? -1, gradients, Number(this.#weigh)];
    const abc = this.norms.place(normed);
    write('unitBackward', g, drops, normed.z, abc, padded, ...shape, ...weights, row, spread, dx, Number(add));
  }

  /** Pointwise convolutions whose batch norms' outputs have their gradients: back to those of their inputs. */
  points(schedule: ScheduleWriter, points: readonly PointGradient[]): void {
    const sums = points.map(({ normed }) => this.#takeSums(2, normed.channels));
    schedule.overPictures((write) => {
      for (const [i, { normed, g }] of points.entries()) {
        write('gradientSums', g, normed.pixels, normed.channels, sums[i] as number, 1, normed.z);
      }
    });
    this.#between(schedule, (write) => {
      for (const [i, { normed }] of points.entries()) {
        this.norms.write(write, normed, [plainShare(sums[i] as number)]);
      }
    });
    schedule.overPictures((write) => {
      for (const point of points) {
        for (const part of this.#forward.parts(point.input)) this.begin(write, part);
        this.#pointBackward(write, point);
      }
    });
  }

  #pointBackward(write: OperationWriter, { input, weight, halves, normed, g }: PointGradient, drops = -1): void {
    const abc = this.norms.place(normed);
    const gradients = this.partial(weight, this.#place(weight)?.size ?? 0);
    const back = { g, drops, abc, gradients, weigh: this.#weigh };
    this.#forward.point(write, 'pointBackward', input, weight, normed, halves, back);
  }
}
