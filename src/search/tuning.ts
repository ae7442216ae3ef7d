import { cosine } from '../optimize/schedules.ts';
import { CELL_KINDS, edgeCount } from '../space/cell.ts';
import { beginProjection, undecidedNodes } from './projection.ts';

/** Share of the learning rate of w that a tuning begins with. */
const RATE_SHARE = 1 / 10;

/**
 * The second part of a search whose cells come from projection (Wang et al. 2021, Algorithm 1; `sota/cnn/projection.py` of its
 * repository): epochs as before, between which decisions are made. Plain data.
 */
export interface Tuning {
  readonly epochs: number;
  /** Epochs between two projections; with 0 the first epoch has all of them before it. */
  readonly every: number;
  /** Decisions in all. A projection decides about one edge or node of each kind of cell. */
  readonly decisions: number;
}

/**
 * Plans the tuning of a search: a projection for each edge, and one for each node that keeps two of its edges. The last epoch
 * follows the last projection, so 14 edges, 3 nodes and an interval of 5 make 81 epochs.
 *
 * @returns null for a search without projection
 */
export function planTuning({
  deriveBy,
  nodes,
  projectionEvery: every,
}: {
  readonly deriveBy: 'mixing' | 'projection';
  readonly nodes: number;
  readonly projectionEvery: number;
}): Tuning | null {
  if (deriveBy === 'mixing') return null;
  const edges = edgeCount(nodes);
  const projections = edges + undecidedNodes(nodes, beginProjection(edges)).length;
  return { epochs: (projections - 1) * every + 1, every, decisions: CELL_KINDS.length * projections };
}

/** Number of epochs of a search, those of its tuning included. */
export function countEpochs(options: Parameters<typeof planTuning>[0] & { readonly epochs: number }): number {
  return options.epochs + (planTuning(options)?.epochs ?? 0);
}

/**
 * Number of decisions that are made before an epoch of a tuning is trained.
 *
 * @param epoch counted from 0 from the beginning of the tuning
 */
export function countDecisions({ every, decisions }: Tuning, epoch: number): number {
  return every === 0 ? decisions : Math.min(decisions, CELL_KINDS.length * (Math.floor(epoch / every) + 1));
}

/**
 * Learning rate of w in a tuning: it starts again at a tenth of the search's, and falls along a cosine to where that ended
 * (0.0025 to 0.001). The paper's repository makes this schedule, but never steps it.
 *
 * @param from learning rate at the start of the search
 * @param to learning rate at its end
 * @param progress share of the tuning that is over
 */
export function tuningLearningRate(from: number, to: number, progress: number): number {
  const start = RATE_SHARE * from;
  return cosine(start, Math.min(start, to))(progress);
}
