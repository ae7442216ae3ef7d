import { darts } from './darts.ts';
import { dartsDscd } from './darts-dscd.ts';
import { fairDarts } from './fair-darts.ts';
import { fairDartsDscd } from './fair-darts-dscd.ts';
import type { SearchMethod } from './method.ts';
import { random } from './random.ts';

/** Every search method by name. A new method is a file of its own and a line here. */
export const SEARCH_METHODS = {
  'fair-darts': fairDarts,
  'fair-darts+dscd': fairDartsDscd,
  darts,
  'darts+dscd': dartsDscd,
  random,
} as const satisfies Record<string, SearchMethod>;

export type SearchMethodName = keyof typeof SEARCH_METHODS;

export const SEARCH_METHOD_NAMES = Object.keys(SEARCH_METHODS) as SearchMethodName[];
