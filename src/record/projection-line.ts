import { z } from 'zod';
import { CELL_KINDS } from '../space/cell.ts';
import { PRIMITIVES } from '../space/primitives.ts';

/** An operation that was taken away, or an edge, in a decision of a projection. */
const removal = z.object({
  primitive: z.enum(PRIMITIVES),
  /** Node that the edge comes from. */
  from: z.number(),
  /** Accuracy, as a share of pictures, or mean loss, in nats, of the supernet without it. */
  score: z.number(),
  /** Whether it stays. */
  kept: z.boolean(),
});

/** A decision of a projection (DARTS-PT), a line of `metrics.jsonl`. */
export const projectionLine = z.object({
  event: z.literal('projection'),
  /** Number of the decision, counted from 1, and of all. */
  decision: z.number(),
  decisions: z.number(),
  /** Number of epochs and of iterations completed. */
  epoch: z.number(),
  step: z.number(),
  cell: z.enum(CELL_KINDS),
  /** What is decided: the operation of an edge, or which two edges lead to a node. */
  chooses: z.enum(['operation', 'edges']),
  /** Node that the edge or the edges lead to. */
  to: z.number(),
  criterion: z.enum(['accuracy', 'loss']),
  /** Each operation of the edge, or each edge with the operation that it keeps. */
  removals: z.array(removal).readonly(),
});
export type ProjectionLine = Readonly<z.output<typeof projectionLine>>;
