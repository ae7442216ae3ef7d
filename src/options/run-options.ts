import { z } from 'zod';
import { flag, integer, positiveInteger, positiveUpTo } from '../math/value-rules.ts';
import { type IdleOptions, OptionsError, refuseIdle } from './parse-options.ts';

/** Largest number of classes. */
const MAX_CLASSES = 1000;

/** Options of the network and its mini-batches, which every job has. */
export const networkOptions = {
  channels: positiveInteger.describe('channels of the first cell’s nodes'),
  layers: integer(1, 1000).describe('cells; those at floor(L/3) and floor(2L/3) reduce'),
  stemMultiplier: positiveInteger.describe('stem channels per initial channel'),
  batch: integer(2).describe('pictures in a mini-batch'),
  image: positiveInteger.describe('height and width of the pictures; pixels of larger ones are averaged'),
  /** @default as the data set has them */
  pictureChannels: z
    .literal([1, 3])
    .optional()
    .describe('channels of the pictures, 1 (gray) or 3; folders of pictures are read so'),
  /** @default as the data set has them */
  classes: integer(2, MAX_CLASSES).optional().describe('classes, which must be as many as those of the data'),
  /** @default the data set's own: false for digits, else true */
  flip: flag.optional().describe('half of the training pictures are mirrored, chosen at random'),
  /** How an epoch is then composed: `balancedOrder`. */
  balance: flag.describe('training mini-batches draw each class equally often'),
};

/** Sizes of pictures that networks take: two cells halve them. */
export const IMAGE_SIZES: readonly number[] = Array.from({ length: 56 }, (_, i) => 4 * (i + 1));

/** A week. Timers of Node.js end at 24 days, and fire at once beyond. */
const MAX_CHECKPOINT_SECONDS = 604_800;

/**
 * Options of how a job runs: the ones that determine no result, so that two runs that differ in them are the same run.
 * Engines round differently; a run keeps the engine that its record names.
 */
export const runOptions = {
  workers: integer(1, 64).describe('W: worker threads of the pool; never changes the result'),
  engine: z
    .enum(['auto', 'cpu', 'webgpu', 'tfjs'])
    .describe('our own engine for CPUs or for GPUs, or TensorFlow.js (auto: the GPU’s if its steps are faster)'),
  kernels: z.enum(['auto', 'native', 'wasm']).describe('build of the CPU engine'),
  /** At most four a core are started. @default 0 */
  threads: integer(0, 1024).describe('threads of the CPU engine, 0 means all cores; never changes the result'),
  backend: z.enum(['auto', 'tensorflow', 'wasm', 'cpu']).describe('backend of TensorFlow.js'),
  checkpointSeconds: positiveUpTo(MAX_CHECKPOINT_SECONDS).describe('longest time between checkpoints'),
};

export type RunOptionName = keyof typeof runOptions;

/** Names of the run options that may change when a run is resumed: all but those that choose the engine. */
export const RESUMABLE_OPTIONS = [
  'workers',
  'threads',
  'checkpointSeconds',
] as const satisfies readonly RunOptionName[];

export type ResumableOptionName = (typeof RESUMABLE_OPTIONS)[number];

export const RUN_DEFAULTS = {
  workers: 2,
  engine: 'auto',
  kernels: 'auto',
  threads: 0,
  backend: 'auto',
  checkpointSeconds: 60,
} as const;

/** Resolved options that the rules below read. */
type Checked = z.output<z.ZodObject<typeof networkOptions>> & z.output<z.ZodObject<typeof runOptions>>;

/** Run options that have no effect beside the others. */
export function idleRunOptions({ engine }: { readonly engine?: unknown }): IdleOptions {
  return new Map(engine === 'tfjs' || engine === 'webgpu' ? [['threads', `engine is ${engine}`]] : []);
}

/**
 * Checks the rules between the options that every job has: the network's sizes and the choice of the engine.
 *
 * @param given options as the caller gave them
 * @throws OptionsError with the rule and the value that breaks it
 */
export function checkRunOptions(options: Checked, given: object): void {
  const { engine, kernels, backend, channels, image, layers } = options;
  const refuse = (rule: string): never => {
    throw new OptionsError(rule);
  };
  if (kernels !== 'auto' && (engine === 'tfjs' || engine === 'webgpu')) {
    refuse(`kernels must be auto with engine ${engine}, got ${kernels}`);
  }
  if (backend !== 'auto' && (engine === 'cpu' || engine === 'webgpu')) {
    refuse(`backend must be auto with engine ${engine}, got ${backend}`);
  }
  if (kernels !== 'auto' && backend !== 'auto') {
    refuse(`kernels choose the engine cpu and backend chooses tfjs, got ${kernels} and ${backend}`);
  }
  refuseIdle(idleRunOptions(options), given);
  if (channels % 2 !== 0) refuse(`channels must be even, got ${channels}`);
  if (!IMAGE_SIZES.includes(image)) {
    refuse(`image must be a multiple of 4 from 4 to 224 (two cells halve it), got ${image}`);
  }
  if (layers < 3) refuse(`layers must be at least 3, so that both kinds of cell occur, got ${layers}`);
}
