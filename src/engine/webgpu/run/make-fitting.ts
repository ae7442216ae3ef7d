/// <reference types="@webgpu/types" />
import type { BlockGraph } from '../../../network/block-graph.ts';
import { LINE_FLOATS, MemoryMap, PassingPlaces } from '../../cpu/plan/memory-map.ts';
import { type Plan, planNetwork } from '../../cpu/plan/plan.ts';
import type { Chunks } from '../../cpu/plan/schedule.ts';
import { buildProgram, type ProgramDispatch, ProgramWords } from '../program/build-program.ts';
import type { GpuCall } from '../program/operations.ts';
import { translateSchedule } from '../program/translate-schedule.ts';
import { DeviceMemory } from './device-memory.ts';
import { type Device, USAGE } from './open-device.ts';

/** Most chunks that partial gradients are made of: enough work side by side, and little to add up. */
const MAX_CHUNKS = 16;

/** Bytes from one dispatch's uniforms to the next: the least that every device allows. */
const UNIFORM_BYTES = 256;

/** Programs of a plan. `losses` goes by `training`, for places that it reuses are still read by other workgroups. */
const PROGRAMS = [
  ...(['weights', 'training', 'auxiliary', 'mixingGradient', 'weightGradient', 'keeping'] as const),
  ...(['runningTraining', 'runningMixingGradient', 'runningWeightGradient'] as const),
  ...(['heldTraining', 'heldMixingGradient', 'heldWeightGradient'] as const),
];
export type ProgramName = (typeof PROGRAMS)[number] | 'evaluation';

/** Memory and programs for one size of mini-batch. */
export interface Fitting {
  readonly plan: Plan;
  readonly memory: DeviceMemory;
  /** Bytes held beside the memory. */
  readonly extraBytes: number;
  /** Dispatches of each program. */
  readonly dispatches: Readonly<Record<ProgramName, number>>;
  /** Asks the GPU to run a program. */
  run(program: ProgramName): void;
  destroy(): void;
}

/** How a mini-batch is cut into chunks on a GPU. */
export function gpuChunksOf(pictures: number): Chunks {
  const each = Math.ceil(pictures / MAX_CHUNKS);
  return { pictures, each, count: Math.ceil(pictures / each) };
}

/** A program before it is given to a device. */
export interface BuiltPrograms {
  readonly plan: Plan;
  readonly programs: ReadonlyMap<ProgramName, readonly ProgramDispatch[]>;
  readonly words: Int32Array<ArrayBuffer>;
  /** Lines of memory. */
  readonly lines: number;
}

/** Plans a graph for mini-batches of so many pictures, and builds its programs. Needs no GPU. */
export function buildPrograms(graph: BlockGraph, pictures: number, extras = false): BuiltPrograms {
  const chunks = gpuChunksOf(pictures);
  const plan = planNetwork(graph, pictures, extras, chunks);
  const words = new ProgramWords();
  const { rows, weights } = plan;
  const tables = [
    { place: rows.forward, numbers: weights.forward },
    { place: rows.backward, numbers: weights.backward },
    ...plan.tables,
  ].map(({ place, numbers }) => ({ place, end: place + Math.ceil(numbers.length / LINE_FLOATS), word: words.add(numbers) }));
  const map = new MemoryMap(plan.lines);
  const surroundings = {
    pictures,
    spreads: new PassingPlaces(map, []),
    wordOf(place: number): number {
      const table = tables.find(({ place: start, end }) => place >= start && place < end);
      if (table === undefined) throw new RangeError(`no index table stands at line ${place}`);
      return table.word + (place - table.place) * LINE_FLOATS;
    },
  };
  const programs = new Map<ProgramName, readonly ProgramDispatch[]>();
  const build = (name: ProgramName, calls: readonly GpuCall[]): void => {
    programs.set(name, buildProgram(calls, words, chunks));
  };
  for (const name of PROGRAMS) {
    const calls = translateSchedule(plan.schedules[name], surroundings);
    build(name, calls);
    if (name === 'training') {
      // Scales and shifts are there already.
      build(
        'evaluation',
        calls.filter((call) => call.name !== 'coefficients'),
      );
    }
  }
  return { plan, programs, words: words.finish(), lines: map.lines };
}

/**
 * Makes ready for mini-batches of so many pictures.
 *
 * @param partBytes most bytes of a buffer. @default the device's limit
 * @throws OutOfMemoryError if the GPU does not have the memory
 */
export async function makeFitting(
  device: Device,
  graph: BlockGraph,
  pictures: number,
  extras: boolean,
  partBytes?: number,
): Promise<Fitting> {
  const { plan, programs, words, lines } = buildPrograms(graph, pictures, extras);
  const { gpu } = device;
  const memory = await DeviceMemory.take(device, lines * LINE_FLOATS * 4, partBytes);
  const { each } = gpuChunksOf(pictures);
  const dispatches = [...programs.values()].flat();
  const uniforms = new Uint32Array((dispatches.length * UNIFORM_BYTES) / 4);
  for (const [i, { entries }] of dispatches.entries()) uniforms.set([entries, pictures, each], (i * UNIFORM_BYTES) / 4);
  const upload = (values: Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, usage: number): GPUBuffer => {
    const buffer = gpu.createBuffer({ size: Math.max(16, values.byteLength), usage: usage | USAGE.copyTarget });
    gpu.queue.writeBuffer(buffer, 0, values);
    return buffer;
  };
  const buffers = [upload(uniforms, USAGE.uniform), upload(words, USAGE.storage)] as const;
  const group = gpu.createBindGroup({
    layout: device.layout(memory.buffers.length),
    entries: [
      { binding: 0, resource: { buffer: buffers[0], size: 16 } },
      { binding: 1, resource: { buffer: buffers[1] } },
      ...memory.buffers.map((buffer, i) => ({ binding: 2 + i, resource: { buffer } })),
    ],
  });
  const kernels = new Map(
    await Promise.all(
      [...new Set(dispatches.map(({ name }) => name))].map(async (name) => {
        return [name, await device.kernel(name, memory.buffers.length, memory.partBytes)] as const;
      }),
    ),
  );
  let slot = 0;
  const steps = new Map(
    Array.from(programs, ([name, program]) => {
      const own = program.map(({ name, workgroups }) => {
        return { pipeline: kernels.get(name) as GPUComputePipeline, workgroups, offset: [UNIFORM_BYTES * slot++] };
      });
      return [name, own] as const;
    }),
  );
  return {
    plan,
    memory,
    extraBytes: buffers.reduce((sum, { size }) => sum + size, 0),
    dispatches: Object.fromEntries(Array.from(programs, ([name, program]) => [name, program.length])) as Fitting['dispatches'],
    run(program) {
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const { pipeline, workgroups, offset } of steps.get(program) ?? []) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, offset);
        pass.dispatchWorkgroups(...workgroups);
      }
      pass.end();
      gpu.queue.submit([encoder.finish()]);
    },
    destroy() {
      memory.destroy();
      for (const buffer of buffers) buffer.destroy();
    },
  };
}
