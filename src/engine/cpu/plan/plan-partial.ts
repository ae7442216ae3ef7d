import type { MixedEdge, NodeBlock, ValueSpec } from '../../../network/block-graph.ts';
import type { ChosenTables } from './chosen-tables.ts';
import type { OperationWriter } from './operations.ts';
import { edgeParts, firstPicks, nodeParts, shufflePicks, unshufflePicks } from './partial-values.ts';
import type { PlannedState } from './place-cells.ts';
import type { PlanMemory } from './plan-memory.ts';

/* What partial channels add to a cell: on the way to its operations and on the way back. */

/** A tensor to pick channels from or into. */
interface Lanes {
  readonly at: number;
  readonly channels: number;
}

/** Writes the copy of a state's channels that operations read. */
export function writeCopy(write: OperationWriter, memory: PlanMemory, { state, read, chooser }: PlannedState): void {
  const [from, to] = [memory.tensor(state), memory.tensor(read)];
  const index = chooser ? tablesOf(memory, chooser).mixed : memory.table(firstPicks(read.channels, to.channels));
  writePick(write, state, { at: to.x, channels: to.channels }, index, [{ at: from.x, channels: from.channels }]);
}

/** Adds the gradient of that copy to the state's. */
export function writeCopyGradient(
  write: OperationWriter,
  memory: PlanMemory,
  { state, read, chooser }: PlannedState,
): void {
  const [to, from] = [memory.tensor(state), memory.tensor(read)];
  const index = chooser ? tablesOf(memory, chooser).back : memory.table(firstPicks(read.channels, to.channels));
  writePick(write, state, { at: to.g, channels: to.channels }, index, [{ at: from.g, channels: from.channels }], true);
}

/** Adds the parts of an edge that chose its channels to the node, in their places. @param add whether it has something already */
export function writeInPlace(
  write: OperationWriter,
  memory: PlanMemory,
  node: NodeBlock,
  edge: MixedEdge,
  add: boolean,
): void {
  const parts = edgeParts(edge, node).map((part) => memory.tensor(part));
  const { x, channels } = memory.tensor(node.output);
  const { beside } = tablesOf(memory, edge);
  const from = parts.map((part) => ({ at: part.x, channels: part.channels }));
  writePick(write, node.output, { at: x, channels }, beside, from, add);
}

/** Makes a node of its parts, which it shuffles. */
export function writeShuffle(write: OperationWriter, memory: PlanMemory, node: NodeBlock): void {
  const parts = nodeParts(node).map((part) => memory.tensor(part));
  const { x, channels } = memory.tensor(node.output);
  const index = memory.table(shufflePicks(node));
  const from = parts.map((part) => ({ at: part.x, channels: part.channels }));
  writePick(write, node.output, { at: x, channels }, index, from);
}

/** Makes the gradients of a node's parts, or of its edges' parts, of that of the node. */
export function writePartGradients(write: OperationWriter, memory: PlanMemory, node: NodeBlock): void {
  const { g, channels } = memory.tensor(node.output);
  const writeParts = (parts: readonly ValueSpec[], indices: readonly number[]): void => {
    for (const [i, part] of parts.entries()) {
      const to = memory.tensor(part);
      writePick(write, node.output, { at: to.g, channels: to.channels }, indices[i] as number, [{ at: g, channels }]);
    }
  };
  if (node.channelChoice === 'first') {
    const { mixed, passed } = unshufflePicks(node);
    writeParts(nodeParts(node), [memory.table(mixed), memory.table(passed)]);
    return;
  }
  for (const edge of node.edges) {
    const { mixed, passed } = tablesOf(memory, edge);
    writeParts(edgeParts(edge, node), [mixed, passed]);
  }
}

function tablesOf({ chosen }: PlanMemory, edge: MixedEdge): ChosenTables {
  const tables = chosen.get(edge);
  if (tables === undefined) throw new RangeError(`edge ${edge.edge} does not choose its channels`);
  return tables;
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
