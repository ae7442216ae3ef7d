import { z } from 'zod';
import { from0, integer, interval, parseValues, positiveInteger, share } from '../../math/value-rules.ts';
import { checkOptionNames } from '../option-names.ts';
import { checkWindow } from './acceptance-window.ts';
import type { AlternationOptions } from './alternation.ts';

/*
 * The options of Algorithm 1 and its global step, doubly stochastic coordinate descent (DSCD): the rule and the
 * description of each, the defaults, the rules between them, and when an option has no effect. The search's options, the
 * command line and the report follow from here.
 */

/** Options of Algorithm 1: when a step is local, global or both. */
export const alternationRules = {
  mode: z.enum(['alternating', 'joint']).describe('alternate local and global steps, or take both at once'),
  minSteps: positiveInteger.describe('N: least number of consecutive steps of one kind'),
  switch: z
    .enum(['stalled', 'count'])
    .describe('after N steps, change the kind of step when the loss stalls (the paper), or at once'),
};

/** Each proposal of a step is a vector in memory and an evaluation: more would be a mistake. */
const MAX_PROPOSALS = 10_000;

/** Options of DSCD: where proposals come from, and which is accepted. */
export const dscdRules = {
  /** K: number of steps in the acceptance window. Has no effect under `paired`. @default 1000 */
  window: positiveInteger.describe('K: steps of the acceptance window'),
  /**
   * What a proposal must beat: `window` the best loss of the last K steps (the paper), `paired` the loss at the current
   * position on the same mini-batch (ours), if that is a finite number. `never` accepts none: a control that does all
   * else that `window` does, see `Dscd`. @default 'window'; in joint mode 'paired'
   */
  acceptance: z
    .enum(['window', 'paired', 'never'])
    .describe(
      'accept what beats the best of the window, or alpha itself on the same mini-batch, or nothing (a control)',
    ),
  /**
   * What follows a rejected step: `return` to the best position of the window, or `stay`. @default 'return'; `paired`
   * always stays
   */
  onReject: z.enum(['return', 'stay']).describe('after a rejected step: back to the best of the window, or stay'),
  /** c: standard deviations of the paired difference by which a proposal must win; 0 unless `paired`. @default 0 */
  margin: from0.describe('paired: standard deviations by which a proposal must win'),
  /** P: number of proposals of a global step. @default 1 */
  proposals: integer(1, MAX_PROPOSALS).describe('P: proposals of a global step'),
  /** The proposal that is considered: the `best`, or the `first` drawn that wins. @default 'best' */
  selection: z
    .enum(['best', 'first'])
    .describe('which of the P proposals to consider: the best, or the first that wins'),
  /** `[low, high]` in which proposals of a coordinate lie. @default [-5, 5] */
  domain: interval.describe('where proposals are drawn from, LOW,HIGH'),
  /**
   * Progress from which proposals are discrete (ours): the low or the high end of the domain, each as likely, instead of a
   * value around the current one. In a search the mixing weight of the operation is then almost 0 or 1. At 1 proposals
   * are never discrete. @default 1
   */
  discreteFrom: share.describe('progress from which proposals are an end of the domain, from 0 to 1; 1 means never'),
};

const alternationSchema = z.strictObject(alternationRules);
const dscdSchema = z.strictObject(dscdRules);

/** Options of Algorithm 1, resolved. */
type ResolvedAlternation = z.output<typeof alternationSchema>;

/** Options of Algorithm 1 and DSCD together, resolved. */
type StepOptions = ResolvedAlternation & z.output<typeof dscdSchema>;

/** How doubly stochastic coordinate descent proposes and accepts, with nothing left open. */
export type ResolvedDscdOptions = Readonly<Omit<z.output<typeof dscdSchema>, 'domain'>> & {
  /** `[low, high]` in which proposals of a coordinate lie. */
  readonly domain: readonly [number, number];
};

/** How doubly stochastic coordinate descent proposes and accepts. All optional. */
export type DscdOptions = Partial<ResolvedDscdOptions>;

