import { LINE_FLOATS, MemoryMap } from '../../../src/engine/cpu/plan/memory-map.ts';
import type { OperationFields } from '../../../src/engine/cpu/plan/operations.ts';
import { ScheduleWriter } from '../../../src/engine/cpu/plan/schedule.ts';
import { allocateMemory, type KernelsName, WASM_STACK_BYTES } from '../../../src/engine/cpu/run/kernels.ts';
import { CONTROL, Team } from '../../../src/engine/cpu/run/team.ts';

/** A level of the memory, as one thread has it while the others use it too. */
export interface Level {
  readonly name: string;
  /** Bytes that it holds of a thread's. */
  readonly holds: number;
  /** Milliseconds that a thread takes to read or to write a byte. */
  readonly readMs: number;
  readonly writeMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Bytes that a level of usual machines holds, and bytes of the working set that it is measured with: each thread's in L1
 * and L2, and of all threads together beyond.
 */
const LEVELS = [
  { name: 'L1', holds: 32 * KIB, measured: 16 * KIB, isShared: false },
  { name: 'L2', holds: MIB, measured: 512 * KIB, isShared: false },
  { name: 'L3', holds: 32 * MIB, measured: 8 * MIB, isShared: true },
  { name: 'memory', holds: Number.POSITIVE_INFINITY, measured: 256 * MIB, isShared: true },
] as const;

/** Channels of the tensors that are read and copied. */
const CHANNELS = 64;

/** Bytes that a run reads or copies, and its repetitions: the fastest counts. */
const RUN_BYTES = 128 * MIB;
const RUNS = 10;

/**
 * Measures how fast threads read and write at every level, all at once. `gradientSums` without terms only reads,
 * `normalize` reads and writes as much: what it takes beyond reading is writing, which is never taken to be faster.
 */
export async function measureLevels(kernels: KernelsName, threads: number): Promise<Level[]> {
  const levels: Level[] = [];
  for (const { name, holds, measured, isShared } of LEVELS) {
    const share = isShared ? threads : 1;
    const floats = Math.ceil(measured / share / 4 / (2 * CHANNELS)) * 2 * CHANNELS;
    const { read, copy } = await measureSet(kernels, threads, floats);
    levels.push({ name, holds: holds / share, readMs: read, writeMs: Math.max(read, copy - read) });
  }
  return levels;
}

/** Milliseconds for a byte that is read, and for one that is copied, with working sets of so many floats a thread. */
async function measureSet(
  kernels: KernelsName,
  threads: number,
  floats: number,
): Promise<{ read: number; copy: number }> {
  const map = new MemoryMap();
  const control = map.floats(CONTROL.words);
  const set = map.floats(threads * floats);
  const sums = map.floats(threads * CHANNELS);
  const coefficients = map.floats(2 * CHANNELS);
  const pixels = floats / CHANNELS;
  const passes = Math.ceil(RUN_BYTES / (4 * floats));
  const sum = { g: set, pixels, channels: CHANNELS, sums, terms: [] };
  const half = { pixels: pixels / 2, channels: CHANNELS, z: set, x: set + (threads * floats) / 2 / LINE_FLOATS };
  const normalize = { ...half, scale: coefficients, shift: coefficients + CHANNELS / LINE_FLOATS };
  const schedules = [repeat(threads, passes, 'gradientSums', sum), repeat(threads, passes, 'normalize', normalize)].map(
    (words) => ({ words, place: map.floats(words.length) }),
  );
  map.floats(WASM_STACK_BYTES / 4);
  const scratch = map.lines * LINE_FLOATS * 4;
  const memory = allocateMemory(kernels, scratch + threads * WASM_STACK_BYTES);
  // Pages that were never written are all one page, which is read from the nearest level.
  new Float32Array(memory.buffer, memory.base + set * LINE_FLOATS * 4, threads * floats).fill(1);
  for (const { words, place } of schedules) {
    new Int32Array(memory.buffer, memory.base + place * LINE_FLOATS * 4).set(words);
  }
  const places = { kernels, memory, threads, control: control * LINE_FLOATS * 4, scratch, profile: null };
  const team = await Team.assemble({ ...places, scratchStride: WASM_STACK_BYTES });
  const [read = 0, copy = 0] = schedules.map(({ place }) => {
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      team.run(place * LINE_FLOATS * 4);
      best = Math.min(best, performance.now() - start);
    }
    return best / passes / (4 * floats);
  });
  team.dismiss();
  // A pass of copying goes over half of the set.
  return { read, copy: 2 * copy };
}

/** A schedule that runs one operation again and again, on a picture a thread. */
function repeat<Name extends 'gradientSums' | 'normalize'>(
  threads: number,
  passes: number,
  name: Name,
  fields: OperationFields<Name>,
): Int32Array {
  const schedule = new ScheduleWriter({ pictures: threads, count: threads, each: 1 });
  schedule.overPictures((write) => {
    for (let pass = 0; pass < passes; pass++) write(name, fields);
  });
  return schedule.finish();
}
