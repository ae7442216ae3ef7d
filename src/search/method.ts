import type { Random } from '../math/random.ts';
import type { DiscretizeRule } from '../space/discretize.ts';
import type { GenotypeDialect } from '../space/genotype-text.ts';
import type { Primitive } from '../space/primitives.ts';
import type { Relaxation } from '../space/relaxation.ts';

/**
 * A search method: what the architecture is relaxed to, how alpha moves, and how the cell is derived. Everything
 * here is a choice among parts that stand elsewhere.
 */
export interface SearchMethod {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  readonly primitives: readonly Primitive[];
  readonly relaxation: Relaxation;
  /** How alpha moves: not at all, by Adam, or by Adam alternating with DSCD. */
  readonly alphaMoves: 'none' | 'local' | 'local+global';
  readonly rule: DiscretizeRule;
  /** Dialect of the PyTorch repository that takes its genotypes. */
  readonly dialect: GenotypeDialect;
  /** Alpha before the first step, flat over both cells. */
  initialAlpha(size: number, random: Random, domain: readonly [number, number]): Float64Array;
  /** Settings of the source's own experiments, where they differ between methods. */
  readonly defaults: MethodDefaults;
}

/** See `SearchOptions` for meanings and units. */
export interface MethodDefaults {
  readonly batch: number;
  readonly weightsLearningRate: number;
  readonly weightsLearningRateEnd: number;
  readonly alphaLearningRate: number;
  readonly alphaBeta1: number;
  readonly zeroOneWeight: number;
  /** Threshold of the discretization; null where its rule has none. */
  readonly threshold: number | null;
}
