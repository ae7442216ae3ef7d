import { totalmem } from 'node:os';
import type { BlockGraph } from '../../../network/block-graph.ts';
import { OutOfMemoryError } from '../../engine.ts';
import type { Moments } from '../../network-arrays.ts';
import { LINE_FLOATS, MemoryMap } from '../plan/memory-map.ts';
import { type Plan, planNetwork, type Rerun } from '../plan/plan.ts';
import { ScheduleWriter } from '../plan/schedule.ts';
import { allocateMemory, type KernelsName, type SharedMemory, WASM_STACK_BYTES } from './kernels.ts';
import { CONTROL, PROFILE_BYTES, Team, type TeamPlaces } from './team.ts';

const LINE_BYTES = LINE_FLOATS * 4;

/** Rounds of 1,280 multiply-adds in the schedule that measures the peak. */
export const PEAK_ROUNDS = 200_000;

/** Room for that schedule's words. */
const PEAK_WORDS = 32;

export type ScheduleName = keyof Plan['schedules'];

/** Settings of an engine's memory and threads. */
export interface FittingOptions {
  readonly kernels: KernelsName;
  readonly threads: number;
  /** Whether to keep the time that every kind of operation takes. */
  readonly profiled: boolean;
}

/** Memory, threads and schedules for one size of mini-batch. */
export interface Fitting {
  readonly plan: Plan;
  readonly memory: SharedMemory;
  readonly team: Team;
  /** The engine's memory as floats, from its base. */
  readonly floats: Float32Array;
  /** Views of the memory. */
  readonly moments: ReadonlyMap<string, Moments>;
  /** Byte offsets from the base. */
  readonly profile: number;
  readonly peak: number;
  readonly schedules: Readonly<Record<ScheduleName, number>>;
  readonly reruns: ReadonlyMap<Rerun, number>;
}

/**
 * Plans a graph for mini-batches of so many pictures, takes the memory and starts the threads.
 *
 * @param extras whether to plan what training does not need, too
 * @throws OutOfMemoryError if there is not enough memory
 */
export async function makeFitting(
  graph: BlockGraph,
  pictures: number,
  { kernels, threads, profiled }: FittingOptions,
  extras = false,
): Promise<Fitting> {
  const plan = planNetwork(graph, pictures, extras);
  const map = new MemoryMap(plan.lines);
  const names = Object.keys(plan.schedules) as ScheduleName[];
  const place = (schedule: Int32Array) => ({ schedule, at: map.floats(schedule.length) * LINE_BYTES });
  const schedules = names.map((name) => [name, place(plan.schedules[name])] as const);
  const reruns = plan.reruns.map((rerun) => [rerun, place(rerun.schedule)] as const);
  const control = map.floats(CONTROL.words);
  const profile = map.floats((threads * PROFILE_BYTES) / 4);
  const peak = map.floats(PEAK_WORDS);
  const sums = map.floats(threads);
  map.floats(WASM_STACK_BYTES / 4);
  const scratch = map.lines;
  const stride = plan.scratchLines + WASM_STACK_BYTES / LINE_BYTES;
  const memory = allocate(kernels, (scratch + threads * stride) * LINE_BYTES);

  const floats = new Float32Array(memory.buffer, memory.base);
  for (const [, { schedule, at }] of [...schedules, ...reruns]) {
    new Int32Array(memory.buffer, memory.base + at).set(schedule);
  }
  for (const name of ['forward', 'backward'] as const) {
    new Int32Array(memory.buffer, memory.base + plan.rows[name] * LINE_BYTES).set(plan.weights[name]);
  }
  for (const { place, numbers } of plan.tables) {
    new Int32Array(memory.buffer, memory.base + place * LINE_BYTES).set(numbers);
  }
  const measure = new ScheduleWriter({ pictures: threads, count: threads, each: 1 });
  measure.overPictures((write) => write('multiplyAdd', { rounds: PEAK_ROUNDS, sum: sums }));
  new Int32Array(memory.buffer, memory.base + peak * LINE_BYTES).set(measure.finish());
  const team: TeamPlaces = {
    kernels,
    memory,
    threads,
    control: control * LINE_BYTES,
    scratch: scratch * LINE_BYTES,
    scratchStride: stride * LINE_BYTES,
    profile: profiled ? profile * LINE_BYTES : null,
  };
  const offsets = Object.fromEntries(schedules.map(([name, { at }]) => [name, at]));
  return {
    plan,
    memory,
    floats,
    moments: momentsIn(floats, plan, graph),
    profile: profile * LINE_BYTES,
    peak: peak * LINE_BYTES,
    team: await Team.assemble(team),
    schedules: offsets as Fitting['schedules'],
    reruns: new Map(reruns.map(([rerun, { at }]) => [rerun, at])),
  };
}

function allocate(kernels: KernelsName, bytes: number): SharedMemory {
  try {
    // The system promises more memory than it has, and kills a process that then uses it.
    if (bytes > memoryLimit()) throw new RangeError(`this machine has ${memoryLimit()} bytes`);
    return allocateMemory(kernels, bytes);
  } catch (cause) {
    const need = `${Math.ceil(bytes / 2 ** 20)} MiB`;
    const reason = (cause as Error).message;
    const message = `the network needs ${need} at this size of mini-batch, but ${reason}: take a smaller batch, picture or network`;
    throw new OutOfMemoryError(message, { cause });
  }
}

function momentsIn(floats: Float32Array, plan: Plan, { norms }: BlockGraph): Map<string, Moments> {
  return new Map(
    norms.map((norm) => {
      const { mean, variance } = plan.norm(norm);
      const take = (place: number): Float32Array => {
        return floats.subarray(place * LINE_FLOATS, place * LINE_FLOATS + norm.channels);
      };
      return [norm.name, { mean: take(mean), variance: take(variance), count: plan.normCount(norm) }];
    }),
  );
}

/** Bytes that a process may have here; the limit of a container counts. */
function memoryLimit(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