/** The defaults, which are the paper's; those of acceptance and onReject depend on what is given. */
export function defaultStepOptions(given: { readonly mode?: string; readonly acceptance?: string } = {}): StepOptions {
  const acceptance = given.mode === 'joint' ? 'paired' : 'window';
  return {
    mode: 'alternating',
    minSteps: 10,
    switch: 'stalled',
    window: 1000,
    acceptance,
    margin: 0,
    proposals: 1,
    selection: 'best',
    domain: [-5, 5],
    discreteFrom: 1,
    onReject: (given.acceptance ?? acceptance) === 'paired' ? 'stay' : 'return',
  };
}

/**
 * Fills in the defaults of Algorithm 1.
 *
 * @throws RangeError if a value breaks its rule
 */
export function resolveAlternation(given: {
  readonly mode?: ResolvedAlternation['mode'];
  readonly alternation?: Partial<AlternationOptions>;
}): ResolvedAlternation {
  const { mode, minSteps, switch: change } = defaultStepOptions();
  checkOptionNames('alternation', given.alternation ?? {}, { minSteps, switch: change });
  return parse(alternationSchema, { mode: given.mode ?? mode, minSteps, switch: change, ...given.alternation });
}

/**
 * Fills in the defaults of DSCD.
 *
 * @throws RangeError if a value breaks its rule, or two options contradict each other
 */
export function resolveDscdOptions(options: DscdOptions = {}): ResolvedDscdOptions {
  checkOptionNames('dscd', options, dscdRules);
  const defaults = defaultStepOptions(options);
  const resolved = parse(dscdSchema, {
    domain: options.domain ?? defaults.domain,
    acceptance: options.acceptance ?? defaults.acceptance,
    window: options.window ?? defaults.window,
    onReject: options.onReject ?? defaults.onReject,
    margin: options.margin ?? defaults.margin,
    proposals: options.proposals ?? defaults.proposals,
    selection: options.selection ?? defaults.selection,
    discreteFrom: options.discreteFrom ?? defaults.discreteFrom,
  });
  checkAcceptance(resolved);
  return resolved;
}

function parse<S extends z.ZodType>(schema: S, options: object): z.output<S> {
  const parsed = parseValues(schema, options);
  if ('broken' in parsed) throw new RangeError(parsed.broken);
  return parsed.values;
}

/**
 * Checks the rules between the options of Algorithm 1 and DSCD.
 *
 * @throws RangeError with the rule and the value that breaks it
 */
export function checkStepOptions(options: StepOptions): void {
  checkAcceptance(options);
  const { acceptance, minSteps, mode, window } = options;
  if (mode === 'joint' && acceptance !== 'paired') {
    throw new RangeError(`acceptance must be paired if mode is joint, got ${acceptance}`);
  }
  if (acceptance !== 'paired') checkWindow(window, minSteps);
}

function checkAcceptance({ acceptance, onReject, margin }: Omit<ResolvedDscdOptions, 'domain'>): void {
  if (acceptance === 'paired' && onReject === 'return') {
    throw new RangeError('onReject must be stay if acceptance is paired, got return');
  }
  if (acceptance !== 'paired' && margin > 0) {
    throw new RangeError(`margin must be 0 if acceptance is ${acceptance}, got ${margin}`);
  }
}

/** Options that decide which others have no effect. A run's record may lack any of them. */
export interface StepContext {
  /** Name of the method. */
  readonly method?: unknown;
  /** How alpha moves under the method; undefined if that is not known. */
  readonly alphaMoves?: 'none' | 'local' | 'local+global' | undefined;
  readonly mode?: unknown;
  readonly acceptance?: unknown;
}

/** Options of Algorithm 1 and DSCD that have no effect, by name, each with the reason. */
export function idleStepOptions({ method, alphaMoves, mode, acceptance }: StepContext): ReadonlyMap<string, string> {
  const idle = new Map<string, string>();
  if (acceptance === 'paired') idle.set('window', 'acceptance is paired');
  if (acceptance === 'never') idle.set('selection', 'acceptance is never');
  if (mode === 'joint') idle.set('minSteps', 'mode is joint').set('switch', 'mode is joint');
  if (alphaMoves === 'none' || alphaMoves === 'local') {
    for (const name of Object.keys({ ...alternationRules, ...dscdRules })) idle.set(name, `${method} has no DSCD`);
  }
  // A method that never moves alpha may draw it from the domain.
  if (alphaMoves === 'none') idle.delete('domain');
  return idle;
}
