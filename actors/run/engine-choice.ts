import type { KernelsName } from '../../src/engine/cpu/run/kernels.ts';
import type { EngineOptions } from '../../src/engine/create-engine.ts';
import type { Backend, EngineDescription } from '../../src/engine/engine.ts';
import type { EngineSpeed } from '../../src/engine/estimate.ts';
import { HANG_MS } from '../supernet/start.ts';

/** The longest that a supernet is waited for: a day. */
const MAX_HANG_MS = 24 * 60 * 60 * 1000;

/** A run keeps the engine it began on: another one rounds differently. Only the number of threads is free. */
export function keptEngine(
  { engine, backend, kernels, threads }: Required<EngineOptions>,
  recorded: EngineDescription | null,
): EngineOptions {
  if (recorded === null) return { engine, backend, kernels, threads };
  if (recorded.engine === 'cpu') return { engine: 'cpu', kernels: recorded.backend as KernelsName, threads };
  return { engine: 'tfjs', backend: recorded.backend as Backend };
}

/**
 * Milliseconds without an answer after which a supernet hangs: far above the time of its steps, which block it.
 *
 * @param estimate seconds of an iteration; null where the engine's speed is not known
 */
export function hangLimit(
  estimate: (on: EngineSpeed) => number | null,
  backend: string,
  recorded: EngineDescription | null,
): number {
  // Where the engine is chosen later, or its speed is not known, it is hardly slower than the slowest but one.
  const wanted = recorded ?? { engine: 'tfjs', backend, threads: 1 };
  const seconds = estimate(wanted) ?? (estimate({ engine: 'tfjs', backend: 'wasm', threads: 1 }) as number);
  return Math.min(MAX_HANG_MS, Math.max(HANG_MS, 20 * 1000 * seconds));
}
