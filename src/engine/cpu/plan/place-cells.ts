import type {
  BatchNormSpec,
  BypassOperation,
  ConvUnit,
  HalvingOperation,
  MixedEdge,
  NodeBlock,
  NoiseOperation,
  Operation,
  PoolOperation,
  ValueSpec,
} from '../../../network/block-graph.ts';
import type { Cell, CellEdge } from './cells.ts';
import { type PassingPlaces, padChannels, type Room } from './memory-map.ts';
import { MAX_TERMS } from './operations.ts';
import { nodeParts } from './partial-values.ts';
import type { PlanMemory } from './plan-memory.ts';

/** Output of a convolution or a pool. */
export interface Made {
  readonly z: number;
  readonly pixels: number;
  readonly channels: number;
}

/** The same on its way through a batch norm, and its sums. */
export interface Normed extends Made {
  readonly sums: number;
  readonly norm: BatchNormSpec;
}

/** A term of a node's sum, and the place that a weighted gradient goes back to. */
export interface Term {
  readonly edge: CellEdge;
  /** Line of its mixing weight; null in a discrete cell: 1. */
  readonly mixing: number | null;
  /** Position of the mixing weight in the cell's flat matrix; null in a discrete cell. */
  readonly position: number | null;
  /** Line of drop-path's factors; null if it is never dropped. */
  readonly drops: number | null;
  readonly z: number;
  /** null for a skip connection at stride 1, for a bypass, and for a pool in a discrete cell. */
  readonly normed: Normed | null;
}

export interface PlannedUnit {
  readonly unit: ConvUnit;
  readonly normed: Normed;
}

/** A convolution of an edge. */
export interface PlannedConv {
  readonly edge: CellEdge;
  readonly first: PlannedUnit;
  /** The second unit of a separable convolution; null for a dilated one. */
  readonly second: PlannedUnit | null;
  readonly term: Term;
}

/** A pool, which all edges that leave its state share. */
export interface PlannedPool {
  readonly operation: PoolOperation | BypassOperation;
  readonly input: ValueSpec;
  readonly made: Made;
  /** null if no batch norm follows. */
  readonly normed: Normed | null;
  /** null if no backward pass follows. */
  readonly winner: number | null;
  readonly terms: Term[];
}

export interface PlannedHalving {
  readonly input: ValueSpec;
  readonly operation: HalvingOperation;
  readonly normed: Normed;
  readonly term: Term;
}

/** A state of a cell, with the operations that read it. */
export interface PlannedState {
  readonly state: ValueSpec;
  /** What its operations read: the state, or a copy of its channels. */
  readonly read: ValueSpec;
  /** The edge that chose the channels of the copy; null if they are the first. */
  readonly chooser: MixedEdge | null;
  /** The same for the copies of edges that chose their channels: of the state itself it has bypasses then. */
  readonly copies: readonly PlannedState[];
  readonly convs: PlannedConv[];
  readonly pools: PlannedPool[];
  readonly halvings: PlannedHalving[];
  /** Identities, and bypasses at stride 1. */
  readonly skips: Term[];
}

/** A cell whose results all have a place. */
export interface PlannedCell {
  readonly cell: Cell;
  /** Its two inputs, projected. */
  readonly inputs: readonly { readonly block: Cell['inputs'][number]; readonly normed: Normed }[];
  readonly states: readonly PlannedState[];
  /** Terms of each node, or of each part of it, by its name. */
  readonly terms: ReadonlyMap<string, readonly Term[]>;
}

/** Lines of the caller's numbers that nodes are made of. */
export interface GivenPlaces {
  mixing(kind: Cell['kind'], position: number): number;
  /** null if it is never dropped. */
  drops(dropped: MixedEdge | Operation): number | null;
  /** `[pictures, height, width, channels]` */
  noise(operation: NoiseOperation): number;
}

/** Finds a place for everything that the cells of a network make. */
export class CellPlacer {
  readonly #memory: PlanMemory;
  readonly #given: GivenPlaces;

  constructor(memory: PlanMemory, given: GivenPlaces) {
    this.#memory = memory;
    this.#given = given;
  }

  /** Places everything that a cell makes, to be kept for the backward pass. */
  place(cell: Cell): PlannedCell {
    const inputs = cell.inputs.map((block, i) => {
      const norm = block.kind === 'halving' ? block.operation.norm : block.norm;
      this.#memory.tensor(block.output, `input ${i}`);
      return { block, normed: this.#normed(block.output, norm, null) };
    });
    for (const node of cell.nodes) {
      this.#memory.tensor(node.output);
      for (const part of nodeParts(node)) this.#memory.tensor(part, withoutCell(part), briefOf(node, part));
    }
    return this.#cell(cell, inputs, null);
  }

  /**
   * Places the same cell for schedules that no backward pass follows.
   *
   * @param kept whether what leaves each state is kept, so that the cell can be run again from any node
   */
  placePassing({ cell, inputs }: PlannedCell, passing: PassingPlaces, kept = false): PlannedCell {
    return this.#cell(cell, inputs, passing, kept);
  }

  #cell(cell: Cell, inputs: PlannedCell['inputs'], passing: PassingPlaces | null, kept = false): PlannedCell {
    const terms = new Map<string, Term[]>(cell.nodes.flatMap(nodeParts).map(({ name }) => [name, []]));
    const states = [...cell.inputs, ...cell.nodes].map(({ output }) => {
      if (!kept) passing?.reuse();
      return this.#state(cell, output, terms, passing);
    });
    return { cell, inputs, states, terms };
  }

