import { type Clip, perturb } from './perturbation.ts';

/** The training loss at mixing weights, on the mini-batch of the step on w. Neither function may change the network. */
export interface AttackObjective {
  loss(mixing: Float64Array): Promise<number>;
  /** Gradient of the loss in the mixing weights, laid out like them. */
  gradient(mixing: Float64Array): Promise<Float64Array>;
}

export interface AttackOptions {
  /** Largest change of an entry before the clip. */
  readonly epsilon: number;
  /** Number of columns of the mixing weights. */
  readonly columns: number;
  readonly clip: Clip;
  /** Number of moves. @default 7 */
  readonly moves?: number;
}

/** What an attack found. */
export interface AttackResult {
  /** The worse of the attack's end and the mixing weights as they were. */
  readonly mixing: Float64Array;
  /** Loss at the mixing weights as they were; null if the attack had no room. */
  readonly lossBefore: number | null;
  /** Loss at the attack's end; null if the attack had no room. */
  readonly lossAfter: number | null;
}

/**
 * Looks for mixing weights near M that make the training loss large, for a step on w: projected gradient ascent by signs
 * (SDARTS-ADV, Chen and Hsieh 2020, Algorithm 1; `Linf_PGD_alpha` of its repository).
 *
 *     P = clip(M + U)
 *     in each move: P = P + (2 epsilon / moves) sign(dL/dP),  P = clip(M + clamp(P - M, -epsilon, epsilon))
 *
 * M itself comes back if its loss exceeds that at P, or if epsilon is 0. The clip's division can leave the box of epsilon,
 * as in the repository.
 *
 * @param mixing `[edges, columns]` M, row-major; belongs to the caller
 * @param noise U, the random start, laid out like M
 */
export async function attack(
  mixing: Float64Array,
  noise: Float64Array,
  objective: AttackObjective,
  { epsilon, columns, clip, moves = 7 }: AttackOptions,
): Promise<AttackResult> {
  if (epsilon === 0) return { mixing: mixing.slice(), lossBefore: null, lossAfter: null };
  let attacked = perturb(mixing, noise, columns, clip);
  for (let move = 0; move < moves; move++) {
    const gradient = await objective.gradient(attacked);
    const changes = attacked.map((entry, i) => {
      const moved = entry + ((2 * epsilon) / moves) * Math.sign(gradient[i]!);
      return Math.min(epsilon, Math.max(-epsilon, moved - mixing[i]!));
    });
    attacked = perturb(mixing, changes, columns, clip);
  }
  const lossBefore = await objective.loss(mixing);
  const lossAfter = await objective.loss(attacked);
  // A loss that is not a number is no worse one.
  return { mixing: lossAfter >= lossBefore ? attacked : mixing.slice(), lossBefore, lossAfter };
}
