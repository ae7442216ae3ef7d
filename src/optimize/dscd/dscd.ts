import { Random, type RandomState, sampleBeta } from '../../math/random.ts';
import { standardDeviation } from '../../math/statistics.ts';
import { AcceptanceWindow, type AcceptanceWindowState, type Observation } from './acceptance-window.ts';
import { betaShapes, concentration } from './beta-annealing.ts';
import { type DscdOptions, type ResolvedDscdOptions, resolveDscdOptions } from './dscd-options.ts';
import type { Evaluation, Proposal, StepAnswer, StepOutcome, StepRequest } from './step.ts';

/** The whole state of DSCD: plain data with typed arrays. */
export interface DscdState {
  readonly random: RandomState;
  /** State of the acceptance window; null under paired acceptance. */
  readonly window: AcceptanceWindowState | null;
}

/** The parts of a request that a decision reads. */
type Decidable = Pick<StepRequest, 'kind' | 'position' | 'proposals'>;

/**
 * Doubly stochastic coordinate descent, the paper's global step: picks one coordinate at random, draws a value for it
 * from a Beta distribution that narrows around the current value, and accepts or rejects the move. DSCD proposes and
 * decides; its caller owns the position, evaluates and moves.
 *
 * A global step calls `propose`, evaluates, and calls `decide`. Local steps report their losses to `observe`, because
 * the acceptance window counts every step.
 *
 * Several proposals in a step, paired acceptance, `never` and discrete proposals go beyond the paper. `never` is a control: it shows what
 * returns alone do to local steps. It draws and evaluates proposals as `window` does and accepts none. The window holds
 * local steps only; a global step ages it. The loss of a global step is the best proposal's, as under `window`, so that
 * Algorithm 1 switches between the kinds of step by the same rule on the same losses.
 */
export class Dscd {
  readonly options: ResolvedDscdOptions;
  readonly #window: AcceptanceWindow | null;
  readonly #categories: readonly number[];
  #random: Random;

  /**
   * @param random source of the proposals; no other code may draw from it
   * @param categories `[coordinates]` number of categories of a coordinate that is one, else 0; the domain then has an
   *   equal part for each category. @default none
   * @throws RangeError if an option breaks its rule
   */
  constructor(options: DscdOptions, random: Random, categories: readonly number[] = []) {
    this.#categories = categories;
    this.options = resolveDscdOptions(options);
    this.#window = this.options.acceptance === 'paired' ? null : new AcceptanceWindow(this.options.window);
    this.#random = random;
  }

  /** Best observation of the window; null if there is no window or no finite loss in it. */
  get best(): Observation | null {
    return this.#window?.best ?? null;
  }

