import type {
  BatchNormSpec,
  Block,
  BlockGraph,
  CellKind,
  MixedEdge,
  NoiseOperation,
  ValueSpec,
} from '../../../network/block-graph.ts';
import type { ChosenTables } from './chosen-tables.ts';
import { KeptKinks } from './kept-kinks.ts';
import { PassingPlaces } from './memory-map.ts';
import { nodeParts } from './partial-values.ts';
import type { PlannedCell } from './place-cells.ts';
import { firstOfEachKind, type NoisePlace, normCounts, type PlacedNetwork, placeNetwork } from './place-network.ts';
import { BackwardPlanner } from './plan-backward.ts';
import { classifierFloats, type PlannedClassifier, writeClassifier } from './plan-ends.ts';
import { ForwardPlanner } from './plan-forward.ts';
import type { NormPlaces, Table, Tensor } from './plan-memory.ts';
import { PartialGradients, type WeightRows, writeGathering, writePlacing } from './plan-weights.ts';
import { type Chunks, chunksOf, ScheduleWriter } from './schedule.ts';
import type { WeightLayout } from './weight-layout.ts';

/** Everything the engine needs to run a graph on mini-batches of one size: schedules and places. */
export interface Plan {
  readonly pictures: number;
  readonly weights: WeightLayout;
  readonly schedules: Schedules;
  /** Whether schedules beyond those of training were planned. */
  readonly extras: boolean;
  /** Where `candidates` can be run again from, in the order of the network; none if there are no mixing weights. */
  readonly reruns: readonly Rerun[];
  /** `[pictures, image, image, 3]`; channels that the pictures lack are 0 */
  readonly images: number;
  readonly classifier: PlannedClassifier;
  /** null if there is no auxiliary head. */
  readonly auxiliaryClassifier: PlannedClassifier | null;
  /** Line of the first mixing weight of each kind of cell; each weight has a line of its own. */
  readonly mixing: Readonly<Record<CellKind, number>>;
  /** Line of the first gradient in the mixing weights, for every cell of a kind. */
  readonly mixingGradients: Readonly<Record<CellKind, readonly number[]>>;
  /** Line of drop-path's factors of every column, `[pictures]` each. */
  readonly drops: readonly number[];
  /** Tensor of what each operation `noise` gives. */
  readonly noise: ReadonlyMap<NoiseOperation, NoisePlace>;
  /** Tables of the edges whose channels come with the mini-batch. */
  readonly chosen: ReadonlyMap<MixedEdge, ChosenTables>;
  readonly rows: WeightRows;
  /** Numbers that the schedules read. */
  readonly tables: readonly Table[];
  norm(norm: BatchNormSpec): NormPlaces;
  /** Values a channel that a norm's statistics are taken over. */
  normCount(norm: BatchNormSpec): number;
  /** Tensors of a value's parts; undefined if the network makes no such tensor. */
  tensors(value: string): readonly Tensor[] | undefined;
  /** Lines of memory, without the threads' scratch. */
  readonly lines: number;
  /** Lines of a thread's scratch. */
  readonly scratchLines: number;
}

interface Schedules {
  /** Moves the row of weights to where the other schedules read them. */
  readonly weights: Int32Array;
  /** Logits by the mini-batch's statistics; what the backward passes need is kept. */
  readonly training: Int32Array;
  /** The same logits, without keeping anything. */
  readonly losses: Int32Array;
  /** The same logits, keeping what `reruns` begin with; empty if there are no mixing weights. */
  readonly candidates: Int32Array;
  /** Logits by scales and shifts that were put there. */
  readonly evaluation: Int32Array;
  /** The auxiliary head's logits, after `training` or `losses`; empty if there is no head. */
  readonly auxiliary: Int32Array;
  /** Gradients in the mixing weights, after `training`; empty if there are none. */
  readonly mixingGradient: Int32Array;
  /**
   * Gradients of the weights, and the row of them: after `training`, and `auxiliary` if its gradient is not 0. Also those in
   * the mixing weights, to the same bits.
   */
  readonly weightGradient: Int32Array;
  /* What training does not need. It takes more memory, and so is empty unless asked for. */
  /** `training` and its gradients by scales and shifts that were put there. */
  readonly runningTraining: Int32Array;
  readonly runningMixingGradient: Int32Array;
  readonly runningWeightGradient: Int32Array;
  /** Keeps the kinks of the pass before, which was `training`. */
  readonly keeping: Int32Array;
  /** `training` and its gradients, held to the kinks that were kept. */
  readonly heldTraining: Int32Array;
  readonly heldMixingGradient: Int32Array;
  readonly heldWeightGradient: Int32Array;
}

