import { LINE_FLOATS, type MemoryMap } from './memory-map.ts';
import type { OperationWriter } from './operations.ts';
import type { ScheduleWriter } from './schedule.ts';
import type { WeightLayout } from './weight-layout.ts';

/** Operations that a row of weights is split into, for the threads to share. */
const PARTS = 16;

/** Places of all weights in the order of `graph.weights`, and of the layout's tables beside them. */
export interface WeightRows {
  readonly weights: number;
  readonly gradients: number;
  /** `WeightLayout.forward` and `.backward` */
  readonly forward: number;
  readonly backward: number;
}

export function placeWeightRows({ forward }: WeightLayout, map: MemoryMap): WeightRows {
  const place = (): number => map.floats(forward.length);
  return { weights: place(), gradients: place(), forward: place(), backward: place() };
}

/** Moves weights from their row to where the kernels read them. */
export function writePlacing(schedule: ScheduleWriter, layout: WeightLayout, rows: WeightRows): void {
  const span = layout.end * LINE_FLOATS;
  for (const index of [rows.forward, rows.backward]) {
    writeParts(schedule, 'scatter', layout.forward.length, { row: rows.weights, index, places: 0, span });
  }
}

/** Moves gradients, laid out like the forward copies of the weights, to their row. */
export function writeGathering(
  schedule: ScheduleWriter,
  layout: WeightLayout,
  { gradients, forward }: WeightRows,
  places: number,
): void {
  const span = layout.backwardStart * LINE_FLOATS;
  writeParts(schedule, 'gather', layout.forward.length, { row: gradients, index: forward, places, span });
}

function writeParts(
  schedule: ScheduleWriter,
  operation: 'scatter' | 'gather',
  numbers: number,
  { row, index, ...places }: Readonly<Record<'row' | 'index' | 'places' | 'span', number>>,
): void {
  const lines = Math.ceil(numbers / LINE_FLOATS / PARTS);
  schedule.overOperations((write) => {
    for (let line = 0; line * LINE_FLOATS < numbers; line += lines) {
      const count = Math.min(lines * LINE_FLOATS, numbers - line * LINE_FLOATS);
      write(operation, { row: row + line, index: index + line, ...places, count });
    }
  });
}

/** Partial gradients of one array of weights, and the place of their sum. */
interface Partial {
  readonly from: number;
  readonly size: number;
  readonly to: number;
}

/** Places of partial gradients, one array a chunk of pictures, until they are added up. Schedules may share them. */
export class PartialGradients {
  readonly #map: MemoryMap;
  readonly #chunks: number;
  readonly #open: Partial[] = [];
  /** Places of those that have been added up, by size: the next ones of that size go there. */
  readonly #free = new Map<number, number[]>();

  constructor(map: MemoryMap, chunks: number) {
    this.#map = map;
    this.#chunks = chunks;
  }

  /**
   * @param size floats of one chunk's
   * @param to place of their sum
   */
  take(size: number, to: number): number {
    const from = this.#free.get(size)?.pop() ?? this.#map.floats(this.#chunks * size);
    this.#open.push({ from, size, to });
    return from;
  }

  /** Writes the sums over the chunks that are still to be made. */
  reduce(write: OperationWriter): void {
    for (const { from, size, to } of this.#open.splice(0)) {
      this.#free.set(size, [...(this.#free.get(size) ?? []), from]);
      write('reduce', { from, chunks: this.#chunks, size, to });
    }
  }
}
