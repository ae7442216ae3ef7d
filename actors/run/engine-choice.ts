import { z } from 'zod';
import type { EngineOptions } from '../../src/engine/create-engine.ts';
import type { EngineDescription } from '../../src/engine/engine.ts';
import type { EngineSpeed } from '../../src/engine/estimate.ts';
import { type RunConfig, RunFolderError } from '../../src/record/run-folder.ts';
import { HANG_MS } from '../supernet/start.ts';

/** Longest time that a supernet is waited for: a day, in milliseconds. */
const MAX_HANG_MS = 24 * 60 * 60 * 1000;

/**
 * Facts of every engine. Older records lack the build of the kernels, the oldest ones the threads: those engines computed
 * on one.
 */
const facts = {
  build: z.string().optional(),
  reason: z.string(),
  usesGpu: z.boolean(),
  threads: z.number().default(1),
};

const engineSchema = z
  .discriminatedUnion('engine', [
    z.object({ engine: z.literal('cpu'), backend: z.enum(['native', 'wasm']), ...facts }),
    z.object({ engine: z.literal('tfjs'), backend: z.enum(['tensorflow', 'wasm', 'cpu']), ...facts }),
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
 * Warning that the run goes on with another build of the kernels; null if it does not, or the record or TensorFlow.js
 * names no build.
 */
export function warnOfBuild(
  recorded: RecordedEngine | null,
  { build }: Pick<EngineDescription, 'build'>,
): string | null {
  const before = recorded?.build;
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
  return { engine: 'tfjs', backend: recorded.backend };
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
