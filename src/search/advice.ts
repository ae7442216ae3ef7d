import { commandName } from '../options/command-name.ts';
import { quote } from '../options/flag-text.ts';
import { isMethodName, SEARCH_METHODS } from './methods.ts';

/**
 * Says in one sentence what to try after a search that found an invalid or a degenerate cell.
 *
 * @param options the search's options, as its record holds them
 * @param run folder of the search
 */
export function adviseOn(
  options: { readonly [name in 'method' | 'acceptance' | 'deriveBy']?: unknown },
  run: string,
): string {
  const { method, acceptance, deriveBy } = options;
  if (deriveBy === 'projection') return 'try another --seed';
  const moves = typeof method === 'string' && isMethodName(method) ? SEARCH_METHODS[method].alphaMoves : null;
  const derive = `${commandName('derive')} ${quote(run)}`;
  if (moves === 'none') return `try another --seed, or derive by a lower threshold: ${derive} --threshold x`;
  const again = `derive from another epoch or by a lower threshold: ${derive} --epoch all`;
  if (moves === 'local' && method === 'fair-darts') {
    return `try --method fair-darts+dscd --acceptance paired, or ${again}`;
  }
  return moves === 'local+global' && acceptance !== 'paired'
    ? `try --acceptance paired, or ${again}`
    : `try to ${again}`;
}
