import { describe, expect, it } from 'vitest';
import { LINE_FLOATS } from '../../../../src/engine/cpu/plan/memory-map.ts';
import { OPERATIONS, type OperationName } from '../../../../src/engine/cpu/plan/operations.ts';
import { type Plan, planNetwork } from '../../../../src/engine/cpu/plan/plan.ts';
import { chunksOf } from '../../../../src/engine/cpu/plan/schedule.ts';
import { buildRetrainedNetwork } from '../../../../src/network/retrained-network.ts';
import { buildSupernet } from '../../../../src/network/supernet.ts';
import type { GenotypeEntry } from '../../../../src/space/genotype.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, type Primitive } from '../../../../src/space/primitives.ts';
import { unevenSupernet } from '../../fixtures.ts';
import { OPERATION_ROOMS, type Room, type Sizes } from './rooms.ts';
import { isPlace, type Member, structOf } from './structs.ts';

/** Floats of the memory or the scratch that an operation of a plan touches. */
interface Stretch {
  readonly operation: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly scratch: boolean;
}

const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];
const NAMES = new Map<number, OperationName>(OPERATION_NAMES.map((name) => [OPERATIONS[name].code, name]));

/** The words of every operation in a schedule, without its phases. */
function operationsOf(schedule: Int32Array): { name: OperationName; words: Int32Array }[] {
  const [END, HEADER] = [0, 5];
  const found: { name: OperationName; words: Int32Array }[] = [];
  for (let phase = 0; schedule[phase] !== END; ) {
    const end = phase + (schedule[phase + 1] as number);
    for (let at = phase + HEADER; at < end; ) {
      const next = at + (schedule[at + 1] as number);
      found.push({ name: NAMES.get(schedule[at] as number) as OperationName, words: schedule.subarray(at + 2, next) });
      at = next;
    }
    phase = end;
  }
  return found;
}

function stretchesOf(name: OperationName, words: Int32Array, pictures: number): Stretch[] {
  const { rooms, tail: tailRooms } = OPERATION_ROOMS[name];
  const { members, tail } = structOf(name);
  const sizesOf = (own: readonly Member[], from: number): Sizes => {
    return Object.fromEntries(own.map((member, i) => [member.name, words[from + i]])) as unknown as Sizes;
  };
  const inner: readonly Member[] = tail === null ? [] : (tail.members ?? [{ name: tail.name, kind: 'place' }]);
  const start = members.length + (tail === null ? 0 : 1);
  const starts: number[] = [];
  for (let at = start; at < words.length; at += inner.length) starts.push(at);
  const sizes = sizesOf(members, 0);
  const elements = starts.map((at) => sizesOf(inner, at));
  expect(start + elements.length * inner.length).toBe(words.length);
  if (tail !== null) expect(words[members.length]).toBe(elements.length);

  const stretches: Stretch[] = [];
  const add = (own: readonly Member[], from: number, of: Readonly<Record<string, Room>>): void => {
    for (const [i, member] of own.entries()) {
      const [room, place] = [of[member.name], words[from + i] as number];
      if (!isPlace(member) || room === undefined || place === -1) continue;
      // All weights or gradients at once: they lie over the rooms of each.
      if (member.name === 'places') continue;
      const times = { all: 1, thread: 1, picture: pictures, chunk: chunksOf(pictures).count }[room.of];
      const begin = place * LINE_FLOATS;
      const end = begin + times * room.floats;
      stretches.push({ operation: name, name: member.name, start: begin, end, scratch: room.of === 'thread' });
    }
  };
  add(members, 0, rooms(sizes, elements));
  for (const [i, at] of starts.entries()) add(inner, at, tailRooms?.(elements[i] as Sizes, sizes) ?? {});
  return stretches;
}

/** Stretches that begin within another: where two begin at one place, that is meant. */
function overlaps(stretches: readonly Stretch[]): string[] {
  const sorted = stretches.toSorted((one, other) => one.start - other.start || other.end - one.end);
  const found: string[] = [];
  let longest: Stretch | null = null;
  for (const stretch of sorted) {
    if (longest !== null && stretch.start < longest.end && stretch.start > longest.start) {
      found.push(`${stretch.operation}.${stretch.name} begins within ${longest.operation}.${longest.name}`);
    }
    if (longest === null || stretch.end > longest.end) longest = stretch;
  }
  return [...new Set(found)];
}

function planOf(primitives: readonly Primitive[], channels: number, pictures: number, image = 8): Plan {
  return planNetwork(buildSupernet({ channels, layers: 4, nodes: 3, primitives, image }), pictures, true);
}

/** Every primitive on an edge from an input and on one from a node, which another input does not reach. */
const ENTRIES = FAIR_DARTS_PRIMITIVES.flatMap((primitive, i): GenotypeEntry[] => [
  { primitive, from: i % 2, to: 3 - (i % 2) },
  { primitive, from: 2 + (i % 2), to: 4 + (i % 2) },
]);

function retrainedPlanOf(channels: number, pictures: number, entries: readonly GenotypeEntry[] = ENTRIES): Plan {
  const genotype = { normal: entries, reduce: entries };
  const network = { genotype, channels, layers: 4, image: 32, auxiliary: true };
  return planNetwork(buildRetrainedNetwork(network), pictures);
}

