import { LINE_FLOATS, type MemoryMap } from './memory-map.ts';
import type { OperationName, ScheduleWriter } from './schedule.ts';
import type { WeightLayout } from './weight-layout.ts';

/** Operations that a row of weights is split into, for the threads to share. */
const PARTS = 16;

/** Where all weights stand in the order of `graph.weights`, and the layout's tables beside them. */
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

/** From the row of weights to where the kernels read them. */
export function writePlacing(schedule: ScheduleWriter, layout: WeightLayout, rows: WeightRows): void {
  const span = layout.end * LINE_FLOATS;
  for (const index of [rows.forward, rows.backward]) {
    writeParts(schedule, 'scatter', layout.forward.length, { row: rows.weights, index, places: 0, span });
  }
}

/** From the gradients, laid out like the forward copies, to the row of them. */
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
  operation: Extract<OperationName, 'scatter' | 'gather'>,
  count: number,
  {
    row,
    index,
    places,
    span,
  }: { readonly row: number; readonly index: number; readonly places: number; readonly span: number },
): void {
  const lines = Math.ceil(count / LINE_FLOATS / PARTS);
  schedule.overOperations((write) => {
    for (let line = 0; line * LINE_FLOATS < count; line += lines) {
      const part = Math.min(lines * LINE_FLOATS, count - line * LINE_FLOATS);
      write(operation, row + line, index + line, places, part, span);
    }
  });
}
