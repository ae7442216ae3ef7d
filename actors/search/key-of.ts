import type { MiniBatchKey } from '../messages.ts';

/** Names the mini-batch of an iteration. The halves of weights and alpha advance together. */
export function keyOf(split: 'weights' | 'alpha', iteration: number): MiniBatchKey {
  return { use: 'search', split, iteration };
}
