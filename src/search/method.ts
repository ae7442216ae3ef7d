import type { Random } from '../math/random.ts';
import type { ColumnsRule } from '../space/discretize.ts';
import type { CellRelaxation } from '../space/drawn-relaxation.ts';
import type { GenotypeDialect } from '../space/genotype-text.ts';
import type { Primitive } from '../space/primitives.ts';
import type { FREEZINGS } from './watches/freezing.ts';
import type { EIGENVALUE_RISES } from './watches/judge-epoch.ts';

/**
 * A search method, as a set of choices among parts that do not know each other. A method of the caller's own needs a name of
 * its own.
 *
 * - space: `primitives`, `auxiliarySkip`; the option `space` replaces the primitives; `defaults.partialChannels`
 * - map from alpha to mixing weights: `relaxation`, `temperature`
 * - steps on alpha: `alphaMoves`, `initialAlpha`, `defaults.alphaGradient`
 * - mixing weights that the steps on w see: `defaults.weightsMixing`; operations that rest in them: `defaults.freeze`
 * - what stops the search: `defaults.eigenvalueRise`, `defaults.stopSkips`
 * - selection of the cells: `rule`, `dialect`, `defaults.deriveBy`
 *
 * Every iteration is a step on w and then one on alpha, as in the paper's Algorithm 1. Papers that step on alpha first differ
 * in that their first step on alpha comes before any on w.
 */
export interface SearchMethod {
  /** Name in options and records. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Candidate operations of every edge, in the order of alpha's columns. */
  readonly primitives: readonly Primitive[];
  /**
   * Map from alpha to mixing weights. DSCD goes with those that draw nothing and weigh no edges. Under `edge-normalized` each row of alpha
   * has one more parameter, PC-DARTS's beta, last.
   */
  readonly relaxation: CellRelaxation;
  /** Temperature of a Gumbel softmax in the first epoch and in the last; it falls linearly. @default [10, 0.1], GDAS's */
  readonly temperature?: readonly [first: number, last: number];
  /** Whether the supernet has DARTS-'s auxiliary skip, whose weight falls from 1 over the search. @default false */
  readonly auxiliarySkip?: boolean;
  /** How alpha moves: not at all, by Adam, or by Adam and DSCD. */
  readonly alphaMoves: 'none' | 'local' | 'local+global';
  /** Rule that derives the cells from the mixing weights. */
  readonly rule: ColumnsRule;
  /** Dialect of the PyTorch repository that takes its genotypes. */
  readonly dialect: GenotypeDialect;
  /**
   * Alpha before the first step, flat over both cells.
   *
   * @param size number of coordinates
   * @param random generator that is seeded by the search
   * @param domain `[low, high]` of the search's options
   */
  initialAlpha(size: number, random: Random, domain: readonly [number, number]): Float64Array;
  /** Settings of the source's own experiments that differ between methods. */
  readonly defaults: MethodDefaults;
}

/** Mixing weights that a step on w sees; `SearchOptions` says which. */
export const WEIGHTS_MIXINGS = ['alpha', 'cells', 'perturbed', 'attack'] as const;

/** How a local step has its gradient in alpha; `SearchOptions` says which. */
export const ALPHA_GRADIENTS = ['first', 'unrolled', 'unrolled-plain'] as const;

/** What draws alpha to 0; `SearchOptions` says how. */
export const ALPHA_PRIORS = ['decay', 'kl'] as const;
/** What cells are derived by; `SearchOptions` says more. */
export const DERIVE_BY = ['mixing', 'projection'] as const;

/** Settings of a method; `SearchOptions` says what they mean, and in which units. */
export interface MethodDefaults {
  readonly batch: number;
  /** @default 50 */
  readonly epochs?: number;
  readonly weightsLearningRate: number;
  readonly weightsLearningRateEnd: number;
  /** @default 3e-4 */
  readonly weightsDecay?: number;
  /** @default false */
  readonly nesterov?: boolean;
  readonly alphaLearningRate: number;
  readonly alphaBeta1: number;
  /** @default 'first' */
  readonly alphaGradient?: (typeof ALPHA_GRADIENTS)[number];
  /** Of the method's own epochs; other numbers of epochs have the same share (`fitDefaults`). @default 0 */
  readonly alphaRest?: number;
  /** The most; fewer if the channels cannot be divided so (`fitDefaults`). @default 1 */
  readonly partialChannels?: number;
  /** Above 1, the three settings around it are those of a search in stages alone (`fitDefaults`). @default 1 */
  readonly stages?: number;
  /** The most; fewer if an edge has fewer (`fitDefaults`). @default 4 */
  readonly keptOperations?: number;
  /** For the method's `partialChannels`; others have the same share (`fitDefaults`). @default 1 */
  readonly partialChannelsEnd?: number;
  readonly zeroOneWeight: number;
  /** Of a method that is defined by it; a search by the method takes no other. @default 'alpha' */
  readonly weightsMixing?: (typeof WEIGHTS_MIXINGS)[number];
  /** @default 'none' */
  readonly eigenvalueRise?: (typeof EIGENVALUE_RISES)[number];
  /** @default null */
  readonly stopSkips?: number;
  /** Of a method that is defined by it; a search by the method takes another score, but not none. @default 'none' */
  readonly freeze?: (typeof FREEZINGS)[number];
  /** Of a method that is defined by it; a search by the method takes no other. @default 'mixing' */
  readonly deriveBy?: (typeof DERIVE_BY)[number];
  /** Threshold of the rule; null if it has none. */
  readonly threshold: number | null;
}
