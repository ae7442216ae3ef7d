import type { NodeBlock, ValueSpec } from '../../../network/block-graph.ts';
import type { OperationWriter } from './operations.ts';
import { firstPicks, nodeParts, shufflePicks, unshufflePicks } from './partial-values.ts';
import type { PlanMemory } from './plan-memory.ts';

/* What partial channels add to a cell: on the way to its operations and on the way back. */

/** A tensor to pick channels from or into. */
interface Lanes {
  readonly at: number;
  readonly channels: number;
}

/** Writes the copy of a state's first channels. */
export function writeFirstChannels(
  write: OperationWriter,
  memory: PlanMemory,
  state: ValueSpec,
  first: ValueSpec,
): void {
  const [from, to] = [memory.tensor(state), memory.tensor(first)];
  const index = memory.table(firstPicks(first.channels, to.channels));
  writePick(write, state, { at: to.x, channels: to.channels }, index, [{ at: from.x, channels: from.channels }]);
}

/** Adds the gradient of a state's first channels to that of the state. */
export function writeFirstGradient(
  write: OperationWriter,
  memory: PlanMemory,
  state: ValueSpec,
  first: ValueSpec,
): void {
  const [to, from] = [memory.tensor(state), memory.tensor(first)];
  const index = memory.table(firstPicks(first.channels, to.channels));
  writePick(write, state, { at: to.g, channels: to.channels }, index, [{ at: from.g, channels: from.channels }], true);
}

/** Makes a node of its parts. */
export function writeShuffle(write: OperationWriter, memory: PlanMemory, node: NodeBlock): void {
  const parts = nodeParts(node).map((part) => memory.tensor(part));
  const { x, channels } = memory.tensor(node.output);
  const index = memory.table(shufflePicks(node));
  const from = parts.map((part) => ({ at: part.x, channels: part.channels }));
  writePick(write, node.output, { at: x, channels }, index, from);
}

/** Makes the gradients of a node's parts of that of the node. */
export function writeUnshuffle(write: OperationWriter, memory: PlanMemory, node: NodeBlock): void {
  const { g, channels } = memory.tensor(node.output);
  const picks = unshufflePicks(node);
  for (const [i, part] of nodeParts(node).entries()) {
    const to = memory.tensor(part);
    const index = memory.table(i === 0 ? picks.mixed : picks.passed);
    writePick(write, node.output, { at: to.g, channels: to.channels }, index, [{ at: g, channels }]);
  }
}

function writePick(
  write: OperationWriter,
  { height, width }: ValueSpec,
  to: Lanes,
  index: number,
  [x, y]: readonly Lanes[],
  add = false,
): void {
  if (x === undefined) throw new RangeError('channels must be picked from a tensor');
  const beside = { y: y?.at ?? null, beside: y?.channels ?? 0 };
  write('pick', {
    ...{ to: to.at, pixels: height * width, channels: to.channels, add, index },
    ...{ x: x.at, from: x.channels, ...beside },
  });
}
