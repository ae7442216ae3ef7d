import { OptionsError } from '../options/parse-options.ts';
import { darts, dartsDscd } from './darts.ts';
import { dartsMinus, dartsMinusDscd } from './darts-minus.ts';
import { fairDarts, fairDartsDscd, random } from './fair-darts.ts';
import type { SearchMethod } from './method.ts';
import { sdartsRs, sdartsRsDscd } from './sdarts.ts';

/** Every search method of this library by name. A new family of methods is a file of its own, and a line here. */
export const SEARCH_METHODS = {
  'fair-darts': fairDarts,
  'fair-darts+dscd': fairDartsDscd,
  darts,
  'darts+dscd': dartsDscd,
  'sdarts-rs': sdartsRs,
  'sdarts-rs+dscd': sdartsRsDscd,
  'darts-': dartsMinus,
  'darts-+dscd': dartsMinusDscd,
  random,
} as const satisfies Record<string, SearchMethod>;

export type SearchMethodName = keyof typeof SEARCH_METHODS;

export const SEARCH_METHOD_NAMES = Object.keys(SEARCH_METHODS) as SearchMethodName[];

/** Whether a name is that of a method of this library. */
export function isMethodName(name: string): name is SearchMethodName {
  return Object.hasOwn(SEARCH_METHODS, name);
}

/**
 * Finds the search method of a name: one of this library, or the caller's own.
 *
 * @param own the caller's own method, if there is one
 * @throws OptionsError if the method is not of this library and missing, or the caller's is another
 */
export function findMethod(name: string, own?: SearchMethod): SearchMethod {
  const method = isMethodName(name) ? SEARCH_METHODS[name] : own;
  if (method === undefined) {
    throw new OptionsError(`method ${name} is not one of this library: give the search that method as an object`);
  }
  if (method.name !== name || (own !== undefined && own !== method)) {
    throw new OptionsError(`the search's method is ${name}, got ${own?.name} as the method of your own`);
  }
  return method;
}
