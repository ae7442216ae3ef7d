import type { BatchNormSpec, Block, BlockGraph, CellKind, ValueSpec } from '../../../network/block-graph.ts';
import { dropColumns } from '../../../network/drop-path.ts';
import { partChannels, readNetwork } from './cells.ts';
import { LINE_FLOATS } from './memory-map.ts';
import { PassingPlaces, type Room } from './passing-places.ts';
import { AuxiliaryPlanner } from './plan-auxiliary.ts';
import { BackwardPlanner } from './plan-backward.ts';
import { classifierFloats, type PlannedClassifier, placeClassifier, writeClassifier } from './plan-classifier.ts';
import { ForwardPlanner } from './plan-forward.ts';
import { type NormPlaces, PlanMemory, placeScratch, type Tensor } from './plan-memory.ts';
import { plainShare } from './plan-norm-gradients.ts';
import { placeWeightRows, type WeightRows, writeGathering, writePlacing } from './plan-weights.ts';
import type { Normed, PlannedCell } from './planned-cell.ts';
import { chunksOf, ScheduleWriter } from './schedule.ts';
import { layOutWeights, type WeightLayout } from './weight-layout.ts';

/** Everything the engine needs to run a graph on mini-batches of one size: schedules, and where things lie. */
export interface Plan {
  readonly pictures: number;
  readonly weights: WeightLayout;
  readonly schedules: {
    /** From the row of weights to where the other schedules read them. */
    readonly weights: Int32Array;
    /** Logits by the mini-batch's statistics; what the backward passes need is kept. */
    readonly training: Int32Array;
    /** The same logits; nothing is kept. */
    readonly losses: Int32Array;
    /** Logits by scales and shifts that were put there. */
    readonly evaluation: Int32Array;
    /** After `training` or `losses`: the auxiliary head's logits; nothing where there is no head. */
    readonly auxiliary: Int32Array;
    /** After `training`: gradients in the mixing weights; nothing where there are none. */
    readonly mixingGradient: Int32Array;
    /** After `training`, and `auxiliary` where its gradient is not 0: gradients in the weights, and the row of them. */
    readonly weightGradient: Int32Array;
  };
  /** Every cell in order: its kind, and the word from which on `losses` depends on its mixing weights. */
  readonly cells: readonly { readonly kind: CellKind; readonly start: number }[];
  /** `[pictures, image, image, 3]` */
  readonly images: number;
  readonly classifier: PlannedClassifier;
  /** The auxiliary head's, where there is one. */
  readonly auxiliaryClassifier: PlannedClassifier | null;
  /** Line of the first mixing weight of each kind of cell; each weight has a line of its own. */
  readonly mixing: Readonly<Record<CellKind, number>>;
  /** For every cell of a kind, line of the first gradient in its mixing weights. */
  readonly mixingGradients: Readonly<Record<CellKind, readonly number[]>>;
  /** Line of drop-path's factors of every column, `[pictures]` each. */
  readonly drops: readonly number[];
  readonly rows: WeightRows;
  norm(norm: BatchNormSpec): NormPlaces;
  /** Values a channel that a norm's statistics are taken over. */
  normCount(norm: BatchNormSpec): number;
  /** Tensors of a value's parts. */
  tensors(value: string): readonly Tensor[] | undefined;
  /** Lines of memory, without the threads' scratch; and of a thread's scratch. */
  readonly lines: number;
  readonly scratchLines: number;
}

/** Blocks whose outputs only their own kernels know. */
const WITHOUT_TENSOR: readonly Block['kind'][] = ['global-average-pool', 'classifier', 'auxiliary-head'];

