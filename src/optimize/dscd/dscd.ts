import { sampleBeta } from '../../math/beta.ts';
import { Random, type RandomState } from '../../math/random.ts';
import { standardDeviation } from '../../math/statistics.ts';
import { AcceptanceWindow, type AcceptanceWindowState, type Observation } from './acceptance-window.ts';
import { betaShapes, concentration } from './beta-annealing.ts';
import { type DscdOptions, type ResolvedDscdOptions, resolveDscdOptions } from './dscd-options.ts';
import type { Evaluation, Proposal, StepAnswer, StepOutcome, StepRequest } from './step.ts';

/** Everything DSCD needs to go on exactly where it was: plain data with typed arrays. */
export interface DscdState {
  readonly random: RandomState;
  /** null under paired acceptance, which needs no window. */
  readonly window: AcceptanceWindowState | null;
}

/** Parts of a request that a decision reads. */
type Decidable = Pick<StepRequest, 'kind' | 'position' | 'proposals'>;

/**
 * Doubly stochastic coordinate descent, the paper's global step: one coordinate at random, a value for it drawn from
 * a Beta distribution that narrows around the current one, and a test whether the move is taken. It proposes and
 * decides; whoever owns the position evaluates and moves.
 *
 * Per step: `propose`, evaluate, `decide`. Steps of other kinds report their losses to `observe`, because the
 * acceptance window counts every step.
 *
 * Ours, beyond the paper: several proposals a step, and paired acceptance.
 */
export class Dscd {
  readonly options: ResolvedDscdOptions;
  readonly #window: AcceptanceWindow | null;
  #random: Random;

  /**
   * @param random draws the proposals, and nothing else may draw from it
   * @throws RangeError where the options break a rule
   */
  constructor(options: DscdOptions, random: Random) {
    this.options = resolveDscdOptions(options);
    this.#window = this.options.acceptance === 'window' ? new AcceptanceWindow(this.options.window) : null;
    this.#random = random;
  }

  /** Best observation of the window, or null where it holds no finite loss or there is no window. */
  get best(): Observation | null {
    return this.#window?.best ?? null;
  }

  /**
   * Draws the P proposals of a step, all from the same position.
   *
   * @param position `[coordinates]`, only read
   * @param progress of the annealing, from 0 at the start to 1 at the end
   */
  propose(position: Float64Array, progress: number): Pick<StepRequest, 'proposals' | 'concentration'> {
    const proposals: Proposal[] = [];
    for (let i = 0; i < this.options.proposals; i++) proposals.push(this.#draw(position, progress, this.#random));
    return { proposals, concentration: concentration(progress) };
  }

  /**
   * The single proposals that the next steps would draw from the same position. Draws nothing: it looks at a copy of
   * the generator.
   *
   * @param progress of each of the next steps
   */
  foresee(position: Float64Array, progress: readonly number[]): Proposal[] {
    const copy = Random.restore(this.#random.save());
    return progress.map((t) => this.#draw(position, t, copy));
  }

  /** The loss of a local step, at the position where it was evaluated. */
  observe(loss: number, position: Float64Array): void {
    this.#window?.observe(loss, position);
  }

  /**
   * Whether a proposal is taken, and which. Losses that are not finite never are.
   *
   * @throws Error where the answer lacks what the request asked for
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
   * Goes on exactly where the saved one was.
   *
   * @throws RangeError where the state was saved under another acceptance or another K
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
    const [low, high] = this.options.domain;
    const coordinate = random.integer(position.length); // DSCD step 1
    const from = position[coordinate] as number;
    const u = Math.min(1, Math.max(0, (from - low) / (high - low))); // DSCD step 2
    const shapes = betaShapes(u, progress); // DSCD steps 3 to 5
    const drawn = shapes === null ? u : sampleBeta(random, shapes.a, shapes.b); // DSCD step 6
    // Rounding may take the sum past the end of the domain.
    return { coordinate, from, to: Math.min(high, low + drawn * (high - low)) };
  }

  /** The paper's acceptance: a proposal must beat the best of the last K steps, which may be of other mini-batches. */
  #decideByWindow(window: AcceptanceWindow, { kind, position, proposals }: Decidable, answer: StepAnswer): StepOutcome {
    const losses = answer.proposals.map(({ loss }) => (Number.isFinite(loss) ? loss : Number.NaN));
    const threshold = window.best?.loss ?? Infinity;
    const wins = (i: number): boolean => (losses[i] as number) < threshold; // DSCD step 7
    const best = indexOfSmallest(losses);
    const candidates = this.options.selection === 'first' ? [...losses.keys()] : [best];
    const accepted = candidates.find(wins) ?? null;
    // The step's entry in the window: what was taken, or else the best that was proposed.
    const entry = accepted ?? best;
    const { loss } = answer.proposals[entry] as Evaluation;
    window.observe(loss, position, proposals[entry]);
    const returned = accepted === null && this.options.onReject === 'return' && window.best !== null; // DSCD step 8
    return { kind, loss, accepted, threshold, returned };
  }

  /**
   * Ours: a proposal must beat the current position on the same mini-batch. Only differences are compared, so whatever
   * is common to the mini-batch plays no part.
   */
  #decidePaired({ kind }: Decidable, { base, proposals }: StepAnswer): StepOutcome {
    if (base === undefined) throw new Error('paired acceptance needs the evaluation at the position');
    // A position without a loss is beaten by whatever has one.
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

  /** c standard deviations of the mean difference, estimated from the differences on the mini-batch's examples. */
  #margin(base: Evaluation, proposal: Evaluation): number {
    const { margin } = this.options;
    if (margin === 0) return 0;
    const before = base.perExample;
    const after = proposal.perExample;
    if (before === undefined || after === undefined || before.length !== after.length) {
      throw new Error('a margin needs the loss on each example, of the position and of every proposal');
    }
    const differences = Float64Array.from(before, (loss, i) => (after[i] as number) - loss);
    return (margin * standardDeviation(differences)) / Math.sqrt(differences.length);
  }
}

/** Index of the smallest number, the first of equal ones; 0 where all are NaN. */
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
