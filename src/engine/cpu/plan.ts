import type { BatchNormSpec, BlockGraph, CellKind, ValueSpec } from '../../network/block-graph.ts';
import { partChannels, readNetwork } from './cells.ts';
import { LINE_FLOATS, padChannels } from './memory-map.ts';
import { PassingPlaces, type Room } from './passing-places.ts';
import { BackwardPlanner } from './plan-backward.ts';
import { ForwardPlanner } from './plan-forward.ts';
import { type NormPlaces, PlanMemory, placeScratch, type Tensor } from './plan-memory.ts';
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
    /** After `training`: gradients in the mixing weights. */
    readonly mixingGradient: Int32Array;
    /** After `training`: gradients in the weights, and the row of them. */
    readonly weightGradient: Int32Array;
  };
  /** Every cell in order: its kind, and the word from which on `losses` depends on its mixing weights. */
  readonly cells: readonly { readonly kind: CellKind; readonly start: number }[];
  /** `[pictures, image, image, 3]` */
  readonly images: number;
  /** `[pictures, classes]`, padded to fours */
  readonly logits: number;
  readonly logitsGradient: number;
  readonly classes: number;
  /** Line of the first mixing weight of each kind of cell; each weight has a line of its own. */
  readonly mixing: Readonly<Record<CellKind, number>>;
  /** For every cell of a kind, line of the first gradient in its mixing weights. */
  readonly mixingGradients: Readonly<Record<CellKind, readonly number[]>>;
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
  const images = map.floats(pictures * graph.image ** 2 * 3);
  const classes = padChannels(graph.classes);
  const logits = map.floats(pictures * classes);
  const logitsGradient = map.floats(pictures * classes);

  const stemTensor = memory.tensor(stem.output);
  const pixels = stem.output.height * stem.output.width;
  const stemNormed: Normed = {
    z: memory.result(pixels * stemTensor.channels),
    sums: memory.sums(stem.norm),
    norm: stem.norm,
    pixels,
    channels: stemTensor.channels,
  };
  const features = partChannels(network, classifier.input);
  const featuresPlace = memory.result(features.reduce((sum, size) => sum + size, 0));

  const forwardPlanner = new ForwardPlanner(network, memory, scratch, (kind, position) => mixing[kind] + position);
  const planned = cells.map((cell) => forwardPlanner.place(cell));
  const stemFields = (g: number, abc: number, gradients: number): number[] => {
    const { z, sums, channels } = stemNormed;
    return [images, graph.image, channels, place(stem.conv.name), z, sums, scratch.row, g, abc, gradients];
  };
  const logitsFields = (gradients: number): number[] => {
    const inputs = network.parts(classifier.input).map((part) => memory.tensor(part));
    const last = inputs[0] as Tensor;
    const [start, bias] = [place(classifier.weight.name), biasPlace(weights, classifier.weight.name, classes)];
    const places = [start, bias, featuresPlace, logits, logitsGradient, gradients, inputs.length];
    return [last.height * last.width, classes, ...places, ...inputs.flatMap(({ x, channels, g }) => [x, channels, g])];
  };

  // A first cell is as large as any, and what these schedules run over is never gone back through.
  const passing = new PassingPlaces(
    map,
    planned.slice(0, 1).flatMap((cell) => resultRooms(cell, pictures)),
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
    schedule.overPictures((write) => write('logits', ...logitsFields(-1)));
    return { schedule: schedule.finish(), starts };
  };

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
    const values = [stem.output, ...planned.flatMap(({ cell }) => cell.nodes.map((node) => node.output))];
    planner.zero(
      schedule,
      values.filter((value) => wanted.has(value.name)),
    );
    const floats = (featureCount(features) + 1) * classes;
    schedule.overPictures((write) => {
      // Without gradients of the weights wanted, these are made all the same: they are few.
      const partials = weigh ? planner.partial(classifier.weight.name, floats) : map.floats(chunks.count * floats);
      write('logitsBackward', ...logitsFields(partials));
    });
    for (const cell of planned.toReversed()) planner.cell(schedule, cell);
    if (!weigh) return schedule.finish();
    passingSums.reuse();
    const sums = passingSums.take(memory.pictures(2 * stemNormed.channels));
    const abc = map.floats(3 * stemNormed.channels);
    schedule.overPictures((write) => {
      write('gradientSums', stemTensor.g, pixels, stemNormed.channels, sums, 1, stemNormed.z);
    });
    schedule.overOperations((write) => {
      planner.normGradient(write, stemNormed, abc, [{ sums, rows: 2, product: 1, mixing: -1, dmixing: -1 }]);
    });
    schedule.overPictures((write) => {
      write(
        'stemBackward',
        ...stemFields(stemTensor.g, abc, planner.partial(stem.conv.name, 28 * stemNormed.channels)),
      );
    });
    planner.reduce(schedule);
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
  const mixingGradient = backward(false);
  const weightGradient = backward(true);
  const counts = normCounts(planned, stemNormed);
  const values = new Map<string, ValueSpec>(graph.blocks.map(({ output }) => [output.name, output]));
  return {
    pictures,
    weights,
    schedules: {
      weights: placing.finish(),
      training,
      losses: losses.schedule,
      evaluation,
      mixingGradient,
      weightGradient,
    },
    cells: planned.map(({ cell: { kind } }, i) => ({ kind, start: losses.starts[i] as number })),
    images,
    logits,
    logitsGradient,
    classes,
    mixing,
    mixingGradients,
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
    const normed = [...convs.flatMap(({ units }) => units), ...pools, ...halvings].map((each) => each.normed);
    return normed.map(({ z, pixels, channels }) => ({ place: z, floats: pictures * pixels * channels }));
  });
}

function featureCount(features: readonly number[]): number {
  return features.reduce((sum, size) => sum + size, 0);
}

/** The bias stands after the last feature's weights. */
function biasPlace({ places }: WeightLayout, weight: string, classes: number): number {
  const { forward = 0, size = 0 } = places.get(weight) ?? {};
  const floats = size - classes;
  if (floats % LINE_FLOATS !== 0) throw new RangeError(`the bias of ${weight} must begin a line, got float ${floats}`);
  return forward + floats / LINE_FLOATS;
}

function everyValue(planned: readonly PlannedCell[], stem: ValueSpec): Set<string> {
  return new Set([stem.name, ...planned.flatMap(({ states }) => states.map(({ state }) => state.name))]);
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

function normCounts(planned: readonly PlannedCell[], stem: Normed): Map<string, number> {
  const counts = new Map([[stem.norm.name, stem.pixels]]);
  const note = ({ norm, pixels }: Normed): void => void counts.set(norm.name, pixels);
  for (const { inputs, states, terms } of planned) {
    for (const { normed } of inputs) note(normed);
    for (const { convs } of states) for (const { units } of convs) for (const { normed } of units) note(normed);
    for (const list of terms.values()) for (const { normed } of list) if (normed) note(normed);
  }
  return counts;
}
