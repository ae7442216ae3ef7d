import type { BlockGraph } from '../../network/block-graph.ts';
import type { Engine } from '../engine.ts';
import { PlannedEngine } from '../planned-engine.ts';
import { openDevice } from './run/open-device.ts';
import { GpuWorkspace } from './run/workspace.ts';

/** How the engine is made for tests and measurements. */
export interface WebgpuEngineOptions {
  /** Dawn's backend; `null` computes nothing, so that only the host's work is left. @default the system's */
  readonly backend?: string;
  /** Most bytes of a buffer of the memory, a multiple of 256. @default the device's limit */
  readonly partBytes?: number;
}

/**
 * Makes the engine for GPUs: our own kernels in WGSL. Results have the same bits on the same device and driver.
 *
 * @throws BackendError if the package `webgpu` is missing, there is no adapter, or edges choose the channels that they mix
 */
export async function createWebgpuEngine(
  graph: BlockGraph,
  { backend, partBytes }: WebgpuEngineOptions = {},
): Promise<Engine> {
  const device = await openDevice(backend);
  const { name, isFallback } = device.facts;
  return new PlannedEngine(graph, new GpuWorkspace(device, graph, partBytes), {
    engine: 'webgpu',
    backend: 'webgpu',
    reason: isFallback ? `${name}, which computes on the CPU` : name,
    usesGpu: !isFallback,
    threads: 1,
    build: name,
  });
}
