import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe } from 'vitest';
import { LINE_FLOATS } from '../../../../src/engine/cpu/plan/memory-map.ts';
import type { OperationFields, OperationName } from '../../../../src/engine/cpu/plan/operations.ts';
import { type Chunks, ScheduleWriter } from '../../../../src/engine/cpu/plan/schedule.ts';
import {
  allocateMemory,
  builtKernels,
  type KernelsName,
  type SharedMemory,
  WASM_STACK_BYTES,
} from '../../../../src/engine/cpu/run/kernels.ts';
import { CONTROL, Team } from '../../../../src/engine/cpu/run/team.ts';
import { OPERATION_ROOMS, type Room, type Sizes } from './rooms.ts';
import { isPlace, type Member, structOf } from './structs.ts';

/** A whole number, what a place is to hold, or null for a place that is missing. */
type Value = number | Float32Array | null;
type Element = Readonly<Record<string, Value>>;

/** An operation's fields by the names of its struct's members; what it makes may be left out. The tail is a list. */
export type Fields = Readonly<Record<string, Value | readonly Element[]>>;

/** What an operation left at a place: `'z'`, or `'edge.0.g'` of an element of the tail. */
type After = (place: string) => Float32Array;

interface RunOptions {
  /** @default one picture */
  readonly chunks?: Chunks;
  /** A place that gets one float less than the operation needs: a mistake, to see that it is found. */
  readonly short?: string;
}

/** A room at its place, the place being in lines from the memory's base or from the scratch of each thread. */
interface Placed {
  readonly name: string;
  readonly room: Room;
  readonly line: number;
  readonly floats: number;
  readonly given: Float32Array | null;
}

/** Around and between all rooms. The first is a NaN and the second 3e38: no result can be the same with both in it. */
const GUARDS = [0x7fc5a5a5, 0x7f61b1e6] as const;
const GUARD_FLOATS = 1024;

const THREADS = [1, 3] as const;
const CONTROL_BYTES = CONTROL.words * 4;
const SCHEDULE_FLOATS = 2 ** 17;
const ARENA_FLOATS = 2 ** 20;
const SCRATCH_FLOATS = 2 ** 18;
const STRIDE_FLOATS = SCRATCH_FLOATS + WASM_STACK_BYTES / 4;

/** Marks bytes that nobody may touch, for AddressSanitizer. Only `tools/sanitize.ts` has it. */
interface Poison {
  poison(memory: Uint8Array, start: number, bytes: number): void;
  unpoison(memory: Uint8Array, start: number, bytes: number): void;
}

const poisonAddon = process.env.SANITIZE_POISON;
const poison = poisonAddon === undefined ? null : (createRequire(import.meta.url)(poisonAddon) as Poison);

/** Tests of single operations, on every build there is. */
export function describeOperations(tests: (bench: () => Bench) => void): void {
  describe.each(builtKernels())('%s kernels', (kernels) => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await Bench.assemble(kernels);
    });
    afterAll(() => bench.dismiss());
    tests(() => bench);
  });
}

/**
 * Runs one operation at a time through the executor, every tensor alone in memory that otherwise holds guard values.
 * It runs with one thread among the one guard value, and with three among the other.
 */
export class Bench {
  readonly #memory: SharedMemory;
  readonly #teams: readonly Team[];
  readonly #words: Int32Array;
  readonly #floats: Float32Array;
  /** Free words of the room for schedules: none is overwritten, for a thread looks for its end even after a run. */
  #schedule = SCHEDULE_START;

  private constructor(memory: SharedMemory, teams: readonly Team[]) {
    this.#memory = memory;
    this.#teams = teams;
    this.#words = new Int32Array(memory.buffer, memory.base);
    this.#floats = new Float32Array(memory.buffer, memory.base);
  }

  static async assemble(kernels: KernelsName): Promise<Bench> {
    const memory = allocateMemory(kernels, 4 * (threadStart(Math.max(...THREADS)) + SCRATCH_FLOATS));
    const teams = await Promise.all(
      THREADS.map((threads, i) => {
        const [control, scratch] = [i * CONTROL_BYTES, 4 * threadStart(0)];
        return Team.assemble({
          kernels,
          memory,
          threads,
          control,
          scratch,
          scratchStride: 4 * STRIDE_FLOATS,
          profile: null,
        });
      }),
    );
    return new Bench(memory, teams);
  }