export function planNetwork(graph: BlockGraph, pictures: number): Plan {
  const network = readNetwork(graph);
  const { stem, classifier, cells } = network;
  const chunks = chunksOf(pictures);
  const weights = layOutWeights(graph, (value) => partChannels(network, value));
  const memory = new PlanMemory(graph, weights, chunks);
  const { map } = memory;
  const scratch = placeScratch(graph, network);
  const rows = placeWeightRows(weights, map);
  const place = (name: string): number => weights.places.get(name)?.forward ?? -1;

  const entries = graph.mixing.edges * graph.mixing.primitives.length;
  const mixing = { normal: map.floats(entries * LINE_FLOATS), reduce: map.floats(entries * LINE_FLOATS) };
  const mixingGradients: Record<CellKind, number[]> = { normal: [], reduce: [] };
  const columns = dropColumns(graph);
  const drops = Array.from(columns, () => map.floats(pictures));
  const images = map.floats(pictures * graph.image ** 2 * 3);

  const stemTensor = memory.tensor(stem.output);
  const pixels = stem.output.height * stem.output.width;
  const stemNormed: Normed = {
    z: memory.result(pixels * stemTensor.channels),
    sums: memory.sums(stem.norm),
    norm: stem.norm,
    pixels,
    channels: stemTensor.channels,
  };

  const forwardPlanner = new ForwardPlanner(network, memory, scratch, {
    mixing: (kind, position) => mixing[kind] + position,
    drops: (operation) => drops[columns.get(operation) ?? -1] ?? -1,
  });
  const planned = cells.map((cell) => forwardPlanner.place(cell));
  const stemFields = (g: number, abc: number, gradients: number): number[] => {
    const { z, sums, channels } = stemNormed;
    return [images, graph.image, channels, place(stem.conv.name), z, sums, scratch.row, g, abc, gradients];
  };
  const plannedClassifier = placeClassifier(
    memory,
    classifier.weight,
    network.parts(classifier.input).map((part) => memory.tensor(part)),
  );
  const auxiliary = network.auxiliary && new AuxiliaryPlanner(network.auxiliary, network, memory);

  // What these schedules run over is never gone back through.
  const passing = new PassingPlaces(
    map,
    planned.flatMap((cell) => resultRooms(cell, pictures)),
  );
  const passed = planned.map((cell) => forwardPlanner.placePassing(cell, passing));
  const forward = (training: boolean, planned: readonly PlannedCell[]): { schedule: Int32Array; starts: number[] } => {
    const schedule = new ScheduleWriter(chunks);
    schedule.overPictures((write) => write('stem', ...stemFields(-1, -1, -1)));
    if (training) forwardPlanner.coefficients(schedule, [stemNormed]);
    schedule.overPictures((write) => {
      const { scale, shift } = memory.norm(stem.norm);
      write('normalize', stemNormed.z, scale, shift, stemTensor.x, pixels, stemNormed.channels);
    });
    const starts = planned.map((cell) => forwardPlanner.write(schedule, cell, training));
    schedule.overPictures((write) => writeClassifier(write, 'logits', memory, plannedClassifier));
    return { schedule: schedule.finish(), starts };
  };
  const auxiliaryForward = new ScheduleWriter(chunks);
  auxiliary?.write(auxiliaryForward, forwardPlanner);

  // Sums are read in the cell that they are made in, by either pass.
  const passingSums = new PassingPlaces(map, []);
  const backward = (weigh: boolean): Int32Array => {
    const schedule = new ScheduleWriter(chunks);
    const wanted = weigh ? everyValue(planned, stem.output) : beyondFirstMixing(planned, network.parts);
    const dmixing = new Map(planned.map((cell) => [cell, mixingGradientPlace(cell)]));
    const planner = new BackwardPlanner({
      forward: forwardPlanner,
      memory,
      scratch,
      sums: passingSums,
      weigh,
      wanted,
      dmixing: (cell, position) => (dmixing.get(cell) as number) + position,
    });
    auxiliary?.writeBackward(schedule, planner);
    const floats = classifierFloats(plannedClassifier);
    schedule.overPictures((write) => {
      // Without gradients of the weights wanted, these are made all the same: they are few.
      const partials = weigh ? planner.partial(classifier.weight.name, floats) : map.floats(chunks.count * floats);
      for (const part of network.parts(classifier.input)) planner.begin(write, part);
      writeClassifier(write, 'logitsBackward', memory, plannedClassifier, partials);
    });
    for (const cell of planned.toReversed()) planner.cell(schedule, cell);
    if (!weigh) return schedule.finish();
    passingSums.reuse();
    const sums = passingSums.take(memory.pictures(2 * stemNormed.channels));
    const abc = planner.norms.place(stemNormed);
    schedule.overPictures((write) => {
      planner.begin(write, stem.output);
      write('gradientSums', stemTensor.g, pixels, stemNormed.channels, sums, 1, stemNormed.z);
    });
    schedule.overOperations((write) => {
      planner.norms.write(write, stemNormed, [plainShare(sums)]);
    });
    schedule.overPictures((write) => {
      write(
        'stemBackward',
        ...stemFields(stemTensor.g, abc, planner.partial(stem.conv.name, 28 * stemNormed.channels)),
      );
    });
    schedule.overOperations((write) => planner.reduce(write));
    writeGathering(schedule, weights, rows, memory.gradients);
    return schedule.finish();
  };

  const places = new Map<PlannedCell, number>();
  function mixingGradientPlace(cell: PlannedCell): number {
    let start = places.get(cell);
    if (start === undefined) {
      start = map.floats(entries * LINE_FLOATS);
      places.set(cell, start);
      mixingGradients[cell.cell.kind].push(start);
    }
    return start;
  }

  const placing = new ScheduleWriter(chunks);
  writePlacing(placing, weights, rows);
  const training = forward(true, planned).schedule;
  const losses = forward(true, passed);
  const evaluation = forward(false, passed).schedule;
  const mixingGradient = entries > 0 ? backward(false) : new ScheduleWriter(chunks).finish();
  const weightGradient = backward(true);
  const counts = normCounts(planned, [stemNormed, ...(auxiliary?.normed ?? [])]);
  const tensors = graph.blocks.filter(({ kind }) => !WITHOUT_TENSOR.includes(kind));
  const values = new Map<string, ValueSpec>(tensors.map(({ output }) => [output.name, output]));
  return {
    pictures,
    weights,
    schedules: {
      weights: placing.finish(),
      training,
      losses: losses.schedule,
      evaluation,
      auxiliary: auxiliaryForward.finish(),
      mixingGradient,
      weightGradient,
    },
    cells: planned.map(({ cell: { kind } }, i) => ({ kind, start: losses.starts[i] as number })),
    images,
    classifier: plannedClassifier,
    auxiliaryClassifier: auxiliary?.classifier ?? null,
    mixing,
    mixingGradients,
    drops,
    rows,
    norm: (norm) => memory.norm(norm),
    normCount: (norm) => (counts.get(norm.name) as number) * pictures,
    tensors: (name) => {
      const value = values.get(name);
      return value && network.parts(value).map((part) => memory.tensor(part));
    },
    lines: map.lines,
    scratchLines: scratch.lines,
  };
}

