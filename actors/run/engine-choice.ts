import { z } from 'zod';
import type { EngineOptions } from '../../src/engine/create-engine.ts';
import type { EngineSpeed } from '../../src/engine/estimate.ts';
import { type RunConfig, RunFolderError } from '../../src/record/run-folder.ts';
import type { OpenedEngine } from '../messages.ts';
import { HANG_MS } from '../supernet/start.ts';

/** Longest time that a supernet is waited for: a day, in milliseconds. */
const MAX_HANG_MS = 24 * 60 * 60 * 1000;

/**
 * Facts of every engine. Only TensorFlow's library has an environment. Older records lack build and fingerprint, the oldest
 * ones the threads: those engines computed on one.
 */
const facts = {
  build: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  fingerprint: z.string().optional(),
  reason: z.string(),
  usesGpu: z.boolean(),
  threads: z.number().default(1),
};

const engineSchema = z
  .discriminatedUnion('engine', [
    z.object({ engine: z.literal('cpu'), backend: z.enum(['native', 'wasm']), ...facts }),
    z.object({ engine: z.literal('tfjs'), backend: z.enum(['tensorflow', 'wasm', 'cpu']), ...facts }),
    z.object({ engine: z.literal('webgpu'), backend: z.literal('webgpu'), ...facts }),
  ])
  .nullable()
  .default(null);

/** The engine that a run began on. */
export type RecordedEngine = NonNullable<z.output<typeof engineSchema>>;

/**
 * Reads the engine that a run began on.
 *
 * @returns null if the run has none yet
 * @throws RunFolderError if the record holds something else
 */
export function recordedEngine(config: RunConfig): RecordedEngine | null {
  const read = engineSchema.safeParse(config.engine);
  if (read.success) return read.data;
  throw new RunFolderError(`config.json must name an engine of this program, got ${JSON.stringify(config.engine)}`);
}

/**
 * Compares the engine that a run goes on with to the one it was on.
 *
 * @param allowed whether an engine that computes other bits is allowed
 * @returns a warning if the run may end elsewhere; null if it will not, or the record names no build
 * @throws RunFolderError if the engine computes other bits, and that is not allowed
 */
export function compareEngines(
  recorded: RecordedEngine | null,
  { build, fingerprint }: Pick<OpenedEngine, 'build' | 'fingerprint'>,
  allowed: boolean,
): string | null {
  if (recorded === null) return null;
  if (recorded.fingerprint !== undefined && recorded.fingerprint !== fingerprint) {
    const builtAs = (name: string | undefined): string => (name === undefined ? '' : ` (kernels ${name})`);
    const both = `${recorded.fingerprint}${builtAs(recorded.build)} before, ${fingerprint}${builtAs(build)} here`;
    if (allowed) return `the run goes on with an engine that computes other bits: fingerprint ${both}`;
    throw new RunFolderError(
      `the engine here computes other bits than the run’s: fingerprint ${both}; take a machine and a build like the first, or allow it by --other-engine`,
    );
  }
  const before = recorded.build;
  if (before === undefined || build === undefined || before === build) return null;
  return `the run began with another build of the kernels, it may end elsewhere: ${before}, now ${build}`;
}

/** Keeps the engine that a run began on, because another one rounds differently. Only the number of threads is free. */
export function keptEngine(
  { engine, backend, kernels, threads }: Required<EngineOptions>,
  recorded: RecordedEngine | null,
): EngineOptions {
  if (recorded === null) return { engine, backend, kernels, threads };
  if (recorded.engine === 'cpu') return { engine: 'cpu', kernels: recorded.backend, threads };
  return recorded.engine === 'webgpu' ? { engine: 'webgpu' } : { engine: 'tfjs', backend: recorded.backend };
}

/**
 * Chooses the time without an answer after which a supernet counts as hung: far above the time of its steps, which
 * block it.
 *
 * @param estimate estimates the seconds of an iteration; null if the engine's speed is not known
 * @returns milliseconds
 */
export function hangLimit(
  estimate: (on: EngineSpeed) => number | null,
  backend: string,
  recorded: EngineSpeed | null,
): number {
  // An engine that is chosen later, or has no known speed, is hardly slower than the slowest but one.
  const slow = { engine: 'tfjs', backend: 'wasm', threads: 1 } as const;
  const seconds = estimate(recorded ?? { engine: 'tfjs', backend, threads: 1 }) ?? estimate(slow);
  if (seconds === null) throw new Error('the speed of TensorFlow.js on wasm must be known');
  return Math.min(MAX_HANG_MS, Math.max(HANG_MS, 20 * 1000 * seconds));
}
