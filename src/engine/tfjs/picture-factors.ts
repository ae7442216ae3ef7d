import type { Operation } from '../../network/block-graph.ts';
import type { MiniBatch } from '../engine.ts';

/** The factors of a mini-batch's pictures, `[batch]` for each operation that has a column; none where it has no drops. */
export function pictureFactors(
  columns: ReadonlyMap<Operation, number>,
  { drops, labels }: MiniBatch,
): Map<Operation, Float32Array> {
  if (drops === undefined) return new Map();
  return new Map(
    Array.from(columns, ([operation, column]) => {
      return [operation, Float32Array.from(labels, (_, n) => drops[n * columns.size + column] as number)];
    }),
  );
}
