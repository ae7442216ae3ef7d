import { Random } from '../math/random.ts';
import { checkWindow } from './acceptance-window.ts';
import { Adam } from './adam.ts';
import { type AlternationOptions, advance, startAlternation } from './alternation.ts';
import { Dscd } from './dscd.ts';
import type { DscdOptions } from './dscd-options.ts';
import { Hybrid } from './hybrid.ts';
import { constant, cosine } from './schedules.ts';
import type { Proposal, StepAnswer, StepOutcome, StepRequest } from './step.ts';
import type { Objective } from './test-functions.ts';

export interface MinimizeOptions {
  /** `[coordinates]` start; only read */
  readonly start: Float64Array;
  /** Steps of all kinds together. */
  readonly steps: number;
  /** Seed of the proposals. @default 0 */
  readonly seed?: number;
  /** @default 'adam+dscd' */
  readonly method?: 'adam' | 'adam+dscd' | 'dscd';
  /** Of Adam. @default 0.1 */
  readonly learningRate?: number;
  /** `cosine` lets the learning rate fall to 0 over the steps. @default 'constant' */
  readonly schedule?: 'constant' | 'cosine';
  /** @default the paper's; in joint mode paired acceptance */
  readonly dscd?: DscdOptions;
  /** N and the switch, of `adam+dscd`. @default { minSteps: 10, switch: 'stalled' } */
  readonly alternation?: Partial<AlternationOptions>;
  /** Of `adam+dscd`: one kind of step after the other, or both in every step. @default 'alternating' */
  readonly mode?: 'alternating' | 'joint';
  /** Adam's steps are cut off at these bounds. @default null */
  readonly bounds?: readonly [number, number] | null;
  /** Called after every step; the position changes with the next one, and is only to be read. */
  readonly onStep?: (step: number, outcome: StepOutcome, position: Float64Array) => void;
}

export interface MinimizeResult {
  /** Where the smallest loss of all evaluations was seen; the loss is Infinity where all were NaN. */
  readonly bestPosition: Float64Array;
  readonly bestLoss: number;
  /** Where the steps ended; its loss is not among those counted. */
  readonly finalPosition: Float64Array;
  readonly finalLoss: number;
  /** Positions at which the loss was evaluated, with or without the gradient. */
  readonly evaluations: number;
  /** Those of them at which the gradient was evaluated too. */
  readonly gradients: number;
}

/**
 * Minimizes a function by the paper's Algorithm 1: Adam and DSCD in alternation (or either alone, or both at once).
 *
 * @throws RangeError where an option breaks its rule
 */
export function minimize(objective: Objective, options: MinimizeOptions): MinimizeResult {
  const { start, steps, method = 'adam+dscd', learningRate = 0.1, bounds = null } = options;
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`steps must be a positive integer, got ${steps}`);
  const joint = method === 'adam+dscd' && options.mode === 'joint';
  const rate = options.schedule === 'cosine' ? cosine(learningRate, 0) : constant(learningRate);
  const switching: AlternationOptions = { minSteps: 10, switch: 'stalled', ...options.alternation };
  const local = method === 'dscd' ? null : new Adam(start.length, { learningRate });
  const dscdOptions: DscdOptions = joint ? { acceptance: 'paired', ...options.dscd } : (options.dscd ?? {});
  const dscd = method === 'adam' ? null : new Dscd(dscdOptions, Random.fromSeed(options.seed ?? 0, 'proposals'));
  if (local !== null && dscd?.options.acceptance === 'window') checkWindow(dscd.options.window, switching.minSteps);
  const hybrid = new Hybrid({ position: start, local, dscd, bounds });
  const trial = start.slice();
  const counted = { bestPosition: start.slice(), bestLoss: Infinity, evaluations: 0, gradients: 0 };
  const evaluate = (position: Float64Array, move?: Proposal): { loss: number } => {
    trial.set(position);
    if (move !== undefined) trial[move.coordinate] = move.to;
    const loss = objective.value(trial);
    counted.evaluations++;
    if (loss < counted.bestLoss) {
      counted.bestLoss = loss;
      counted.bestPosition.set(trial);
    }
    return { loss };
  };
  const answer = ({ position, gradient, base, proposals }: StepRequest): StepAnswer => {
    if (gradient) counted.gradients++;
    return {
      ...(gradient || base ? { base: evaluate(position) } : {}),
      ...(gradient ? { gradient: objective.gradient(position) } : {}),
      proposals: proposals.map((proposal) => evaluate(position, proposal)),
    };
  };

  let alternation = startAlternation();
  for (let step = 0; step < steps; step++) {
    const progress = step / steps;
    const kind = joint ? 'joint' : method === 'adam' ? 'local' : method === 'dscd' ? 'global' : alternation.kind;
    const request = hybrid.ask(kind, progress);
    const outcome = hybrid.tell(request, answer(request), rate(progress));
    alternation = advance(alternation, outcome.loss, switching);
    options.onStep?.(step, outcome, hybrid.position);
  }
  const finalPosition = hybrid.position.slice();
  return { ...counted, finalPosition, finalLoss: objective.value(finalPosition) };
}
