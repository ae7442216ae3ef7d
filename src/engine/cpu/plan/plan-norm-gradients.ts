import type { ValueSpec } from '../../../network/block-graph.ts';
import type { PlanMemory } from './plan-memory.ts';
import type { Normed } from './planned-cell.ts';
import type { OperationWriter } from './schedule.ts';

/** Where the sums of g and g z stand for a term: `[pictures, rows, channels]`, `product` being the row of g z. */
export interface TermSums {
  readonly sums: number;
  readonly rows: number;
  readonly product: number;
}

/** What a norm's output was used for: with which mixing weight (-1: 1), and where the gradient in that goes (-1: nowhere). */
export interface Share extends TermSums {
  readonly mixing: number;
  readonly dmixing: number;
  readonly drops: number;
}

/** Plans the gradients of batch norms, each from sums over what its output was used for. */
export class NormGradients {
  readonly #memory: PlanMemory;
  readonly #places = new Map<Normed, number>();

  constructor(memory: PlanMemory) {
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
   * The gradient of a batch norm, from sums over what its output was used for.
   *
   * @param through mixing weight that the gradient is still to be multiplied by (-1: none)
   */
  write(write: OperationWriter, normed: Normed, shares: readonly Share[], through = -1): void {
    const { affine } = normed.norm;
    const { mean, variance } = this.#memory.norm(normed.norm);
    const own = (name = ''): number => this.#memory.weights.places.get(name)?.forward ?? -1;
    const gradient = (place: number): number => (place < 0 ? -1 : this.#memory.gradients + place);
    const [gamma, beta] = [own(affine?.scale.name), own(affine?.shift.name)];
    const results = [gradient(gamma), gradient(beta), this.place(normed), through];
    this.#write(write, normed, [mean, variance, gamma], results, shares);
  }

  /** The gradient in a mixing weight where there is no norm between: only the share's own. */
  writeWithoutNorm(write: OperationWriter, node: ValueSpec, share: Share): void {
    const { height, width, channels } = this.#memory.tensor(node);
    this.#write(write, { pixels: height * width, channels }, [-1, -1, -1], [-1, -1, -1, -1], [share]);
  }

  #write(
    write: OperationWriter,
    { pixels, channels }: Pick<Normed, 'pixels' | 'channels'>,
    norm: readonly [mean: number, variance: number, gamma: number],
    results: readonly number[],
    shares: readonly Share[],
  ): void {
    const { pictures } = this.#memory.chunks;
    const fields = shares.flatMap(({ sums, rows, product, mixing, dmixing, drops }) => {
      return [sums, rows, product, mixing, dmixing, drops];
    });
    write('gradientCoefficients', pictures, pixels, channels, ...norm, ...results, shares.length, ...fields);
  }
}

/** Of a norm whose output was used once and as it is: its sums are `[pictures, 2, channels]`. */
export function plainShare(sums: number): Share {
  return { sums, rows: 2, product: 1, mixing: -1, dmixing: -1, drops: -1 };
}
