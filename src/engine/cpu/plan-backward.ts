import type { ValueSpec } from '../../network/block-graph.ts';
import type { PassingPlaces } from './passing-places.ts';
import type { ForwardPlanner } from './plan-forward.ts';
import { MAX_REACH, type PlanMemory, type ScratchPlaces } from './plan-memory.ts';
import type { Normed, PlannedCell, PlannedConv, PlannedState, Term } from './planned-cell.ts';
import type { OperationWriter, ScheduleWriter } from './schedule.ts';

/** Where the sums of g and g z stand for a term: `[pictures, rows, channels]`, `product` being the row of g z. */
interface TermSums {
  readonly sums: number;
  readonly rows: number;
  readonly product: number;
}

/** What a norm's output was used for: with which mixing weight (-1: 1), and where the gradient in that goes (-1: nowhere). */
interface Share extends TermSums {
  readonly mixing: number;
  readonly dmixing: number;
}

/** Partial gradients of one placed array of weights, to be added up over the chunks. */
interface Partial {
  readonly from: number;
  readonly size: number;
  readonly to: number;
}

/**
 * Plans the backward pass, cell by cell from the last to the first. Within a cell the nodes are done from the last to
 * the first: when a node's gradient is complete, the sums over it give the gradients in its mixing weights and what
 * its terms' norms need; when all targets of a state are done, the state's own gradient follows.
 */
export class BackwardPlanner {
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
  readonly #abc = new Map<Normed, number>();
  #partials: Partial[] = [];
  /** Places of partial gradients that have been added up, by size: the next ones of that size go there. */
  readonly #free = new Map<number, number[]>();

  constructor(parts: {
    readonly forward: ForwardPlanner;
    readonly memory: PlanMemory;
    readonly scratch: ScratchPlaces;
    readonly sums: PassingPlaces;
    readonly weigh: boolean;
    readonly dmixing: (cell: PlannedCell, position: number) => number;
    readonly wanted: ReadonlySet<string>;
  }) {
    this.#forward = parts.forward;
    this.#memory = parts.memory;
    this.#scratch = parts.scratch;
    this.#sums = parts.sums;
    this.#weigh = parts.weigh;
    this.#dmixing = parts.dmixing;
    this.#wanted = parts.wanted;
  }

  /** Sets the gradients that others add to to zero. */
  zero(schedule: ScheduleWriter, values: readonly ValueSpec[]): void {
    schedule.overOperations((write) => {
      for (const value of values) {
        const { g, height, width, channels } = this.#memory.tensor(value);
        write('zero', g, Math.ceil(this.#memory.pictures(height * width * channels) / 16));
      }
    });
  }

  cell(schedule: ScheduleWriter, planned: PlannedCell): void {
    this.#sums.reuse();
    const sums = new Map<Term, TermSums>();
    const inputs = planned.states.slice(0, planned.inputs.length);
    this.zero(
      schedule,
      inputs.map(({ state }) => state).filter(({ name }) => this.#wanted.has(name)),
    );
    for (const state of planned.states.slice(planned.inputs.length).toReversed()) {
      this.#states(schedule, planned, [state], sums);
      this.#nodeSums(schedule, planned, state.state, sums);
    }
    this.#states(schedule, planned, inputs, sums);
    this.#projections(schedule, planned);
  }

  /** Adds the partial gradients of everything since the last call up over the chunks. */
  reduce(schedule: ScheduleWriter): void {
    const { count } = this.#memory.chunks;
    const partials = this.#partials.splice(0);
    for (const { from, size } of partials) this.#free.set(size, [...(this.#free.get(size) ?? []), from]);
    schedule.overOperations((write) => {
      for (const { from, size, to } of partials) write('reduce', from, count, size, to);
    });
  }

  /** The place of partial gradients that begin at a weight's. */
  partial(weight: string, size: number): number {
    if (!this.#weigh) return -1;
    const { count } = this.#memory.chunks;
    const from = this.#free.get(size)?.pop() ?? this.#memory.map.floats(count * size);
    this.#partials.push({ from, size, to: this.#memory.gradients + (this.#place(weight)?.forward ?? 0) });
    return from;
  }

  /**
   * The gradient of a batch norm, from sums over what its output was used for.
   *
   * @param through mixing weight that the gradient is still to be multiplied by (-1: none)
   */
  normGradient(
    write: OperationWriter,
    { norm, pixels, channels }: Pick<Normed, 'norm' | 'pixels' | 'channels'>,
    abc: number,
    shares: readonly Share[],
    through = -1,
  ): void {
    const { mean, variance } = this.#memory.norm(norm);
    const own = (name: string | undefined): number => {
      return name === undefined ? -1 : (this.#place(name)?.forward ?? -1);
    };
    const gamma = own(norm.affine?.scale.name);
    const [dgamma, dbeta] = [norm.affine?.scale.name, norm.affine?.shift.name].map((name) => {
      return name === undefined ? -1 : this.#memory.gradients + own(name);
    });
    this.#writeCoefficients(
      write,
      { pixels, channels, mean, variance, gamma },
      [dgamma ?? -1, dbeta ?? -1, abc, through],
      shares,
    );
  }

  /** A place for sums of every picture, `[pictures, rows, channels]`. */
  #takeSums(rows: number, channels: number): number {
    return this.#sums.take(this.#memory.pictures(rows * channels));
  }

  #place(weight: string) {
    return this.#memory.weights.places.get(weight);
  }

  #writeCoefficients(
    write: OperationWriter,
    norm: {
      readonly pixels: number;
      readonly channels: number;
      readonly mean: number;
      readonly variance: number;
      readonly gamma: number;
    },
    results: readonly number[],
    shares: readonly Share[],
  ): void {
    const { pixels, channels, mean, variance, gamma } = norm;
    const fields = shares.flatMap(({ sums, rows, product, mixing, dmixing }) => [sums, rows, product, mixing, dmixing]);
    const { pictures } = this.#memory.chunks;
    write(
      'gradientCoefficients',
      pictures,
      pixels,
      channels,
      mean,
      variance,
      gamma,
      ...results,
      shares.length,
      ...fields,
    );
  }

  /** Place of a norm's gradient coefficients, `[3, channels]`. */
  #coefficients(normed: Normed): number {
    let place = this.#abc.get(normed);
    if (place === undefined) {
      place = this.#memory.map.floats(3 * normed.channels);
      this.#abc.set(normed, place);
    }
    return place;
  }