  dismiss(): void {
    for (const team of this.#teams) team.dismiss();
  }

  /**
   * What an operation makes of its fields; of a place in the scratch, what the last picture left there.
   *
   * @throws Error where it touches what it must not: writes beyond its tensors, changes what it is to read, or lets
   * its result depend on what lies around its tensors or on the number of threads
   */
  run(operation: OperationName, fields: Fields, { chunks = ONE, short }: RunOptions = {}): After {
    const { placed, written } = lay(operation, fields, chunks, short);
    const { over } = OPERATION_ROOMS[operation];
    const schedule = new ScheduleWriter(chunks);
    schedule[over === 'pictures' ? 'overPictures' : 'overOperations']((write) => write(operation, written));
    const place = this.#keep(schedule.finish());
    const results = GUARDS.map((guard, i) => this.#runOnce(operation, place, placed, guard, i));
    for (const { name, room } of placed) {
      if (room.use === 'work') continue;
      const [one, three] = results.map((result) => result.get(name) as Int32Array);
      const at = one?.findIndex((word, i) => word !== three?.[i]) ?? -1;
      if (at >= 0) {
        throw new Error(`${operation}: ${name}[${at}] depends on the number of threads or on what lies around tensors`);
      }
    }
    return (place) => {
      const result = results[0]?.get(place);
      if (result === undefined) throw new RangeError(`${operation} has no room ${place}`);
      return new Float32Array(result.buffer);
    };
  }

  #keep(schedule: Int32Array): number {
    const place = this.#schedule;
    this.#schedule += schedule.length;
    if (this.#schedule > ARENA_START) throw new RangeError('too many schedules for one bench');
    this.#words.set(schedule, place);
    return place;
  }

  #runOnce(
    operation: string,
    schedule: number,
    placed: readonly Placed[],
    guard: number,
    team: number,
  ): Map<string, Int32Array> {
    const threads = THREADS[team] as number;
    const areas = areasOf(placed, threads);
    const gaps = areas.flatMap(gapsOf);
    for (const { start, end, base, rooms } of areas) {
      this.#words.fill(guard, start, end);
      for (const { line, given } of rooms) if (given) this.#floats.set(given, base + line * LINE_FLOATS);
    }
    const bytes = new Uint8Array(this.#memory.buffer, this.#memory.base);
    for (const { from, to } of gaps) poison?.poison(bytes, 4 * from, 4 * (to - from));
    this.#teams[team]?.run(4 * schedule);
    for (const { from, to } of gaps) poison?.unpoison(bytes, 4 * from, 4 * (to - from));

    for (const { from, to, before } of gaps) {
      for (let i = from; i < to; i++) {
        if (this.#words[i] === guard) continue;
        throw new Error(`${operation} wrote outside its tensors: ${i - from} floats after the end of ${before}`);
      }
    }
    const results = new Map<string, Int32Array>();
    // The last picture is the last thread's.
    for (const { base, rooms } of [areas[0], areas.at(-1)] as Area[]) {
      for (const { name, room, line, floats, given } of rooms) {
        const first = base + line * LINE_FLOATS;
        const words = Int32Array.from(this.#words.subarray(first, first + floats));
        results.set(name, words);
        if (room.use !== 'read' || given === null) continue;
        const bits = new Int32Array(given.buffer, given.byteOffset, floats);
        if (words.some((word, i) => word !== bits[i])) throw new Error(`${operation} changed ${name}, which it reads`);
      }
    }
    return results;
  }
}

const ONE: Chunks = { pictures: 1, count: 1, each: 1 };
const SCHEDULE_START = (THREADS.length * CONTROL_BYTES) / 4;
const ARENA_START = SCHEDULE_START + SCHEDULE_FLOATS;

/** A thread's scratch, below which a WebAssembly stack has its room. */
function threadStart(thread: number): number {
  return ARENA_START + ARENA_FLOATS + WASM_STACK_BYTES / 4 + thread * STRIDE_FLOATS;
}

/** A stretch of the memory, in floats: the arena, or a thread's scratch. */
interface Area {
  readonly start: number;
  readonly end: number;
  /** Float that places are counted from. */
  readonly base: number;
  readonly rooms: readonly Placed[];
}

function areasOf(placed: readonly Placed[], threads: number): Area[] {
  const area = (start: number, base: number, rooms: readonly Placed[]): Area => {
    const last = rooms.at(-1);
    const end = last ? base + last.line * LINE_FLOATS + last.floats : start;
    return { start, end: end + GUARD_FLOATS, base, rooms };
  };
  const inScratch = placed.filter(({ room }) => room.of === 'thread');
  return [
    area(
      ARENA_START,
      0,
      placed.filter(({ room }) => room.of !== 'thread'),
    ),
    ...Array.from({ length: threads }, (_, thread) => area(threadStart(thread), threadStart(thread), inScratch)),
  ];
}

/** Everything that belongs to no room, in floats. */
function gapsOf({ start, end, base, rooms }: Area): { from: number; to: number; before: string }[] {
  let [from, before] = [start, 'nothing'];
  const gaps = rooms.map(({ name, line, floats }) => {
    const gap = { from, to: base + line * LINE_FLOATS, before };
    [from, before] = [gap.to + floats, name];
    return gap;
  });
  return [...gaps, { from, to: end, before }];
}

/** A place that no operation may use: guard values lie there. */
const NOWHERE = ARENA_START / LINE_FLOATS;

/** Gives every room of an operation a place of its own, and its fields their values. */
function lay(operation: OperationName, fields: Fields, chunks: Chunks, short: string | undefined) {
  const table = OPERATION_ROOMS[operation];
  const { members, tail } = structOf(operation);
  const elements = (tail ? fields[tail.name] : undefined) as readonly Element[] | undefined;
  const sizes = sizesOf(fields);
  const rooms = table.rooms(sizes, (elements ?? []).map(sizesOf));

  const placed: Placed[] = [];
  const next = { arena: ARENA_START + GUARD_FLOATS, thread: GUARD_FLOATS };
  const place = (name: string, room: Room, value: Value | undefined): number => {
    const given = value instanceof Float32Array ? value : null;
    if ((room.use === 'read' || room.use === 'added') && given === null) throw new RangeError(`${name} must be given`);
    const times = { all: 1, thread: 1, picture: chunks.pictures, chunk: chunks.count }[room.of];
    const floats = times * room.floats;
    if (!Number.isInteger(floats) || (given && given.length !== floats)) {
      throw new RangeError(`${name} must have ${floats} floats, got ${given?.length}`);
    }
    const area = room.of === 'thread' ? 'thread' : 'arena';
    const line = next[area] / LINE_FLOATS;
    next[area] = Math.ceil((next[area] + floats + GUARD_FLOATS) / LINE_FLOATS) * LINE_FLOATS;
    if (next.arena > ARENA_START + ARENA_FLOATS || next.thread > SCRATCH_FLOATS)
      throw new RangeError(`no room for ${name}`);
    const kept = name === short ? floats - 1 : floats;
    placed.push({ name, room, line, floats: kept, given: given?.slice(0, kept) ?? null });
    return line;
  };
  const value = (member: Member, path: string, room: Room | undefined, given: Value | undefined) => {
    if (isPlace(member)) {
      if (room !== undefined && given !== null) return place(path, room, given);
      return member.kind === 'place' ? NOWHERE : null;
    }
    if (typeof given !== 'number') throw new RangeError(`${operation} needs a number ${path}`);
    return member.kind === 'flag' ? given === 1 : given;
  };
  const written: Record<string, unknown> = {};
  for (const member of members) {
    const { name } = member;
    written[name] = value(member, name, rooms[name], fields[name] as Value | undefined);
  }
  if (tail) {
    written[tail.count] = (elements ?? []).map((element, i) => {
      const own = table.tail?.(sizesOf(element), sizes) ?? {};
      const { name } = tail;
      const inner = (member: Member) => {
        return value(member, `${name}.${i}.${member.name}`, own[member.name], element[member.name]);
      };
      // The elements of a tail are structs of their own, or plain places.
      if (tail.members === null) return inner({ name, kind: 'place' });
      return Object.fromEntries(tail.members.map((member) => [member.name, inner(member)]));
    });
  }
  if (short !== undefined && !placed.some(({ name }) => name === short)) throw new RangeError(`no room ${short}`);
  return { placed, written: written as OperationFields<OperationName> };
}

function sizesOf(fields: Fields | Element): Sizes {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === 'number')) as Sizes;
}
