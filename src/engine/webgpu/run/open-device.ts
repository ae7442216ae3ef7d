/// <reference types="@webgpu/types" />
import { BackendError, DeviceLostError } from '../../engine.ts';
import type { GpuOperationName } from '../program/operations.ts';
import { writeShader } from '../program/shader.ts';

/** Buffers that the memory may be in, beside that of the words: more than any network needs that fits a GPU. */
const MAX_PARTS = 6;

/** Bits of `GPUBufferUsage`, which is no global of Node.js. */
export const USAGE = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
const COMPUTE_STAGE = 4;

/** What is known of a GPU. */
interface AdapterFacts {
  /** Adapter and driver, in one line. */
  readonly name: string;
  /** Whether it computes on the CPU. */
  readonly isFallback: boolean;
}

const devices = new Map<string, Promise<Device>>();

/** What adapters come from. It must not be collected as long as one of them is used. */
const instances: GPU[] = [];

/**
 * Opens the GPU. It stays open until the process ends, and all engines of a process share it.
 *
 * @param backend Dawn's backend, such as `null`, which computes nothing. @default the system's
 * @throws BackendError if the package is missing, or there is no adapter
 */
export async function openDevice(backend?: string): Promise<Device> {
  const key = backend ?? '';
  const device = devices.get(key) ?? open(backend);
  devices.set(key, device);
  device.catch(() => devices.delete(key)); // A failed start decides nothing.
  return await device;
}

async function open(backend?: string): Promise<Device> {
  const adapter = await requestAdapter(backend);
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage: buffers } = adapter.limits;
  const parts = Math.min(MAX_PARTS, buffers - 1);
  const limits = { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage: 1 + parts };
  const device = await adapter.requestDevice({ requiredLimits: limits });
  return new Device(device, describeAdapter(adapter), parts);
}

async function requestAdapter(backend?: string): Promise<GPUAdapter> {
  let create: (options: string[]) => GPU;
  try {
    ({ create } = await import('webgpu'));
  } catch (cause) {
    throw new BackendError('the engine webgpu needs the package webgpu, which does not load: npm install webgpu', {
      cause,
    });
  }
  // Kernels write what they read of a workgroup's memory; clearing it first makes them slow to compile on some drivers.
  const options = [
    'enable-dawn-features=disable_workgroup_init',
    ...(backend === undefined ? [] : [`backend=${backend}`]),
  ];
  const instance = create(options);
  instances.push(instance);
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new BackendError('the engine webgpu found no GPU: it needs a driver for Vulkan, Metal or Direct3D 12');
  }
  return adapter;
}

function describeAdapter({ info }: GPUAdapter): AdapterFacts {
  const words = [info.description, info.device, info.architecture, info.vendor].filter((word) => word !== '');
  return { name: [...new Set(words)].join(', ') || 'unknown', isFallback: info.isFallbackAdapter };
}

/** A GPU that was opened, and the kernels that were compiled for it. */
export class Device {
  readonly gpu: GPUDevice;
  readonly facts: AdapterFacts;
  /** Most buffers that the memory may be in. */
  readonly maxParts: number;
  /** Most bytes of a buffer of the memory: lines are never cut. */
  readonly maxPartBytes: number;
  readonly #layouts = new Map<number, { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout }>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #failure: Error | null = null;

  constructor(gpu: GPUDevice, facts: AdapterFacts, maxParts: number) {
    this.gpu = gpu;
    this.facts = facts;
    this.maxParts = maxParts;
    const bytes = Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize);
    this.maxPartBytes = bytes - (bytes % 256);
    gpu.addEventListener('uncapturederror', ({ error }) => {
      this.#failure ??= new Error(`the GPU refused a step: ${error.message}`);
    });
    void gpu.lost.then(({ message, reason }) => {
      this.#failure = new DeviceLostError(`the GPU was lost (${reason}): ${message}`);
    });
  }

  /** @throws Error for the first thing that went wrong on the GPU; of the class `DeviceLostError` if it was lost */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** The layout of what kernels are bound to: a dispatch, the words, and the memory's buffers. */
  layout(parts: number): GPUBindGroupLayout {
    return this.#layout(parts).group;
  }

  #layout(parts: number): { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout } {
    const known = this.#layouts.get(parts);
    if (known) return known;
    const entry = (binding: number, buffer: GPUBufferBindingLayout): GPUBindGroupLayoutEntry => {
      return { binding, visibility: COMPUTE_STAGE, buffer };
    };
    const group = this.gpu.createBindGroupLayout({
      entries: [
        entry(0, { type: 'uniform', hasDynamicOffset: true }),
        entry(1, { type: 'read-only-storage' }),
        ...Array.from({ length: parts }, (_, i) => entry(2 + i, { type: 'storage' })),
      ],
    });
    const made = { group, pipeline: this.gpu.createPipelineLayout({ bindGroupLayouts: [group] }) };
    this.#layouts.set(parts, made);
    return made;
  }

  /**
   * The compiled kernel of an operation.
   *
   * @param parts buffers that the memory is in
   * @param partBytes bytes of each but the last
   * @throws Error if it does not compile
   */
  async kernel(name: GpuOperationName, parts: number, partBytes: number): Promise<GPUComputePipeline> {
    const key = parts === 1 ? name : `${name}, ${parts} parts of ${partBytes}`;
    const known = this.#pipelines.get(key) ?? this.#compile(name, parts, partBytes);
    this.#pipelines.set(key, known);
    return await known;
  }

  #compile(name: GpuOperationName, parts: number, partBytes: number): Promise<GPUComputePipeline> {
    const module = this.gpu.createShaderModule({ label: name, code: writeShader(name, parts, partBytes / 16) });
    return this.gpu.createComputePipelineAsync({
      label: name,
      layout: this.#layout(parts).pipeline,
      compute: { module, entryPoint: 'main' },
    });
  }
}
