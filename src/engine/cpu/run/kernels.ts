import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BackendError } from '../../engine.ts';
import { findKernels, type KernelsName, readSources } from './kernel-files.ts';

export type { KernelsName } from './kernel-files.ts';

/** Bytes that all threads see. The engine's memory begins at byte `base`, a multiple of 64 in the address space. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  readonly base: number;
  /** The WebAssembly memory that `buffer` belongs to; null for the native build. */
  readonly wasm: object | null;
}

/** A loaded build, in one thread. Offsets are in bytes from the memory's base. */
export interface LoadedKernels {
  readonly name: KernelsName;
  /** Runs this thread's part of a schedule; returns when all threads have done theirs. */
  run(schedule: number, sync: number, scratch: number, thread: number, threads: number, profile: number | null): void;
}

interface Addon {
  /** Vector instructions that it was compiled for. */
  readonly instructions: string;
  run(
    memory: Uint8Array,
    schedule: number,
    sync: number,
    scratch: number,
    thread: number,
    threads: number,
    profile: number,
  ): void;
  misalignment(memory: Uint8Array): number;
  enlargePages(memory: Uint8Array): void;
}

const ALIGNMENT = 64;

function file(name: KernelsName): string {
  const found = findKernels(name);
  if (found === null) throw missingKernels(name);
  return found;
}

/** Builds of the present sources, or that came with the package; the fastest first. */
export function builtKernels(): KernelsName[] {
  return (['native', 'wasm'] as const).filter((name) => findKernels(name) !== null);
}

/**
 * Names a build: the digest of its file, and the vector instructions that it was compiled for. On one machine, builds of
 * the same name compute the same bits.
 */
export function describeBuild(name: KernelsName): string {
  const digest = createHash('sha256')
    .update(readFileSync(file(name)))
    .digest('hex');
  return `${digest.slice(0, 12)} for ${name === 'native' ? loadAddon().instructions : 'WebAssembly'}`;
}

/** The error for a build that is missing: it says how to get one. */
export function missingKernels(name: KernelsName | 'auto'): BackendError {
  const which = name === 'auto' ? 'kernels' : `${name} kernels`;
  if (Object.keys(readSources()).length > 0) {
    return new BackendError(`the ${which} were not built: run npm run prepare, which says what stands in the way`);
  }
  return name === 'native'
    ? new BackendError('the published package has no native kernels: use --kernels wasm')
    : new BackendError(`the ${which} are missing from the package: install it again`);
}

/**
 * Allocates shared memory for a build.
 *
 * @throws RangeError if there is not that much
 */
export function allocateMemory(name: KernelsName, bytes: number): SharedMemory {
  if (name === 'wasm') return allocateWasmMemory(bytes);
  const buffer = new SharedArrayBuffer(bytes + ALIGNMENT);
  const addon = loadAddon();
  const memory = new Uint8Array(buffer);
  addon.enlargePages(memory);
  const misaligned = addon.misalignment(memory);
  return { buffer, base: (ALIGNMENT - misaligned) % ALIGNMENT, wasm: null };
}

/**
 * Loads a build for one thread of those that share a memory.
 *
 * @throws BackendError if there is none
 */
export async function loadKernels(name: KernelsName, memory: SharedMemory): Promise<LoadedKernels> {
  return name === 'native' ? nativeKernels(memory) : await wasmKernels(memory);
}

function loadAddon(): Addon {
  return createRequire(import.meta.url)(file('native')) as Addon;
}

function nativeKernels({ buffer, base }: SharedMemory): LoadedKernels {
  const addon = loadAddon();
  const memory = new Uint8Array(buffer, base);
  return {
    name: 'native',
    run: (schedule, sync, scratch, thread, threads, profile) => {
      addon.run(memory, schedule, sync, scratch, thread, threads, profile ?? -1);
    },
  };
}

/** The part of the global `WebAssembly` that is used here: Node's types leave it to those of browsers. */
interface WebAssemblyApi {
  readonly Memory: new (size: {
    initial: number;
    maximum: number;
    shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
  instantiate(bytes: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: unknown } }>;
}

const WebAssembly: WebAssemblyApi = Reflect.get(globalThis, 'WebAssembly');

const PAGE_BYTES = 65_536;
/** Bytes of a thread's own stack, below its scratch. */
export const WASM_STACK_BYTES = PAGE_BYTES;
/** Bytes that the build keeps at the beginning of the memory: its constants, and the stack of the first instance. */
const WASM_OWN_BYTES = 4 * PAGE_BYTES;

function allocateWasmMemory(bytes: number): SharedMemory {
  const pages = Math.ceil((bytes + WASM_OWN_BYTES) / PAGE_BYTES);
  if (pages > 65_536) throw new RangeError(`WebAssembly holds at most 4 GiB, and ${bytes} bytes are needed`);
  const wasm = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { buffer: wasm.buffer, base: WASM_OWN_BYTES, wasm };
}

interface WasmExports {
  readonly run: (
    memory: number,
    schedule: number,
    sync: number,
    scratch: number,
    thread: number,
    threads: number,
    profile: number,
  ) => void;
  readonly __stack_pointer: { value: number };
}

async function wasmKernels({ wasm, base }: SharedMemory): Promise<LoadedKernels> {
  const { instance } = await WebAssembly.instantiate(readFileSync(file('wasm')), {
    env: { memory: wasm, now: () => performance.now() },
  });
  const { run, __stack_pointer: stack } = instance.exports as WasmExports;
  return {
    name: 'wasm',
    run: (schedule, sync, scratch, thread, threads, profile) => {
      // The threads share the memory, so each needs a stack of its own: it lies below the thread's scratch.
      stack.value = base + scratch;
      run(base, base + schedule, base + sync, base + scratch, thread, threads, profile === null ? 0 : base + profile);
    },
  };
}