describe.each([
  ['DARTS, 2 channels, 1 picture of 8 pixels', 1, planOf(DARTS_PRIMITIVES, 2, 1)],
  ['FairDARTS, 6 channels, 9 pictures of 8 pixels', 9, planOf(FAIR_DARTS_PRIMITIVES, 6, 9)],
  ['DARTS, 32 channels, 5 pictures of 32 pixels', 5, planOf(DARTS_PRIMITIVES, 32, 5, 32)],
  ['a supernet of differing edges, 6 channels, 9 pictures', 9, planNetwork(unevenSupernet({ channels: 6 }), 9, true)],
  [
    'partial channels, 8 channels, 9 pictures',
    9,
    planNetwork(unevenSupernet({ channels: 8, partialChannels: 4 }), 9, true),
  ],
  [
    'partial channels, 12 channels, 3 pictures',
    3,
    planNetwork(unevenSupernet({ channels: 12, partialChannels: 2 }), 3),
  ],
  [
    'random channels, 4 channels, 9 pictures',
    9,
    planNetwork(unevenSupernet({ channels: 4, partialChannels: 2, channelChoice: 'random' }), 9, true),
  ],
  ['a retrained network, 2 channels, 9 pictures', 9, retrainedPlanOf(2, 9)],
  ['a retrained network, 18 channels, 3 pictures', 3, retrainedPlanOf(18, 3)],
  ['a skip alone, 4 channels, 1 picture', 1, retrainedPlanOf(4, 1, [{ primitive: 'skip_connect', from: 1, to: 4 }])],
] as const)('a plan of %s', (_, pictures, plan) => {
  const schedules = [...Object.values(plan.schedules), ...plan.reruns.map(({ schedule }) => schedule)];
  const stretches = schedules.flatMap((schedule) => {
    return operationsOf(schedule).flatMap(({ name, words }) => stretchesOf(name, words, pictures));
  });

  it('hands no operation less room than it needs: nothing reaches into what begins elsewhere', () => {
    const inScratch = stretches.filter(({ scratch }) => scratch);
    const inMemory = stretches.filter(({ scratch }) => !scratch);
    expect(overlaps(inScratch)).toEqual([]);
    expect(overlaps(inMemory)).toEqual([]);
    expect(Math.max(...inScratch.map(({ end }) => end))).toBeLessThanOrEqual(plan.scratchLines * LINE_FLOATS);
    expect(Math.max(...inMemory.map(({ end }) => end))).toBeLessThanOrEqual(plan.lines * LINE_FLOATS);
    for (const { start } of stretches) expect(start).toBeGreaterThanOrEqual(0);
  });

  it('pads everything to vectors of four floats', () => {
    for (const { name, words } of schedules.flatMap(operationsOf)) {
      const { members } = structOf(name);
      for (const [i, member] of members.entries()) {
        if (name === 'stem' || name === 'stemBackward') continue;
        if (['channels', 'from', 'classes', 'size'].includes(member.name) && !isPlace(member)) {
          expect((words[i] as number) % 4).toBe(0);
        }
      }
    }
  });
});

it('plans use every operation but the one that measures the peak', () => {
  const namesIn = ({ schedules }: Plan): string[] => {
    return Object.values(schedules).flatMap((schedule) => operationsOf(schedule).map(({ name }) => name));
  };
  const all = OPERATION_NAMES.filter((name) => name !== 'multiplyAdd');
  const partial = ['bypassPool', 'pick'];
  const whole = all.filter((name) => !partial.includes(name));
  const training = whole.filter((name) => name !== 'keep' && name !== 'copy');
  expect([...new Set(namesIn(retrainedPlanOf(2, 1)))].toSorted()).toEqual(training.toSorted());
  const supernets = whole.filter((name) => !name.startsWith('auxiliary'));
  expect([...new Set(namesIn(planOf(DARTS_PRIMITIVES, 2, 1)))].toSorted()).toEqual(supernets.toSorted());
  const options = { channels: 4, layers: 3, nodes: 1, primitives: DARTS_PRIMITIVES, image: 8, partialChannels: 2 };
  const mixed = namesIn(planNetwork(buildSupernet(options), 1, true));
  expect([...new Set(mixed)].toSorted()).toEqual([...supernets, ...partial].toSorted());
});

it('a state that is used too often in one way for the kernels is refused', () => {
  const skip = { primitive: 'skip_connect', from: 0, to: 2 } as const;
  expect(() => retrainedPlanOf(2, 1, Array(256).fill(skip))).not.toThrow();
  expect(() => retrainedPlanOf(2, 1, Array(257).fill(skip))).toThrow('at most 256 times in one way, got 257');
  const both = Array.from({ length: 257 }, (_, i) => ({ ...skip, to: 2 + (i % 2) }));
  expect(() => retrainedPlanOf(2, 1, both)).toThrow(RangeError);
});

it('a stretch that is a float too long is found', () => {
  const plan = planOf(DARTS_PRIMITIVES, 16, 5);
  const stretches = operationsOf(plan.schedules.training).flatMap(({ name, words }) => stretchesOf(name, words, 5));
  const row = stretches.findIndex(({ operation, name }) => operation === 'unit' && name === 'z');
  const longer = stretches.map((stretch, i) => (i === row ? { ...stretch, end: stretch.end + 1 } : stretch));
  expect(overlaps(stretches)).not.toContainEqual(expect.stringMatching(/within unit\.z$/));
  expect(overlaps(longer)).toContainEqual(expect.stringMatching(/within unit\.z$/));
});