/**
 * The rest of `candidates`, from a node of the first cell of a kind on. After `candidates` or another rerun it makes the
 * logits of other mixing weights, if none that come before its own changed since.
 */
export interface Rerun {
  readonly kind: CellKind;
  /** Positions of the node's mixing weights in the flat matrix of its kind. */
  readonly positions: readonly number[];
  readonly schedule: Int32Array;
}

/** Blocks whose outputs only their own kernels know. */
const WITHOUT_TENSOR: readonly Block['kind'][] = ['global-average-pool', 'classifier', 'auxiliary-head'];

/**
 * Plans a graph for mini-batches of so many pictures: places what schedules share, then writes the schedules.
 *
 * @param extras whether to plan what training does not need, too; the rest is the same
 * @param chunks how the pictures are cut into chunks. @default as suits the threads of a CPU
 */
export function planNetwork(
  graph: BlockGraph,
  pictures: number,
  extras = false,
  chunks: Chunks = chunksOf(pictures),
): Plan {
  const placed = placeNetwork(graph, chunks);
  const isMixed = graph.mixing.edges > 0;
  const forward = new ForwardPlanner(placed.network, placed.memory, placed.scratch);
  const schedules = writeSchedules(placed, forward, isMixed, extras);
  const reruns = isMixed ? writeReruns(placed, forward) : [];

  const { memory, network, scratch } = placed;
  const counts = normCounts(placed);
  const withTensor = graph.blocks.filter(({ kind }) => !WITHOUT_TENSOR.includes(kind));
  const values = new Map<string, ValueSpec>(withTensor.map(({ output }) => [output.name, output]));
  const mixingGradients: Record<CellKind, number[]> = { normal: [], reduce: [] };
  for (const [{ cell }, start] of placed.mixingGradients) mixingGradients[cell.kind].push(start);
  return {
    ...{ pictures, schedules, extras, reruns, mixingGradients },
    weights: memory.weights,
    images: placed.images,
    classifier: placed.classifier,
    auxiliaryClassifier: placed.auxiliary?.classifier ?? null,
    mixing: placed.mixing,
    drops: placed.drops,
    noise: placed.noise,
    chosen: memory.chosen,
    rows: placed.rows,
    tables: memory.tables,
    norm: (norm) => memory.norm(norm),
    normCount: ({ name }) => {
      const count = counts.get(name);
      if (count === undefined) throw new RangeError(`the graph has no batch norm ${name}`);
      return count;
    },
    tensors: (name) => {
      const value = values.get(name);
      return value && network.parts(value).map((part) => memory.tensor(part));
    },
    lines: memory.map.lines,
    scratchLines: scratch.lines,
  };
}

/** @param isMixed whether the network has mixing weights */
function writeSchedules(placed: PlacedNetwork, forward: ForwardPlanner, isMixed: boolean, extras: boolean): Schedules {
  const { memory, rows, cells, passingCells, candidateCells } = placed;
  const weights = new ScheduleWriter(memory.chunks);
  writePlacing(weights, memory.weights, rows);
  const auxiliary = new ScheduleWriter(memory.chunks);
  placed.auxiliary?.write(auxiliary, forward);
  // Either backward pass reads its sums in the cell that they are made in.
  const sums = new PassingPlaces(memory.map, []);
  const partials = new PartialGradients(memory.map, memory.chunks.count);
  const backward = (weightGradients: boolean, given = false, by = forward): Int32Array => {
    return writeBackward(placed, by, { sums, partials, weightGradients, given });
  };
  const kinks = new KeptKinks(memory);
  const held = new ForwardPlanner(placed.network, memory, placed.scratch, kinks);
  const nothing = new ScheduleWriter(memory.chunks).finish();
  return {
    weights: weights.finish(),
    training: writeForward(placed, forward, cells, true),
    losses: writeForward(placed, forward, passingCells, true),
    candidates: isMixed ? writeForward(placed, forward, candidateCells, true) : nothing,
    evaluation: writeForward(placed, forward, passingCells, false),
    auxiliary: auxiliary.finish(),
    mixingGradient: isMixed ? backward(false) : nothing,
    weightGradient: backward(true),
    runningTraining: extras ? writeForward(placed, forward, cells, false) : nothing,
    runningMixingGradient: extras ? backward(false, true) : nothing,
    runningWeightGradient: extras ? backward(true, true) : nothing,
    heldTraining: extras ? writeForward(placed, held, cells, true) : nothing,
    heldMixingGradient: extras ? backward(false, false, held) : nothing,
    heldWeightGradient: extras ? backward(true, false, held) : nothing,
    // The last, as the held schedules ask for the kinks.
    keeping: extras ? writeKeeping(placed, kinks) : nothing,
  };
}

