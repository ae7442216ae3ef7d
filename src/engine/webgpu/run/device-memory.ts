/// <reference types="@webgpu/types" />
import { setImmediate as immediate } from 'node:timers/promises';
import { OutOfMemoryError } from '../../engine.ts';
import { type Device, USAGE } from './open-device.ts';

/** Floats of the memory. */
export interface FloatRange {
  readonly start: number;
  readonly count: number;
}

const FLOAT_BYTES = 4;

/** Memory on a GPU, counted in floats. It is in several buffers if one may not hold it all. */
export class DeviceMemory {
  readonly buffers: readonly GPUBuffer[];
  /** Bytes of each buffer but the last. */
  readonly partBytes: number;
  readonly #device: Device;
  /** Buffers that the host reads through, when none is reading. */
  readonly #idle: GPUBuffer[] = [];
  /** Bytes of the buffers that the host reads through, idle or not. */
  #stagingBytes = 0;

  private constructor(device: Device, buffers: readonly GPUBuffer[], partBytes: number) {
    this.#device = device;
    this.buffers = buffers;
    this.partBytes = partBytes;
  }

  /** Bytes taken, with those that the host reads through. */
  get bytes(): number {
    return this.buffers.reduce((sum, { size }) => sum + size, this.#stagingBytes);
  }

  /**
   * Takes memory, which is zero.
   *
   * @param partBytes most bytes of a buffer, a multiple of 256. @default the device's limit
   * @throws OutOfMemoryError if the GPU does not have it
   */
  static async take(device: Device, bytes: number, partBytes = device.maxPartBytes): Promise<DeviceMemory> {
    const parts = Math.ceil(bytes / partBytes);
    const need = `the network needs ${Math.ceil(bytes / 2 ** 20)} MiB of the GPU at this size of mini-batch`;
    const instead = 'take a smaller batch, picture or network';
    if (parts > device.maxParts) {
      const most = Math.floor((device.maxParts * partBytes) / 2 ** 20);
      throw new OutOfMemoryError(`${need}, but its kernels reach ${most} MiB: ${instead}`);
    }
    device.gpu.pushErrorScope('out-of-memory');
    const buffers = Array.from({ length: parts }, (_, i) => {
      const size = Math.min(partBytes, bytes - i * partBytes);
      return device.gpu.createBuffer({ size, usage: USAGE.storage | USAGE.copySource | USAGE.copyTarget });
    });
    const error = await device.gpu.popErrorScope();
    if (error === null) return new DeviceMemory(device, buffers, partBytes);
    for (const buffer of buffers) buffer.destroy();
    throw new OutOfMemoryError(`${need}, but it has less (${error.message}): ${instead}`);
  }

  write(start: number, values: Float32Array): void {
    const { queue } = this.#device.gpu;
    for (const { buffer, offset, from, bytes } of this.#pieces({ start, count: values.length })) {
      queue.writeBuffer(buffer, offset, values.buffer as ArrayBuffer, values.byteOffset + from, bytes);
    }
  }

  /** Copies of what the memory holds once all that was asked of the GPU before is done. */
  async read(ranges: readonly FloatRange[]): Promise<Float32Array[]> {
    const bytes = FLOAT_BYTES * ranges.reduce((sum, { count }) => sum + count, 0);
    const staging = this.#takeStaging(bytes);
    const encoder = this.#device.gpu.createCommandEncoder();
    let to = 0;
    for (const range of ranges) {
      for (const { buffer, offset, from, bytes: size } of this.#pieces(range)) {
        encoder.copyBufferToBuffer(buffer, offset, staging, to + from, size);
      }
      to += FLOAT_BYTES * range.count;
    }
    this.#device.gpu.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(1, 0, bytes);
    } catch (error) {
      await immediate(); // A device that is lost says so by then.
      this.#device.check();
      throw error;
    }
    const all = new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    this.#idle.push(staging);
    this.#device.check();
    let at = 0;
    return ranges.map(({ count }) => {
      at += count;
      return all.subarray(at - count, at);
    });
  }

  destroy(): void {
    for (const buffer of [...this.buffers, ...this.#idle.splice(0)]) buffer.destroy();
  }

  #takeStaging(bytes: number): GPUBuffer {
    const fitting = this.#idle.findIndex(({ size }) => size >= bytes);
    if (fitting >= 0) return this.#idle.splice(fitting, 1)[0] as GPUBuffer;
    this.#stagingBytes += bytes;
    return this.#device.gpu.createBuffer({ size: bytes, usage: USAGE.mapRead | USAGE.copyTarget });
  }

  /** The buffers that a range lies in: where, and how far from its start, in bytes. */
  #pieces({ start, count }: FloatRange): { buffer: GPUBuffer; offset: number; from: number; bytes: number }[] {
    const end = (start + count) * FLOAT_BYTES;
    const pieces = [];
    for (let at = start * FLOAT_BYTES; at < end; ) {
      const part = Math.floor(at / this.partBytes);
      const bytes = Math.min(end, (part + 1) * this.partBytes) - at;
      const from = at - start * FLOAT_BYTES;
      pieces.push({ buffer: this.buffers[part] as GPUBuffer, offset: at - part * this.partBytes, from, bytes });
      at += bytes;
    }
    return pieces;
  }
}