  #state(cell: Cell, state: ValueSpec, terms: Map<string, Term[]>, passing: PassingPlaces | null): PlannedState {
    const leaving = cell.edges.get(state.name) ?? [];
    const chooses = cell.channelChoice === 'random';
    const first = chooses ? undefined : leaving.find(({ input }) => input.name !== state.name)?.input;
    const copies: PlannedState[] = [];
    const whole = this.#reading(state, first ?? state, null, copies);
    for (const edge of leaving) {
      const { input } = edge;
      const isChosen = chooses && input.name !== state.name;
      const planned = isChosen ? this.#reading(state, input, edge.mixed) : whole;
      if (isChosen) copies.push(planned);
      const half = (size: number): number => size / edge.stride;
      const output = { ...input, height: half(input.height), width: half(input.width) };
      for (const { operation, position } of edge.operations) {
        const mixing = position === null ? null : this.#given.mixing(cell.kind, position);
        const drops = this.#given.drops(edge.mixed) ?? this.#given.drops(operation);
        const add = (z: number, normed: Normed | null): Term => {
          const term = { edge, mixing, position, drops, z, normed };
          terms.get(edge.target.name)?.push(term);
          return term;
        };
        if (operation.kind === 'identity' || (operation.kind === 'bypass' && edge.stride === 1)) {
          planned.skips.push(add(this.#memory.tensor(input).x, null));
        } else if (operation.kind === 'noise') {
          add(this.#given.noise(operation), null);
        } else if (operation.kind === 'halving') {
          const normed = this.#normed(output, operation.norm, passing);
          planned.halvings.push({ input, operation, normed, term: add(normed.z, normed) });
        } else if (operation.kind === 'conv') {
          const units = this.#units(operation.units, output, passing);
          const last = (units.second ?? units.first).normed;
          planned.convs.push({ edge, ...units, term: add(last.z, last) });
        } else if (operation.kind !== 'none') {
          this.#pool(planned.pools, operation, input, output, passing, add);
        }
      }
    }
    for (const { skips } of readingsOf(whole)) checkCount(skips);
    // A node adds up what leaves one state at once.
    for (const list of terms.values()) checkCount(list.filter(({ edge }) => edge.mixed.input.name === state.name));
    return whole;
  }

  #reading(
    state: ValueSpec,
    read: ValueSpec,
    chooser: MixedEdge | null,
    copies: readonly PlannedState[] = [],
  ): PlannedState {
    if (read !== state) this.#memory.tensor(read, withoutCell(read));
    return { state, read, chooser, copies, convs: [], pools: [], halvings: [], skips: [] };
  }

  /** @throws RangeError if there are not one or two units */
  #units(
    [first, second, ...more]: readonly ConvUnit[],
    output: ValueSpec,
    passing: PassingPlaces | null,
  ): Pick<PlannedConv, 'first' | 'second'> {
    if (first === undefined || more.length > 0) throw new RangeError('a convolution must have one or two units');
    const one = { unit: first, normed: this.#normed(output, first.norm, passing) };
    if (second === undefined) return { first: one, second: null };
    // A picture of the second unit's may take the place of the first's: its copy in the scratch is what is read.
    const normed = passing
      ? { ...one.normed, sums: this.#memory.sums(second.norm), norm: second.norm }
      : this.#normed(output, second.norm, passing);
    return { first: one, second: { unit: second, normed } };
  }

  /** One pool for all edges; each edge's norm has coefficients of its own, for the running statistics may differ. */
  #pool(
    pools: PlannedPool[],
    operation: PoolOperation | BypassOperation,
    input: ValueSpec,
    output: ValueSpec,
    passing: PassingPlaces | null,
    add: (z: number, normed: Normed | null) => Term,
  ): void {
    const { kind } = operation;
    const norm = kind === 'bypass' ? null : operation.norm;
    const known = pools.find((pool) => pool.operation.kind === kind);
    if (known) {
      known.terms.push(add(known.made.z, norm && known.normed && { ...known.normed, norm }));
      return;
    }
    const made = this.#made(output, passing);
    const normed = norm && { ...made, sums: this.#memory.sums(norm), norm };
    // A byte for every entry; only the backward pass reads it.
    const winner = passing ? null : this.#memory.result((made.pixels * made.channels) / 4);
    pools.push({ operation, input, made, normed, winner, terms: [add(made.z, normed)] });
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
}

/** The room of everything that the edges of a cell make. */
export function roomsOf(cell: PlannedCell, pictures: number): Room[] {
  return cell.states.flatMap(readingsOf).flatMap(({ convs, pools, halvings }) => {
    const normed = [...convs.flatMap(unitsOf), ...halvings].map((each) => each.normed);
    return [...normed, ...pools.map(({ made }) => made)].map(({ z, pixels, channels }) => {
      return { place: z, floats: pictures * pixels * channels };
    });
  });
}

/** A state, and the copies of it that edges chose. */
export function readingsOf(planned: PlannedState): PlannedState[] {
  return [planned, ...planned.copies];
}

/** The units of a convolution, in order. */
export function unitsOf({ first, second }: PlannedConv): PlannedUnit[] {
  return second === null ? [first] : [first, second];
}

/** Name of a value within its cell: that of a place for its gradient, which cells share. */
function withoutCell({ name }: ValueSpec): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Name of the place of an edge's part of a node, which is added to the node at once; undefined for other parts. */
function briefOf({ channelChoice }: NodeBlock, { name }: ValueSpec): string | undefined {
  return channelChoice === 'first' ? undefined : name.slice(name.lastIndexOf(' ') + 1);
}

/** @throws RangeError if there are more terms than the kernels have room for */
function checkCount({ length }: readonly Term[]): void {
  if (length > MAX_TERMS) {
    throw new RangeError(`a state of a cell must be used at most ${MAX_TERMS} times in one way, got ${length}`);
  }
}