/** The room of everything that the edges of a cell make. */
function resultRooms({ states }: PlannedCell, pictures: number): Room[] {
  return states.flatMap(({ convs, pools, halvings }) => {
    const normed = [...convs.flatMap(({ units }) => units), ...halvings].map((each) => each.normed);
    return [...normed, ...pools.map(({ made }) => made)].map(({ z, pixels, channels }) => ({
      place: z,
      floats: pictures * pixels * channels,
    }));
  });
}

/** Without inputs of a cell that nothing reads: the gradients of their projections' weights stay 0. */
function everyValue(planned: readonly PlannedCell[], stem: ValueSpec): Set<string> {
  const values = planned.flatMap(({ cell, inputs }) => [
    ...inputs.map(({ block }) => block.output).filter(({ name }) => cell.edges.has(name)),
    ...cell.nodes.map(({ output }) => output),
  ]);
  return new Set([stem, ...values].map(({ name }) => name));
}

/** Values that come after a mixed edge: only their gradients lead to one in a mixing weight. */
function beyondFirstMixing(
  planned: readonly PlannedCell[],
  parts: (value: ValueSpec) => readonly ValueSpec[],
): Set<string> {
  const wanted = new Set<string>();
  for (const { cell, inputs } of planned) {
    for (const { block } of inputs) {
      if (parts(block.input).some((part) => wanted.has(part.name))) wanted.add(block.output.name);
    }
    for (const { output } of cell.nodes) wanted.add(output.name);
  }
  return wanted;
}

function normCounts(planned: readonly PlannedCell[], others: readonly Normed[]): Map<string, number> {
  const counts = new Map(others.map(({ norm, pixels }) => [norm.name, pixels]));
  const note = ({ norm, pixels }: Normed): void => void counts.set(norm.name, pixels);
  for (const { inputs, states, terms } of planned) {
    for (const { normed } of inputs) note(normed);
    for (const { convs } of states) for (const { units } of convs) for (const { normed } of units) note(normed);
    for (const list of terms.values()) for (const { normed } of list) if (normed) note(normed);
  }
  return counts;
}