  /** A node's gradient is complete: its sums, and what follows from them for the terms it was made of. */
  #nodeSums(schedule: ScheduleWriter, planned: PlannedCell, node: ValueSpec, sums: Map<Term, TermSums>): void {
    const terms = planned.terms.get(node.name) ?? [];
    const { g, height, width, channels } = this.#memory.tensor(node);
    const rows = 1 + terms.length;
    const place = this.#takeSums(rows, channels);
    for (const [i, term] of terms.entries()) sums.set(term, { sums: place, rows, product: 1 + i });
    schedule.overPictures((write) => {
      write('gradientSums', g, height * width, channels, place, terms.length, ...terms.map((term) => term.z));
    });
    const pools = new Set(planned.states.flatMap((state) => state.pools.flatMap((pool) => pool.terms)));
    schedule.overOperations((write) => {
      for (const term of terms) {
        // A pool's norm waits for all the edges that share it.
        if (pools.has(term)) continue;
        const share = this.#share(planned, term, sums);
        if (term.normed) this.normGradient(write, term.normed, this.#coefficients(term.normed), [share], term.mixing);
        else {
          const none = { pixels: height * width, channels, mean: -1, variance: -1, gamma: -1 };
          this.#writeCoefficients(write, none, [-1, -1, -1, -1], [share]);
        }
      }
    });
  }

