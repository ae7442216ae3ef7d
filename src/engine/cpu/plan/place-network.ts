import type { BatchNormSpec, BlockGraph, CellKind, NoiseOperation } from '../../../network/block-graph.ts';
import { dropColumns } from '../../../network/drop-columns.ts';
import { noiseShapes } from '../../../network/noise-shapes.ts';
import { type Network, partChannels, readNetwork } from './cells.ts';
import { LINE_FLOATS, PassingPlaces, padChannels, STEM_CHANNELS } from './memory-map.ts';
import { CellPlacer, type Normed, type PlannedCell, readingsOf, roomsOf, unitsOf } from './place-cells.ts';
import { AuxiliaryPlanner } from './plan-auxiliary.ts';
import { type PlannedClassifier, placeClassifier, StemPlanner } from './plan-ends.ts';
import { PlanMemory, placeScratch, type ScratchPlaces } from './plan-memory.ts';
import { placeWeightRows, type WeightRows } from './plan-weights.ts';
import type { Chunks } from './schedule.ts';
import { layOutWeights } from './weight-layout.ts';

/** A network in which everything that schedules share has a place. */
export interface PlacedNetwork {
  readonly network: Network;
  readonly memory: PlanMemory;
  readonly scratch: ScratchPlaces;
  readonly rows: WeightRows;
  /** `[pictures, image, image, 3]`; channels that the pictures lack are 0 */
  readonly images: number;
  /** Line of the first mixing weight of each kind of cell; each weight has a line of its own. */
  readonly mixing: Readonly<Record<CellKind, number>>;
  /** Line of the first gradient in each cell's mixing weights. */
  readonly mixingGradients: ReadonlyMap<PlannedCell, number>;
  /** Line of drop-path's factors of every column, `[pictures]` each. */
  readonly drops: readonly number[];
  /** Tensor of what each operation `noise` gives, in the order of `noiseShapes`. */
  readonly noise: ReadonlyMap<NoiseOperation, NoisePlace>;
  readonly stem: StemPlanner;
  /** Cells whose results are kept for a backward pass. */
  readonly cells: readonly PlannedCell[];
  /** The same cells for schedules that no backward pass follows. */
  readonly passingCells: readonly PlannedCell[];
  /** The same again, but the first cell of each kind keeps what leaves its states: it can be run again from any node. */
  readonly candidateCells: readonly PlannedCell[];
  readonly classifier: PlannedClassifier;
  readonly auxiliary: AuxiliaryPlanner | null;
}

/** A tensor `[pictures, height, width, channels]`. */
export interface NoisePlace {
  readonly place: number;
  /** Channels, without and with those that pad them. */
  readonly own: number;
  readonly channels: number;
}

/** Finds a place for everything that the schedules of a graph share, for mini-batches that are cut into such chunks. */
export function placeNetwork(graph: BlockGraph, chunks: Chunks): PlacedNetwork {
  const { pictures } = chunks;
  const network = readNetwork(graph);
  const weights = layOutWeights(graph, (value) => partChannels(network, value));
  const memory = new PlanMemory(graph, weights, chunks);
  const { map } = memory;
  const scratch = placeScratch(graph, network);
  const rows = placeWeightRows(weights, map);

  const mixingFloats = graph.mixing.edges * graph.mixing.columns * LINE_FLOATS;
  const mixing = { normal: map.floats(mixingFloats), reduce: map.floats(mixingFloats) };
  const columns = dropColumns(graph);
  const drops = Array.from(columns, () => map.floats(pictures));
  const noise = new Map(
    Array.from(noiseShapes(graph), ([operation, { height, width, channels: own }]) => {
      const channels = padChannels(own);
      return [operation, { place: map.floats(pictures * height * width * channels), own, channels }] as const;
    }),
  );
  const images = map.floats(pictures * graph.image ** 2 * STEM_CHANNELS);

  const stem = new StemPlanner(network.stem, memory, scratch, images, graph.image);
  const placer = new CellPlacer(memory, {
    mixing: (kind, position) => mixing[kind] + position,
    drops: (dropped) => {
      const column = columns.get(dropped);
      return column === undefined ? null : (drops[column] as number);
    },
    noise: (operation) => (noise.get(operation) as NoisePlace).place,
  });
  const cells = network.cells.map((cell) => placer.place(cell));
  const inputs = network.parts(network.classifier.input).map((part) => memory.tensor(part));
  const classifier = placeClassifier(memory, network.classifier.weight, inputs);
  const auxiliary = network.auxiliary && new AuxiliaryPlanner(network.auxiliary, network, memory);

  // No backward pass reads what these cells make, so they may use the room of all the others.
  const passingThrough = (from: readonly PlannedCell[]): PassingPlaces => {
    return new PassingPlaces(
      map,
      from.flatMap((cell) => roomsOf(cell, pictures)),
    );
  };
  const passing = passingThrough(cells);
  const passingCells = cells.map((cell) => placer.placePassing(cell, passing));
  const kept = firstOfEachKind(cells);
  const passingRest = passingThrough(cells.filter((cell) => !kept.includes(cell)));
  const candidateCells = cells.map((cell) => {
    return kept.includes(cell)
      ? placer.placePassing(cell, passingThrough([cell]), true)
      : placer.placePassing(cell, passingRest);
  });
  const mixingGradients = new Map(cells.map((cell) => [cell, map.floats(mixingFloats)]));
  return {
    ...{ network, memory, scratch, rows, images, mixing, mixingGradients, drops, noise },
    ...{ stem, cells, passingCells, candidateCells, classifier, auxiliary },
  };
}

/** The cells in which the mixing weights of a kind are first used, in order. */
export function firstOfEachKind(cells: readonly PlannedCell[]): PlannedCell[] {
  return cells.filter(({ cell }, i) => cells.findIndex((other) => other.cell.kind === cell.kind) === i);
}

/** Values a channel that every norm's statistics are taken over, by its name. */
export function normCounts({ stem, cells, auxiliary, memory }: PlacedNetwork): Map<BatchNormSpec['name'], number> {
  const { pictures } = memory.chunks;
  const normed: Normed[] = [stem.normed, ...(auxiliary?.normed ?? [])];
  for (const { inputs, states, terms } of cells) {
    const units = states.flatMap(readingsOf).flatMap(({ convs }) => convs.flatMap(unitsOf));
    normed.push(...[...inputs, ...units].map((each) => each.normed));
    normed.push(...[...terms.values()].flat().flatMap((term) => term.normed ?? []));
  }
  return new Map(normed.map(({ norm, pixels }) => [norm.name, pixels * pictures]));
}