/** @param training whether norms go by the mini-batch */
function writeForward(
  { memory, stem, classifier }: PlacedNetwork,
  forward: ForwardPlanner,
  cells: readonly PlannedCell[],
  training: boolean,
): Int32Array {
  const schedule = new ScheduleWriter(memory.chunks);
  stem.write(schedule, forward, training);
  for (const cell of cells) forward.write(schedule, cell, training);
  schedule.overPictures((write) => writeClassifier(write, 'logits', memory, classifier, null));
  return schedule.finish();
}

function writeKeeping({ memory }: PlacedNetwork, kinks: KeptKinks): Int32Array {
  const schedule = new ScheduleWriter(memory.chunks);
  kinks.write(schedule);
  return schedule.finish();
}

function writeReruns({ memory, classifier, candidateCells }: PlacedNetwork, forward: ForwardPlanner): Rerun[] {
  return firstOfEachKind(candidateCells).flatMap((planned) => {
    const { kind, nodes } = planned.cell;
    const after = candidateCells.slice(candidateCells.indexOf(planned) + 1);
    return nodes.map((block, node) => {
      const schedule = new ScheduleWriter(memory.chunks);
      forward.write(schedule, planned, true, node);
      for (const cell of after) forward.write(schedule, cell, true);
      schedule.overPictures((write) => writeClassifier(write, 'logits', memory, classifier, null));
      // `none` has no term, and no weight that matters.
      const terms = nodeParts(block).flatMap((part) => planned.terms.get(part.name) ?? []);
      const positions = terms.flatMap(({ position }) => position ?? []);
      return { kind, positions, schedule: schedule.finish() };
    });
  });
}

/** How a backward pass is planned. */
interface BackwardOptions {
  /** Places that schedules share: those of sums and of partial gradients. */
  readonly sums: PassingPlaces;
  readonly partials: PartialGradients;
  /** Whether the gradients of the weights are wanted; else those in the mixing weights. */
  readonly weightGradients: boolean;
  /** Whether norms go by given means and variances. */
  readonly given: boolean;
}

/** Takes more places, for what its operations hand on to each other. */
function writeBackward(placed: PlacedNetwork, forward: ForwardPlanner, options: BackwardOptions): Int32Array {
  const { weightGradients, sums } = options;
  const { network, memory, scratch, rows, mixingGradients, cells, stem, classifier } = placed;
  const schedule = new ScheduleWriter(memory.chunks);
  const wanted = weightGradients ? everyValue(cells, network.stem.output) : beyondFirstMixing(cells, network.parts);
  const backward = new BackwardPlanner({ ...options, network, forward, memory, scratch, mixingGradients, wanted });
  placed.auxiliary?.writeBackward(schedule, backward);
  schedule.overPictures((write) => {
    const floats = classifierFloats(classifier);
    // The kernel makes these even if they are not wanted: they are few.
    const partials =
      backward.partial(classifier.weight.name, floats) ?? memory.map.floats(memory.chunks.count * floats);
    for (const part of network.parts(network.classifier.input)) backward.begin(write, part);
    writeClassifier(write, 'logitsBackward', memory, classifier, partials);
  });
  for (const cell of cells.toReversed()) backward.cell(schedule, cell);
  if (!weightGradients) return schedule.finish();

  sums.reuse();
  stem.writeBackward(schedule, backward);
  schedule.overOperations((write) => backward.reduce(write));
  writeGathering(schedule, memory.weights, rows, memory.gradients);
  return schedule.finish();
}

/** Names of all values except inputs of a cell that no edge leaves: the gradients of their weights stay 0. */
function everyValue(cells: readonly PlannedCell[], stem: ValueSpec): Set<string> {
  const values = cells.flatMap(({ cell, inputs }) => [
    ...inputs.map(({ block }) => block.output).filter(({ name }) => cell.edges.has(name)),
    ...cell.nodes.map(({ output }) => output),
  ]);
  return new Set([stem, ...values].map(({ name }) => name));
}

/** Names of the values that come after a mixed edge: only their gradients lead to one in a mixing weight. */
function beyondFirstMixing(
  cells: readonly PlannedCell[],
  parts: (value: ValueSpec) => readonly ValueSpec[],
): Set<string> {
  const wanted = new Set<string>();
  for (const { cell, inputs } of cells) {
    for (const { block } of inputs) {
      if (parts(block.input).some((part) => wanted.has(part.name))) wanted.add(block.output.name);
    }
    for (const { output } of cell.nodes) wanted.add(output.name);
  }
  return wanted;
}
