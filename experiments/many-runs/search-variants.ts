import { z } from 'zod';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';

/** A named setting of a search. */
export interface SearchVariant {
  /** What sets it apart, in a line. */
  readonly summary: string;
  /** Options over the sizes that all variants share, of which it is told alpha's learning rate. */
  options(shared: { readonly alphaLearningRate: number }): SearchOptionsInput;
}

/** What the presets for short searches set. It stands here again: experiments must not change when presets do. */
const SHORT = {
  method: 'fair-darts+dscd',
  acceptance: 'paired',
  proposals: 4,
  zeroOneRise: 1,
} as const satisfies SearchOptionsInput;

/**
 * Variants of the search that experiments compare. Controls have one part of DSCD, or slow alpha down as DSCD does, and
 * accept nothing or by chance.
 */
export const SEARCH_VARIANTS = {
  'fair-darts': {
    summary: 'FairDARTS: Adam alone (the paper’s Figure 1)',
    options: () => ({ method: 'fair-darts' }),
  },
  dscd: {
    summary: 'Adam and DSCD by the paper’s rule (its Figure 2)',
    options: () => ({ method: 'fair-darts+dscd' }),
  },
  paired: {
    summary: 'a proposal is compared with alpha on the same mini-batch',
    options: () => ({ method: 'fair-darts+dscd', acceptance: 'paired', proposals: 1 }),
  },
  'paired-4': {
    summary: 'as paired, the best of four proposals',
    options: () => ({ method: 'fair-darts+dscd', acceptance: 'paired', proposals: 4 }),
  },
  short: {
    summary: 'as paired-4, and the zero-one loss rises over the search: presets quick and laptop',
    options: () => SHORT,
  },
  'short-rest': {
    summary: 'as short, and alpha rests for the first three epochs',
    options: () => ({ ...SHORT, alphaRest: 3 }),
  },
  'short-small': {
    summary: 'as short, with a third of alpha’s learning rate and twelve proposals',
    options: ({ alphaLearningRate }) => ({ ...SHORT, alphaLearningRate: alphaLearningRate / 3, proposals: 12 }),
  },
  'short-batches': {
    summary: 'as short, and proposals are judged on four mini-batches',
    options: () => ({ ...SHORT, proposalBatches: 4 }),
  },
  'short-discrete': {
    summary: 'as short, and proposals are 0 or 1 in the second half of the search',
    options: () => ({ ...SHORT, discreteFrom: 0.5 }),
  },
  'short-cells': {
    summary: 'as short, and each step on w sees a random cell instead of alpha',
    options: () => ({ ...SHORT, weightsMixing: 'cells' }),
  },
  'joint-4': {
    summary: 'as paired-4, in every step together with Adam',
    options: () => ({ method: 'fair-darts+dscd', mode: 'joint', proposals: 4 }),
  },
  slow: {
    summary: 'control: FairDARTS at a tenth of alpha’s learning rate',
    options: ({ alphaLearningRate }) => ({ method: 'fair-darts', alphaLearningRate: alphaLearningRate / 10 }),
  },
  half: {
    summary: 'control: FairDARTS with a step on alpha in every second iteration',
    options: () => ({ method: 'fair-darts', alphaEvery: 2 }),
  },
  stay: {
    summary: 'control: the paper’s rule without returns',
    options: () => ({ method: 'fair-darts+dscd', onReject: 'stay' }),
  },
  never: {
    summary: 'control: returns alone, no proposal is accepted',
    options: () => ({ method: 'fair-darts+dscd', acceptance: 'never' }),
  },
  darts: {
    summary: 'DARTS: Adam alone, softmax and the two strongest sources of a node',
    options: () => ({ method: 'darts' }),
  },
  'darts-dscd': {
    summary: 'DARTS with Adam and DSCD by the paper’s rule',
    options: () => ({ method: 'darts+dscd' }),
  },
} as const satisfies Readonly<Record<string, SearchVariant>>;

export type SearchVariantName = keyof typeof SEARCH_VARIANTS;

export const SEARCH_VARIANT_NAMES = Object.keys(SEARCH_VARIANTS) as SearchVariantName[];

/** A variant as a plan records it. */
export interface PlannedVariant {
  readonly name: string;
  readonly summary: string;
  /** Options over those that all searches share. */
  readonly search: Record<string, unknown>;
}

/** Rules of a variant in a recorded plan. */
export const plannedVariantSchema = z.strictObject({
  name: z.string(),
  summary: z.string(),
  search: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<PlannedVariant>;

/** @param shared sizes that all variants share */
export function planVariant(name: SearchVariantName, shared: Parameters<SearchVariant['options']>[0]): PlannedVariant {
  const { summary, options }: SearchVariant = SEARCH_VARIANTS[name];
  return { name, summary, search: { ...options(shared) } };
}

/** Lists variants for a program's help. */
export function describeVariants(names: readonly SearchVariantName[]): string {
  const lines = names.map((name) => `  ${name.padEnd(11)} ${SEARCH_VARIANTS[name].summary}\n`);
  return `\nVariants:\n${lines.join('')}`;
}
