import { OptionsError } from '../options/parse-options.ts';
import { darts } from './darts.ts';
import { dartsSecond } from './darts-2nd.ts';
import { dartsMinus } from './darts-minus.ts';
import { dartsPt, dartsPtBlank } from './darts-pt.ts';
import { dartsAda, dartsEs, dartsPlus } from './darts-watched.ts';
import { drnas } from './drnas.ts';
import { fairDarts, random } from './fair-darts.ts';
import { gdas, snas } from './gdas.ts';
import type { SearchMethod } from './method.ts';
import { oles } from './oles.ts';
import { pcDarts } from './pc-darts.ts';
import { sdartsAdv, sdartsRs } from './sdarts.ts';
import { DSCD_ENDING, withDscd } from './with-dscd.ts';

/** Methods that exist with `+dscd` too. A new method is a file of its own, and a line here. */
const METHODS = {
  'fair-darts': fairDarts,
  darts,
  'darts-2nd': dartsSecond,
  'sdarts-rs': sdartsRs,
  'sdarts-adv': sdartsAdv,
  'darts-': dartsMinus,
  'darts-pt': dartsPt,
  'darts-es': dartsEs,
  'darts-ada': dartsAda,
  'darts-plus': dartsPlus,
  oles,
} as const satisfies Record<string, SearchMethod>;

/** Methods that exist without DSCD alone: they draw their mixing weights, weigh edges, or move no alpha. */
const OTHERS = {
  'pc-darts': pcDarts,
  gdas,
  snas,
  drnas,
  'darts-pt-blank': dartsPtBlank,
  random,
} as const satisfies Record<string, SearchMethod>;

type Plain = keyof typeof METHODS;
export type SearchMethodName = Plain | `${Plain}${typeof DSCD_ENDING}` | keyof typeof OTHERS;

/** Every search method of this library by name. */
export const SEARCH_METHODS = Object.fromEntries(
  [...Object.values(METHODS).flatMap((method) => [method, withDscd(method)]), ...Object.values(OTHERS)].map(
    (method: SearchMethod) => [method.name, method],
  ),
) as Readonly<Record<SearchMethodName, SearchMethod>>;

export const SEARCH_METHOD_NAMES = Object.keys(SEARCH_METHODS) as SearchMethodName[];

/**
 * Refuses the name of a method with DSCD that does not exist because its method draws mixing weights or weighs edges. Other names pass.
 *
 * @throws OptionsError as `withDscd` does
 */
export function refuseDrawnDscd(name: string): void {
  const plain = name.slice(0, -DSCD_ENDING.length);
  if (name.endsWith(DSCD_ENDING) && isMethodName(plain)) withDscd(SEARCH_METHODS[plain]);
}

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