  #share(planned: PlannedCell, term: Term, sums: ReadonlyMap<Term, TermSums>): Share {
    const found = sums.get(term) as TermSums;
    return { ...found, mixing: term.mixing, dmixing: this.#dmixing(planned, term.position) };
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
    schedule.overOperations((write) => {
      for (const { convs } of wanted) {
        for (const conv of convs.filter(({ units }) => units.length > 1)) {
          const { normed } = conv.units[0] as PlannedConv['units'][number];
          const share = { sums: between.get(conv) as number, rows: 2, product: 1, mixing: -1, dmixing: -1 };
          this.normGradient(write, normed, this.#coefficients(normed), [share]);
        }
      }
      // The gradients in a pool's mixing weights are wanted even where that in its input is not.
      for (const { pools } of states) {
        for (const { normed, terms } of pools) {
          const shares = terms.map((term) => this.#share(planned, term, sums));
          this.normGradient(write, normed, this.#coefficients(normed), shares);
        }
      }
    });
    schedule.overPictures((write) => {
      for (const state of wanted) this.#ownGradient(write, state);
    });
    if (this.#weigh) this.reduce(schedule);
  }

  /** The gradient of a separable convolution's second unit, up to the norm before it; returns the place of its sums. */
  #secondUnit(write: OperationWriter, conv: PlannedConv): number {
    const [first, second] = conv.units;
    if (!first || !second) throw new RangeError('a separable convolution has two units');
    const { height, width } = conv.edge.input;
    const [h, w] = [height / conv.edge.stride, width / conv.edge.stride];
    if (this.#weigh) this.#forward.fillBetween(write, conv);
    const g = this.#memory.tensor(conv.edge.target).g;
    this.#unit(write, second, g, { pad: (second.unit.kernel - 1) / 2, height: h, width: w, add: false });
    const { scale, shift } = this.#memory.norm(first.normed.norm);
    const { channels } = first.normed;
    const sums = this.#takeSums(2, channels);
    // The gradient takes the place of what the second unit made: nothing reads that any more.
    write('betweenUnits', this.#scratch.dx, first.normed.z, scale, shift, second.normed.z, sums, h * w, channels);
    return sums;
  }

  #ownGradient(write: OperationWriter, { state, convs, pools, halvings, skips }: PlannedState): void {
    const { x, g, height, width, channels } = this.#memory.tensor(state);
    if (convs.length > 0 && this.#weigh) this.#forward.fill(write, state);
    for (const [i, conv] of convs.entries()) {
      const first = conv.units[0] as PlannedConv['units'][number];
      const second = conv.units[1];
      const from = second ? second.normed.z : this.#memory.tensor(conv.edge.target).g;
      this.#unit(write, first, from, { pad: MAX_REACH, height, width, add: i > 0 });
    }
    for (const { input, operation, normed, term } of halvings) {
      const gradient = this.#memory.tensor((term as Term).edge.target).g;
      const from = 2 * channels;
      const back = {
        g: gradient,
        abc: this.#coefficients(normed),
        gradients: this.partial(operation.convA.name, from * normed.channels),
        weigh: this.#weigh,
      };
      this.#forward.point(write, 'pointBackward', input, operation.convA.name, normed, true, back);
    }
    for (const { operation, normed, winner, terms } of pools) {
      const { kind, stride } = operation;
      const average = Number(kind === 'average-pool');
      const edges = terms.flatMap((term) => [this.#memory.tensor(term.edge.target).g, term.mixing]);
      const places = [normed.z, winner, this.#coefficients(normed), this.#scratch.row];
      write('poolBackward', g, height, width, channels, stride, average, ...places, terms.length, ...edges);
    }
    const edges = skips.flatMap((term) => [this.#memory.tensor(term.edge.target).g, term.mixing]);
    const dx = convs.length > 0 ? this.#scratch.dx : -1;
    write('stateGradient', g, x, height * width, channels, dx, skips.length, ...edges);
  }

  #unit(
    write: OperationWriter,
    { unit, normed }: PlannedConv['units'][number],
    g: number,
    { pad, height, width, add }: { pad: number; height: number; width: number; add: boolean },
  ): void {
    const { depthwise, pointwise, kernel, dilation, stride } = unit;
    const { channels } = normed;
    const [d, p] = [this.#place(depthwise.name), this.#place(pointwise.name)];
    const { padded, row, spread, dx } = this.#scratch;
    const gradients = this.partial(pointwise.name, channels * channels + kernel * kernel * channels);
    const shape = [pad, height, width, channels, kernel, dilation, stride];
    const weights = [d?.forward ?? -1, d?.backward ?? -1, p?.backward ?? -1, gradients, Number(this.#weigh)];
    const abc = this.#coefficients(normed);
    write('unitBackward', g, normed.z, abc, padded, ...shape, ...weights, row, spread, dx, Number(add));
  }

  /** The projections of a cell's inputs, back to the cells before. */
  #projections(schedule: ScheduleWriter, { inputs }: PlannedCell): void {
    const wanted = inputs.filter(({ block }) => this.#wanted.has(block.output.name));
    const places = wanted.map(({ block, normed }) => {
      const { g } = this.#memory.tensor(block.output);
      return { block, normed, g, sums: this.#takeSums(2, normed.channels) };
    });
    schedule.overPictures((write) => {
      for (const { normed, g, sums } of places)
        write('gradientSums', g, normed.pixels, normed.channels, sums, 1, normed.z);
    });
    schedule.overOperations((write) => {
      for (const { normed, sums } of places) {
        const share = { sums, rows: 2, product: 1, mixing: -1, dmixing: -1 };
        this.normGradient(write, normed, this.#coefficients(normed), [share]);
      }
    });
    schedule.overPictures((write) => {
      for (const { block, normed, g } of places) {
        const halves = block.kind === 'halving';
        const conv = halves ? block.operation.convA : block.conv;
        const from = (this.#place(conv.name)?.size ?? 0) / normed.channels;
        const gradients = this.partial(conv.name, from * normed.channels);
        const back = { g, abc: this.#coefficients(normed), gradients, weigh: this.#weigh };
        this.#forward.point(write, 'pointBackward', block.input, conv.name, normed, halves, back);
      }
    });
    if (this.#weigh) this.reduce(schedule);
  }
}
