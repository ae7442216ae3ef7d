import { checkInterval, checkNotNegative, checkOneOf, checkPositiveInteger } from '../checks.ts';

/** How doubly stochastic coordinate descent proposes and accepts. All optional. */
export interface DscdOptions {
  /** `[lo, hi]` proposals of a coordinate lie in it. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /**
   * What a proposal must beat: `window` the best loss of the last K steps (the paper), `paired` the loss at the
   * current position on the same mini-batch (ours), where that is a finite number. @default 'window'
   */
  readonly acceptance?: 'window' | 'paired';
  /** K: steps of the acceptance window; plays no part under `paired`. @default 1000 */
  readonly window?: number;
  /**
   * After a rejected step: `return` to the best position of the window, or `stay`. @default 'return' under `window`;
   * `paired` always stays
   */
  readonly onReject?: 'return' | 'stay';
  /** c, under `paired`: standard deviations of the paired difference by which a proposal must win. @default 0 */
  readonly margin?: number;
  /** P: proposals of a global step. @default 1 */
  readonly proposals?: number;
  /** Which of the P is considered: the `best`, or the `first` drawn that wins. @default 'best' */
  readonly selection?: 'best' | 'first';
}

/** Options with nothing left open. */
export type ResolvedDscdOptions = Required<DscdOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError where a value breaks its rule, or two options contradict each other
 */
export function resolveDscdOptions(options: DscdOptions = {}): ResolvedDscdOptions {
  const acceptance = options.acceptance ?? 'window';
  const resolved: ResolvedDscdOptions = {
    domain: options.domain ?? [-5, 5],
    acceptance,
    window: options.window ?? 1000,
    onReject: options.onReject ?? (acceptance === 'window' ? 'return' : 'stay'),
    margin: options.margin ?? 0,
    proposals: options.proposals ?? 1,
    selection: options.selection ?? 'best',
  };
  checkOptions(resolved);
  return resolved;
}

function checkOptions({ domain, acceptance, window, onReject, margin, proposals, selection }: ResolvedDscdOptions) {
  checkInterval('domain', domain);
  checkOneOf('acceptance', acceptance, ['window', 'paired']);
  checkOneOf('onReject', onReject, ['return', 'stay']);
  checkOneOf('selection', selection, ['best', 'first']);
  checkPositiveInteger('window', window);
  checkPositiveInteger('proposals', proposals);
  checkNotNegative('margin', margin);
  if (acceptance === 'paired' && onReject === 'return') {
    throw new RangeError('onReject must be stay where acceptance is paired, got return');
  }
  if (acceptance === 'window' && margin > 0) {
    throw new RangeError(`margin must be 0 where acceptance is window, got ${margin}`);
  }
}
