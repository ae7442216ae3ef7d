import type { Struct } from '../../cpu/plan/struct.ts';
import { GPU_OPERATIONS, type GpuCall, type GpuOperation, type GpuOperationName } from './operations.ts';

/** Operations of one kind that do not depend on each other: they are one dispatch. */
export interface CallGroup {
  readonly name: GpuOperationName;
  readonly calls: readonly GpuCall[];
}

/** A call that waits for others: those that made what it reads, and those that still read what it overwrites. */
interface Node {
  readonly call: GpuCall;
  readonly number: number;
  readonly followers: Node[];
  waitsFor: number;
  /** Calls on the longest way to the end. */
  height: number;
}

/**
 * Groups calls into dispatches, so that each comes after all that it depends on, as it does in the list. Of the kinds that are
 * ready, the one with the longest way to go comes next; the others gather more calls meanwhile.
 */
export function groupCalls(calls: readonly GpuCall[]): CallGroup[] {
  const nodes = findDependencies(calls);
  for (const node of nodes.toReversed()) {
    node.height = 1 + node.followers.reduce((highest, { height }) => Math.max(highest, height), 0);
  }
  const ready = new Map<GpuOperationName, Node[]>();
  const add = (node: Node): void => {
    const { name } = node.call;
    ready.set(name, [...(ready.get(name) ?? []), node]);
  };
  for (const node of nodes) if (node.waitsFor === 0) add(node);
  const groups: CallGroup[] = [];
  while (ready.size > 0) {
    const [name, next] = [...ready].reduce((best, other) => (urgency(other[1]) > urgency(best[1]) ? other : best));
    ready.delete(name);
    groups.push({ name, calls: next.toSorted((a, b) => a.number - b.number).map(({ call }) => call) });
    for (const follower of next.flatMap(({ followers }) => followers)) {
      follower.waitsFor--;
      if (follower.waitsFor === 0) add(follower);
    }
  }
  return groups;
}

function urgency(nodes: readonly Node[]): number {
  return nodes.reduce((highest, { height }) => Math.max(highest, height), 0);
}

/** A place never overlaps another, so places alone tell who depends on whom. Rows of all weights touch every place. */
function findDependencies(calls: readonly GpuCall[]): Node[] {
  const writers = new Map<number, Node>();
  const readers = new Map<number, Node[]>();
  let all: Node[] = [];
  let last: Node[] = [];
  const nodes = calls.map((call, number): Node => ({ call, number, followers: [], waitsFor: 0, height: 0 }));
  let wasMoving = false;
  for (const node of nodes) {
    const isMoving = node.call.name === 'scatter' || node.call.name === 'gather';
    const before = new Set<Node>();
    if (isMoving !== wasMoving) [last, all] = [all, []];
    wasMoving = isMoving;
    for (const each of last) before.add(each);
    all.push(node);
    if (!isMoving) {
      const { reads, writes } = placesOf(node.call);
      for (const place of [...reads, ...writes]) if (writers.has(place)) before.add(writers.get(place) as Node);
      for (const place of writes) for (const reader of readers.get(place) ?? []) before.add(reader);
      for (const place of reads) readers.set(place, [...(readers.get(place) ?? []), node]);
      for (const place of writes) {
        writers.set(place, node);
        readers.delete(place);
      }
    }
    before.delete(node);
    for (const each of before) each.followers.push(node);
    node.waitsFor = before.size;
  }
  return nodes;
}

function placesOf({ name, fields }: GpuCall): {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
} {
  const { struct, writes }: GpuOperation = GPU_OPERATIONS[name];
  const places = { reads: [] as number[], writes: [] as number[] };
  collect(struct, fields, '');
  return places;

  function collect({ fields: kinds }: Struct, values: object, path: string): void {
    for (const [field, kind] of Object.entries(kinds)) {
      const value = (values as Readonly<Record<string, unknown>>)[field];
      const own = `${path}${field}`;
      if (kind.kind === 'list') {
        for (const element of value as readonly (object | number)[]) {
          if (typeof element === 'number') places.reads.push(element);
          else if (kind.of !== 'place') collect(kind.of, element, `${own}.`);
        }
      } else if (typeof value === 'number' && (kind.kind === 'place' || kind.kind === 'optional place')) {
        places[writes.includes(own) ? 'writes' : 'reads'].push(value);
      }
    }
  }
}
