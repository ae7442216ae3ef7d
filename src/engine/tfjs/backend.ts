import * as tf from '@tensorflow/tfjs';
import { type Backend, BackendError, type EngineDescription } from '../engine.ts';
import { importTensorflow } from './import-tensorflow.ts';
import { composedKernels, type TensorKernels } from './tensor-kernels.ts';
import { registerWasmKernels, wasmKernels } from './wasm-kernels.ts';

/** Backends of TensorFlow.js: `tensorflow` is tfjs-node-gpu, which runs its own CPU code if there is no GPU. */
export const BACKENDS: readonly Backend[] = ['tensorflow', 'wasm', 'cpu'];

export interface StartedBackend {
  readonly kernels: TensorKernels;
  readonly description: EngineDescription;
}

let started: Promise<StartedBackend> | null = null;

/**
 * Starts TensorFlow.js. The backend belongs to the process: the first start decides.
 *
 * @throws BackendError if the backend asked for does not start, or another one runs in this process
 */
export async function startBackend(wanted: Backend | 'auto'): Promise<StartedBackend> {
  started ??= start(wanted).catch((error: unknown) => {
    started = null; // A failed start decides nothing.
    throw error;
  });
  const running = await started;
  if (wanted !== 'auto' && running.description.backend !== wanted) {
    throw new BackendError(
      `this process runs TensorFlow.js on ${running.description.backend}, it cannot run on ${wanted} too`,
    );
  }
  return running;
}

/** Size of the wasm heap, which never shrinks; null on other backends. */
export function heapBytes(): number | null {
  if (tf.getBackend() !== 'wasm') return null;
  const { wasm } = tf.backend() as tf.KernelBackend & { readonly wasm: { readonly HEAPU8: Uint8Array } };
  return wasm.HEAPU8.buffer.byteLength;
}

async function start(wanted: Backend | 'auto'): Promise<StartedBackend> {
  tf.enableProdMode();
  if (wanted !== 'auto') return describe(wanted, await startOne(wanted), 'asked for');

  const refused: string[] = [];
  for (const backend of BACKENDS) {
    try {
      const running = await startOne(backend);
      const tried = refused.length === 0 ? 'the best there is' : `the best that works (${refused.join('; ')})`;
      return describe(backend, running, tried);
    } catch (error) {
      refused.push(firstLine(error));
    }
  }
  throw new BackendError(`no backend of TensorFlow.js works: ${refused.join('; ')}`);
}

/** A backend that runs. */
interface Started {
  readonly kernels: TensorKernels;
  /** Facts that only some backends have. @default none */
  readonly facts?: Pick<EngineDescription, 'build' | 'environment'>;
}

async function startOne(backend: Backend): Promise<Started> {
  switch (backend) {
    case 'tensorflow':
      return await startTensorflow();
    case 'wasm':
      await startWasm();
      return { kernels: wasmKernels };
    case 'cpu':
      await tf.setBackend('cpu');
      return { kernels: composedKernels };
    default:
      // The library has others, such as webgpu, on which some operations go wrong without an error.
      throw new BackendError(`backend must be among ${BACKENDS.join(', ')}, got ${JSON.stringify(backend)}`);
  }
}

async function startTensorflow(): Promise<Started> {
  const environment = await importTensorflow();
  if (!(await tf.setBackend('tensorflow'))) throw new BackendError('backend tensorflow: TensorFlow does not start');
  const { binding } = tf.backend() as tf.KernelBackend & { readonly binding: { readonly TF_Version: string } };
  return { kernels: composedKernels, facts: { build: `TensorFlow ${binding.TF_Version}`, environment } };
}

async function startWasm(): Promise<void> {
  const before = GUARDED.map((event) => new Set(process.listeners(event)));
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new BackendError('backend wasm: WebAssembly does not start');
  await tf.ready();
  // Its glue turns any uncaught error into exit code 7: the process's own handlers are to decide.
  for (const [i, event] of GUARDED.entries()) {
    for (const listener of process.listeners(event)) {
      if (!before[i]?.has(listener)) process.off(event, listener);
    }
  }
  registerWasmKernels();
}

const GUARDED = ['uncaughtException', 'unhandledRejection'] as 'uncaughtException'[];

function describe(backend: Backend, { kernels, facts }: Started, reason: string): StartedBackend {
  const { isUsingGpuDevice: usesGpu = false } = tf.backend() as tf.KernelBackend & {
    readonly isUsingGpuDevice?: boolean;
  };
  return { kernels, description: { engine: 'tfjs', backend, reason, usesGpu, threads: 1, ...facts } };
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] as string;
}
