import type { ValueSpec } from '../../../network/block-graph.ts';
import type { OperationFields, OperationWriter } from './operations.ts';
import type { Normed } from './place-cells.ts';
import type { PlanMemory } from './plan-memory.ts';

/** One use of a norm's output: its sums, its mixing weight, and the place of the gradient in that. */
export type Share = OperationFields<'gradientCoefficients'>['shares'][number];

/** Places of the sums of g and g z for a term: `[pictures, rows, channels]`, `product` being the row of g z. */
export type TermSums = Pick<Share, 'sums' | 'rows' | 'product'>;

/** Plans the gradients of batch norms, each from sums over what its output was used for. */
export class NormGradients {
  /** Whether norms go by given means and variances, which depend on nothing. */
  readonly given: boolean;
  readonly #memory: PlanMemory;
  readonly #places = new Map<Normed, number>();

  constructor(memory: PlanMemory, given: boolean) {
    this.given = given;
    this.#memory = memory;
  }

  /** Place of a norm's gradient coefficients, `[3, channels]`. */
  place(normed: Normed): number {
    let place = this.#places.get(normed);
    if (place === undefined) {
      place = this.#memory.map.floats(3 * normed.channels);
      this.#places.set(normed, place);
    }
    return place;
  }

  /**
   * Writes the gradient of a batch norm.
   *
   * @param through place of a mixing weight that the gradient is still to be multiplied by
   */
  write(write: OperationWriter, normed: Normed, shares: readonly Share[], through: number | null = null): void {
    const { pixels, channels, norm } = normed;
    const { gradients, chunks } = this.#memory;
    const { mean, variance } = this.#memory.norm(norm);
    const { gamma, beta } = this.#memory.affine(norm);
    const dgamma = gamma === null ? null : gradients + gamma;
    const dbeta = beta === null ? null : gradients + beta;
    const abc = this.place(normed);
    const results = { dgamma, dbeta, abc, through, given: this.given };
    const { pictures } = chunks;
    write('gradientCoefficients', { pictures, pixels, channels, mean, variance, gamma, ...results, shares });
  }

  /** Writes the gradient in the mixing weight of a term without a batch norm. */
  writeWithoutNorm(write: OperationWriter, node: ValueSpec, share: Share): void {
    const { height, width, channels } = this.#memory.tensor(node);
    const { pictures } = this.#memory.chunks;
    const none = { mean: null, variance: null, gamma: null, dgamma: null, dbeta: null, abc: null, through: null };
    write('gradientCoefficients', {
      pictures,
      pixels: height * width,
      channels,
      ...none,
      given: false,
      shares: [share],
    });
  }
}

/** The share of a norm whose output was used once and as it is: its sums are `[pictures, 2, channels]`. */
export function plainShare(sums: number): Share {
  return { sums, rows: 2, product: 1, mixing: null, dmixing: null, drops: null };
}
