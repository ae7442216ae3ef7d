import type { BlockGraph } from '../network/block-graph.ts';
import { countMacs, countParameters, estimateMemory } from '../network/count.ts';
import type { EngineDescription } from './engine.ts';

/** Needs of a network, estimated before it is made. */
export interface NetworkEstimate {
  /** Weights of the network. */
  readonly parameters: number;
  /** Multiply-adds of one picture through it. */
  readonly macs: number;
  readonly memoryBytes: number;
}

/** Facts that decide an engine's speed. */
export type EngineSpeed = Pick<EngineDescription, 'engine' | 'backend' | 'threads'>;

/** Multiply-adds a second of a forward pass, and how many forward passes each step costs. */
export interface Speed {
  readonly macs: number;
  /** Cost of a step on w, in forward passes. */
  readonly weightsStep: number;
  /** Cost of a step on alpha, in forward passes. */
  readonly localStep: number;
}

/**
 * Speeds on one thread, measured with a supernet of 8 channels, 5 cells, batch 32, 16x16 on a server from 2023; other
 * machines are within a factor of 3. Engines that are not listed have no known speed.
 */
const SPEEDS: Readonly<Record<string, Speed>> = {
  'cpu, native': { macs: 30e9, weightsStep: 4.4, localStep: 2.5 },
  'cpu, wasm': { macs: 11e9, weightsStep: 4.3, localStep: 2.2 },
  'tfjs, wasm': { macs: 2.7e9, weightsStep: 5.4, localStep: 2.7 },
  'tfjs, cpu': { macs: 1e8, weightsStep: 5.4, localStep: 2.7 },
};

/** Heap of a process that has loaded an engine, and memory of an engine that the estimate does not count. */
const ENGINE_BYTES = 200 * 2 ** 20;

/** Most memory that WebAssembly can address. */
const WASM_BYTES = 2 ** 32;

export function estimateNetwork(graph: BlockGraph, batch: number): NetworkEstimate {
  const { weightsBytes, activationBytes } = estimateMemory(graph, batch);
  return {
    parameters: countParameters(graph),
    macs: countMacs(graph),
    memoryBytes: weightsBytes + activationBytes + ENGINE_BYTES,
  };
}

/** An engine's speed on its threads; null if it is not known. */
export function speedOf({ engine, backend, threads }: EngineSpeed): Speed | null {
  const speed = SPEEDS[`${engine}, ${backend}`];
  return speed === undefined ? null : { ...speed, macs: speed.macs * threads };
}

/**
 * Warning before a job whose memory may not suffice; null if it should.
 *
 * @param machineBytes memory of the machine
 */
export function warnOfMemory(
  { memoryBytes }: Pick<NetworkEstimate, 'memoryBytes'>,
  { backend }: Pick<EngineSpeed, 'backend'>,
  machineBytes: number,
): string | null {
  const [limit, holder] =
    backend === 'wasm' && WASM_BYTES < machineBytes ? [WASM_BYTES, 'WebAssembly'] : [machineBytes, 'this machine'];
  if (memoryBytes <= limit) return null;
  const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  return (
    `the network needs about ${gibibytes(memoryBytes)} GiB and ${holder} holds ${gibibytes(limit)} GiB: ` +
    'it may run out of memory; a smaller batch needs less'
  );
}
