import type { BlockGraph } from '../../network/block-graph.ts';
import {
  beginGradientMatch,
  type GradientMatch,
  type GradientMatchOptions,
  observeScores,
} from './gradient-match-watch.ts';

/** Scores by which operations are frozen; `SearchOptions` says which. */
export const FREEZINGS = ['none', 'match', 'match-sum'] as const;

/** Options of a search that decide what is frozen. */
export interface FreezeOptions {
  readonly freeze: (typeof FREEZINGS)[number];
  readonly freezeThreshold: number;
  readonly freezeWindow: number;
}

/** Threshold and window of each score. */
const DEFAULTS = {
  match: { freezeThreshold: 0.4, freezeWindow: 20 },
  'match-sum': { freezeThreshold: (0.4 * 20) / 21, freezeWindow: 21 },
} as const;

/** The defaults of a score. Without one, those of `match` stand in the record. */
export function defaultFreezeOptions({ freeze = 'none' }: Partial<Pick<FreezeOptions, 'freeze'>>): FreezeOptions {
  return { freeze, ...DEFAULTS[freeze === 'none' ? 'match' : freeze] };
}

/** The operations of a search that may be frozen, and which are: OLES (Jiang et al. 2023). */
export class Freezing {
  /**
   * Names of the supernet's operations with convolutions, as engines have them. The halvings of skip connections are never
   * frozen, as in the authors' repository.
   */
  readonly operations: readonly string[];
  readonly #options: GradientMatchOptions;
  #match: GradientMatch;

  constructor({ blocks }: BlockGraph, { freezeThreshold, freezeWindow }: FreezeOptions) {
    const edges = blocks.flatMap((block) => (block.kind === 'node' ? block.edges : []));
    this.operations = edges.flatMap(({ operations }) =>
      operations.flatMap((operation) => {
        const [unit] = operation.kind === 'conv' ? operation.units : [];
        return unit === undefined ? [] : [unit.depthwise.name.split('.').slice(0, 5).join('.')];
      }),
    );
    this.#options = { threshold: freezeThreshold, window: freezeWindow };
    this.#match = beginGradientMatch(this.operations.length);
  }

  /** Names of those that are frozen. */
  get frozen(): string[] {
    return this.operations.filter((_, i) => this.#match.frozen[i]);
  }

  /**
   * Takes the scores of an iteration.
   *
   * @param scores by operation; others may be among them
   */
  observe(scores: Readonly<Record<string, number>>): void {
    const own = this.operations.map((operation) => {
      const score = scores[operation];
      if (score === undefined) throw new Error(`operation ${operation} has no score`);
      return score;
    });
    this.#match = observeScores(this.#match, own, this.#options);
  }

  /** The state: plain data. */
  save(): GradientMatch {
    return this.#match;
  }

  /** @throws RangeError if the state is none, or that of other operations */
  restore(state: GradientMatch | undefined): void {
    const count = this.operations.length;
    if (state === undefined || state.sums.length !== count || state.frozen.length !== count) {
      throw new RangeError(`a state of ${count} operations was expected, got ${state?.sums.length ?? 'none'}`);
    }
    this.#match = state;
  }
}
