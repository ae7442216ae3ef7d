/// <reference types="@webgpu/types" />
import type { Chunks } from '../../cpu/plan/schedule.ts';
import type { ProgramDispatch } from '../program/build-program.ts';
import type { DeviceMemory } from './device-memory.ts';
import { type Device, USAGE } from './open-device.ts';

/** Bytes from one dispatch's uniforms to the next: the least that every device allows. */
const UNIFORM_BYTES = 256;

/** A dispatch that is ready: its uniforms lie at the offset. */
interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly workgroups: ProgramDispatch['workgroups'];
  readonly offset: readonly [number];
}

/** Runs programs on a memory. */
export class ProgramRunner<Name extends string> {
  readonly #device: Device;
  readonly #group: GPUBindGroup;
  readonly #steps: ReadonlyMap<Name, readonly Step[]>;
  readonly #buffers: readonly GPUBuffer[];

  private constructor(
    device: Device,
    group: GPUBindGroup,
    steps: ReadonlyMap<Name, readonly Step[]>,
    buffers: readonly GPUBuffer[],
  ) {
    this.#device = device;
    this.#group = group;
    this.#steps = steps;
    this.#buffers = buffers;
  }

  /** @param words what the dispatches' entries are among */
  static async make<Name extends string>(
    device: Device,
    memory: DeviceMemory,
    programs: ReadonlyMap<Name, readonly ProgramDispatch[]>,
    words: Int32Array<ArrayBuffer>,
    { pictures, each }: Chunks,
  ): Promise<ProgramRunner<Name>> {
    const { gpu } = device;
    const dispatches = [...programs.values()].flat();
    const uniforms = new Int32Array((Math.max(1, dispatches.length) * UNIFORM_BYTES) / 4);
    for (const [i, { entries }] of dispatches.entries()) {
      uniforms.set([entries, pictures, each], (i * UNIFORM_BYTES) / 4);
    }
    const upload = (values: Int32Array<ArrayBuffer>, usage: number): GPUBuffer => {
      const buffer = gpu.createBuffer({ size: Math.max(16, values.byteLength), usage: usage | USAGE.copyTarget });
      gpu.queue.writeBuffer(buffer, 0, values);
      return buffer;
    };
    const [first, second] = [upload(uniforms, USAGE.uniform), upload(words, USAGE.storage)];
    const parts = memory.buffers.length;
    const group = gpu.createBindGroup({
      layout: device.layout(parts),
      entries: [
        { binding: 0, resource: { buffer: first, size: 16 } },
        { binding: 1, resource: { buffer: second } },
        ...memory.buffers.map((buffer, i) => ({ binding: 2 + i, resource: { buffer } })),
      ],
    });
    const names = [...new Set(dispatches.map(({ name }) => name))];
    const kernels = new Map(
      await Promise.all(names.map(async (name) => [name, await device.kernel(name, parts, memory.partBytes)] as const)),
    );
    let slot = 0;
    const steps = Array.from(programs, ([program, own]) => {
      const ready = own.map(({ name, workgroups }): Step => {
        return { pipeline: kernels.get(name) as GPUComputePipeline, workgroups, offset: [UNIFORM_BYTES * slot++] };
      });
      return [program, ready] as const;
    });
    return new ProgramRunner(device, group, new Map(steps), [first, second]);
  }

  /** Bytes of the programs. */
  get bytes(): number {
    return this.#buffers.reduce((sum, { size }) => sum + size, 0);
  }

  /** Asks the GPU to run a program, after all that it was asked before. */
  run(program: Name): void {
    const encoder = this.#device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { pipeline, workgroups, offset } of this.#steps.get(program) ?? []) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.#group, offset);
      pass.dispatchWorkgroups(...workgroups);
    }
    pass.end();
    this.#device.gpu.queue.submit([encoder.finish()]);
  }

  /** Replaces words of the programs, for the runs that follow. */
  writeWords(start: number, words: Int32Array<ArrayBuffer>): void {
    this.#device.gpu.queue.writeBuffer(this.#buffers[1] as GPUBuffer, 4 * start, words);
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}