  /**
   * Draws the P proposals of a step, all from the same position.
   *
   * @param position `[coordinates]`; read only
   * @param progress progress of the annealing, from 0 at the start to 1 at the end
   */
  propose(position: Float64Array, progress: number): Pick<StepRequest, 'proposals' | 'concentration'> {
    const proposals: Proposal[] = [];
    for (let i = 0; i < this.options.proposals; i++) proposals.push(this.#draw(position, progress, this.#random));
    return { proposals, concentration: concentration(progress) };
  }

  /**
   * Predicts the proposals of the next steps from the same position, one for each step. Draws from a copy of the
   * generator, so that the generator does not change.
   *
   * @param progress progress of each of the next steps
   */
  foresee(position: Float64Array, progress: readonly number[]): Proposal[] {
    const copy = Random.restore(this.#random.save());
    return progress.map((t) => this.#draw(position, t, copy));
  }

  /** Counts a local step in the window, with its loss at the position. */
  observe(loss: number, position: Float64Array): void {
    this.#window?.observe(loss, position);
  }

  /**
   * Accepts one proposal or none. A proposal whose loss is not finite is never accepted.
   *
   * @throws Error if the answer lacks what the request asked for
   */
  decide(request: Decidable, answer: StepAnswer): StepOutcome {
    const { proposals } = request;
    if (answer.proposals.length !== proposals.length) {
      throw new RangeError(`the answer must have ${proposals.length} evaluations, got ${answer.proposals.length}`);
    }
    return this.#window === null
      ? this.#decidePaired(request, answer)
      : this.#decideByWindow(this.#window, request, answer);
  }

  save(): DscdState {
    return { random: this.#random.save(), window: this.#window?.save() ?? null };
  }

  /**
   * Continues exactly from a saved state, which it copies.
   *
   * @throws RangeError if the state was saved with another acceptance or another K
   */
  restore(state: DscdState): void {
    if ((state.window === null) !== (this.#window === null)) {
      const saved = state.window === null ? 'paired' : 'window';
      throw new RangeError(`the saved acceptance must be ${this.options.acceptance}, got ${saved}`);
    }
    this.#random = Random.restore(state.random);
    if (state.window !== null) this.#window?.restore(state.window);
  }

  #draw(position: Float64Array, progress: number, random: Random): Proposal {
    const { discreteFrom, domain } = this.options;
    const [low, high] = domain;
    const coordinate = random.integer(position.length); // DSCD step 1
    const from = position[coordinate] as number;
    const count = this.#categories[coordinate] ?? 0;
    if (count > 0) return { coordinate, from, to: this.#drawCategory(from, count, random) };
    if (discreteFrom < 1 && progress >= discreteFrom)
      return { coordinate, from, to: domain[random.integer(2)] as number };
    const u = Math.min(1, Math.max(0, (from - low) / (high - low))); // DSCD step 2
    const shapes = betaShapes(u, progress); // DSCD steps 3 to 5
    const drawn = shapes === null ? u : sampleBeta(random, shapes.a, shapes.b); // DSCD step 6
    // Rounding may take the sum past the end of the domain.
    return { coordinate, from, to: Math.min(high, low + drawn * (high - low)) };
  }

  /** Draws one of the other categories (ours), each as likely: the middle of its part of the domain. */
  #drawCategory(from: number, count: number, random: Random): number {
    const [low, high] = this.options.domain;
    const current = Math.min(count - 1, Math.floor(((from - low) / (high - low)) * count));
    const other = random.integer(count - 1);
    return low + ((other + (other >= current ? 1 : 0) + 0.5) / count) * (high - low);
  }

  /**
   * The paper's acceptance: a proposal must beat the best of the last K steps, possibly of other mini-batches. Under
   * `never` no proposal wins, and the window keeps none; the threshold is then what `window` would ask for.
   */
  #decideByWindow(window: AcceptanceWindow, { kind, position, proposals }: Decidable, answer: StepAnswer): StepOutcome {
    const losses = answer.proposals.map(({ loss }) => (Number.isFinite(loss) ? loss : Number.NaN));
    const threshold = window.best?.loss ?? Infinity;
    const never = this.options.acceptance === 'never';
    const wins = (i: number): boolean => !never && (losses[i] as number) < threshold; // DSCD step 7
    const best = indexOfSmallest(losses);
    const candidates = this.options.selection === 'first' ? [...losses.keys()] : [best];
    const accepted = candidates.find(wins) ?? null;
    // The window's entry for this step: the accepted proposal, or else the best one.
    const entry = accepted ?? best;
    const { loss } = answer.proposals[entry] as Evaluation;
    window.observe(never ? Number.NaN : loss, position, proposals[entry]);
    const returned = accepted === null && this.options.onReject === 'return' && window.best !== null; // DSCD step 8
    return { kind, loss, accepted, threshold, returned };
  }

  /**
   * Paired acceptance (ours): a proposal must beat the current position on the same mini-batch. The comparison uses
   * differences of losses, which cancels the noise of the mini-batch.
   */
  #decidePaired({ kind }: Decidable, { base, proposals }: StepAnswer): StepOutcome {
    if (base === undefined) throw new Error('paired acceptance needs the evaluation at the position');
    // Every finite loss beats a position without one.
    const isLost = !Number.isFinite(base.loss);
    const rival = isLost ? 0 : base.loss;
    const differences = proposals.map(({ loss }) => (Number.isFinite(loss) ? loss - rival : Number.NaN));
    const wins = (i: number): boolean => {
      const difference = differences[i] as number;
      return isLost ? !Number.isNaN(difference) : difference < -this.#margin(base, proposals[i] as Evaluation);
    };
    const candidates = this.options.selection === 'first' ? [...proposals.keys()] : [indexOfSmallest(differences)];
    const accepted = candidates.find(wins) ?? null;
    const loss = accepted === null ? base.loss : (proposals[accepted] as Evaluation).loss;
    return { kind, loss, accepted, threshold: base.loss, returned: false };
  }

  /** c standard errors of the mean difference, estimated from the differences on the examples. */
  #margin(base: Evaluation, proposal: Evaluation): number {
    const { margin } = this.options;
    if (margin === 0) return 0;
    const before = base.perExample;
    const after = proposal.perExample;
    if (before === undefined || after === undefined || before.length !== after.length) {
      throw new Error('a margin needs the loss on each example, of the position and of every proposal');
    }
    if (before.length < 2) throw new Error(`a margin needs the losses of at least 2 examples, got ${before.length}`);
    const differences = Float64Array.from(before, (loss, i) => (after[i] as number) - loss);
    return (margin * standardDeviation(differences)) / Math.sqrt(differences.length);
  }
}

/** Index of the smallest number, the first of equal ones; 0 if all are NaN. */
function indexOfSmallest(values: readonly number[]): number {
  let index = 0;
  let smallest = Infinity;
  for (const [i, value] of values.entries()) {
    if (value < smallest) {
      index = i;
      smallest = value;
    }
  }
  return index;
}
