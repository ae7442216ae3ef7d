import { z } from 'zod';
import { OptionsError } from './options-error.ts';

const count = z.number().int().min(1);
const counted = z.number().int().min(0);

/** Options of the network and its mini-batches that every job has. */
export const networkOptions = {
  channels: count.describe('channels of the first cell’s nodes'),
  layers: count.max(1000).describe('cells; those at floor(L/3) and floor(2L/3) reduce'),
  stemMultiplier: count.describe('stem channels per initial channel'),
  batch: count.min(2).describe('pictures in a mini-batch'),
  image: count.describe('height and width of the pictures; below 32 pixels are averaged'),
};

/** Options of how a job is run, which determine no result but by the engine's rounding. */
export const runOptions = {
  workers: count.max(64).describe('W: worker threads of the pool; never changes the result'),
  engine: z
    .enum(['auto', 'cpu', 'tfjs'])
    .describe('our own for CPUs, or TensorFlow.js (auto: that where it has a GPU)'),
  kernels: z.enum(['auto', 'native', 'wasm']).describe('build of the CPU engine'),
  threads: counted.max(1024).describe('threads of the CPU engine, 0 means all cores; never changes the result'),
  backend: z.enum(['auto', 'tensorflow', 'wasm', 'cpu']).describe('backend of TensorFlow.js'),
  checkpointSeconds: z.number().positive().describe('longest time between checkpoints'),
};

export type RunOptionName = keyof typeof runOptions;

export const RUN_DEFAULTS = {
  workers: 2,
  engine: 'auto',
  kernels: 'auto',
  threads: 0,
  backend: 'auto',
  checkpointSeconds: 60,
} as const;

/** Options resolved of every job, as far as the rules below need them. */
type Checked = z.output<z.ZodObject<typeof networkOptions>> & z.output<z.ZodObject<typeof runOptions>>;

/**
 * Checks the rules that every job's options keep together: those of the network's sizes, and of the choice of engine.
 *
 * @param given options that were asked for
 * @throws OptionsError with the rule and the value that breaks it
 */
export function checkRunOptions(options: Checked, given: { readonly threads?: number }): void {
  const { engine, kernels, backend, channels, image, layers } = options;
  const refuse = (rule: string): never => {
    throw new OptionsError(rule);
  };
  if (engine !== 'tfjs' && kernels !== 'auto' && backend !== 'auto') {
    refuse(`kernels are of the engine cpu and backend of tfjs, got ${kernels} and ${backend}`);
  }
  if (engine === 'cpu' && backend !== 'auto') refuse(`backend is of the engine tfjs, got ${backend} with cpu`);
  if (engine === 'tfjs' && (kernels !== 'auto' || given.threads !== undefined)) {
    refuse('kernels and threads are of the engine cpu, leave them out with tfjs');
  }
  if (channels % 2 !== 0) refuse(`channels must be even, got ${channels}`);
  if (image > 32 || 32 % image !== 0 || image < 4) refuse(`image must be 4, 8, 16 or 32, got ${image}`);
  if (layers < 3) refuse(`layers must be at least 3, so that both kinds of cell occur, got ${layers}`);
}
