import { Random } from '../../math/random.ts';
import { checkInterval, checkPositiveInteger } from '../check-options.ts';
import type { StepOutcome } from '../dscd/step.ts';
import type { Optimizer } from '../optimizer.ts';
import { createOptimizer, type MethodName, type MethodOptions, needsGradient } from './create-optimizer.ts';
import type { Objective } from './objective.ts';

/** What can be minimized: an objective, or its `value` alone. */
export type Minimizable = Objective | Objective['value'];

export interface MinimizeOptions extends MethodOptions {
  /** `[coordinates]`; only read. @default drawn uniformly within the bounds, by the seed */
  readonly start?: Float64Array;
  /** Number of coordinates, where there is no start. */
  readonly coordinates?: number;
  /**
   * Budget, never exceeded: positions at which the objective is evaluated, with or without its gradient. The last one
   * is spent on where the run ended. Schedules and annealing follow the share that is spent.
   */
  readonly evaluations: number;
  /** By name, or an optimizer that is ready. @default 'adam+dscd' where the objective has a gradient, else 'dscd' */
  readonly method?: MethodName | Optimizer;
  /**
   * Evaluations under way at once, at most, of an objective that answers by promises. Changes no result.
   * @default 1 + speculative
   */
  readonly concurrency?: number;
  /**
   * Steps evaluated ahead, as far as the concurrency allows, where a step is a single point and the method can foresee
   * the next ones. Changes no result; what was evaluated in vain is counted apart, as `discarded`. @default 0
   */
  readonly speculative?: number;
  /** Stops after the step in which the best loss is at or below it. @default none */
  readonly target?: number;
  /** Called after every step. */
  readonly onProgress?: (progress: MinimizeProgress) => void;
  /** Ends the run between two steps, without waiting for evaluations under way. */
  readonly signal?: AbortSignal;
  /** Goes on from there, to the result of the run undisturbed. The options are to be the same; the budget may be larger. */
  readonly resume?: MinimizeState;
}

/** Where a run stands after a step. */
export interface MinimizeProgress {
  /** Steps taken. */
  readonly step: number;
  readonly evaluations: number;
  readonly gradients: number;
  /** Smallest finite loss of the step's points; NaN where there is none. */
  readonly loss: number;
  /** Smallest finite loss so far; Infinity where there is none. */
  readonly bestLoss: number;
  /** `[coordinates]` where the optimizer stands: only to be read, and changed by the next step. */
  readonly position: Float64Array;
  /** What became of a step of Adam or DSCD; null of other methods. */
  readonly outcome: StepOutcome | null;
  /** The run after this step, to resume from. */
  save(): MinimizeState;
}

/** Everything a run needs to go on exactly where it was: plain data with typed arrays. */
export interface MinimizeState {
  /** null where the optimizer was given. */
  readonly method: MethodName | null;
  /** The optimizer's, in its own form, with the step that was asked for and not told. */
  readonly optimizer: object;
  /** Steps taken. */
  readonly step: number;
  readonly evaluations: number;
  readonly gradients: number;
  readonly discarded: number;
  readonly notFinite: number;
  readonly bestPosition: Float64Array;
  readonly bestLoss: number;
  /** null until the run has ended. */
  readonly finalLoss: number | null;
}

export interface MinimizeResult {
  /** Where the smallest finite loss of all evaluations was seen, and that loss: Infinity where there was none. */
  readonly bestPosition: Float64Array;
  readonly bestLoss: number;
  /** Where the optimizer stands, and the loss there: NaN where the run was aborted. */
  readonly finalPosition: Float64Array;
  readonly finalLoss: number;
  /** Evaluations that the run went by, that of the final position included. */
  readonly evaluations: number;
  /** Those of them with the gradient. */
  readonly gradients: number;
  /**
   * Evaluations made ahead and thrown away, beside those counted. What was under way when a run failed or was aborted is
   * in no count: it is evaluated again once the run is resumed.
   */
  readonly discarded: number;
  /** Those of `evaluations` whose loss was NaN or infinite. */
  readonly notFinite: number;
  readonly stopped: 'budget' | 'target' | 'aborted';
  /** To resume from. */
  readonly state: MinimizeState;
}

/** What the options come down to. */
export interface ResolvedMinimizeOptions {
  readonly objective: Objective;
  readonly method: MethodName | null;
  readonly optimizer: Optimizer;
  readonly evaluations: number;
  readonly bounds: readonly [number, number];
  readonly concurrency: number;
  readonly speculative: number;
  readonly target: number;
  readonly onProgress: MinimizeOptions['onProgress'];
  readonly signal: AbortSignal | undefined;
  readonly resume: MinimizeState | undefined;
}

/** @throws RangeError where an option breaks its rule, or the objective lacks what the method needs */
export function resolveMinimizeOptions(minimizable: Minimizable, options: MinimizeOptions): ResolvedMinimizeOptions {
  const objective = typeof minimizable === 'function' ? { value: minimizable } : minimizable;
  const { evaluations, bounds = [-5, 5], speculative = 0, target = -Infinity, resume } = options;
  const { method = objective.gradient ? 'adam+dscd' : 'dscd', concurrency = 1 + speculative } = options;
  checkPositiveInteger('evaluations', evaluations);
  checkInterval('bounds', bounds);
  if (!Number.isInteger(speculative) || speculative < 0) {
    throw new RangeError(`speculative must be an integer of at least 0, got ${speculative}`);
  }
  checkPositiveInteger('concurrency', concurrency);
  if (Number.isNaN(target)) throw new RangeError(`target must be a number, got ${target}`);
  const optimizer = typeof method === 'string' ? createByName(objective, method, options) : method;
  checkSizes(optimizer.position.length, options);
  const name = typeof method === 'string' ? method : null;
  if (resume !== undefined) {
    checkState(resume, name, optimizer.position.length, evaluations);
    optimizer.restore(resume.optimizer);
  }
  const { onProgress, signal } = options;
  const run = { evaluations, bounds, concurrency, speculative, target, onProgress, signal, resume };
  return { objective, method: name, optimizer, ...run };
}

function createByName(objective: Objective, method: MethodName, options: MinimizeOptions): Optimizer {
  const optimizer = createOptimizer(method, { ...options, start: options.start ?? drawStart(options) });
  if (needsGradient(method) && objective.gradient === undefined) {
    throw new RangeError(`method ${method} needs an objective with a gradient, got one without`);
  }
  const { margin = 0 } = options.dscd ?? {};
  if (method.includes('dscd') && margin > 0 && objective.perExample === undefined) {
    throw new RangeError('a margin above 0 needs an objective with perExample, got one without');
  }
  return optimizer;
}

/** A start within the bounds; where the bounds are none, `createOptimizer` says so. */
function drawStart({ coordinates, bounds = [-5, 5], seed = 0, resume }: MinimizeOptions): Float64Array {
  const size = coordinates ?? resume?.bestPosition.length;
  if (size === undefined) throw new RangeError('minimize needs start or coordinates, got neither');
  checkPositiveInteger('coordinates', size);
  const random = Random.fromSeed(seed, 'start');
  const [low, high] = bounds;
  return Float64Array.from({ length: size }, () => low + (high - low) * random.uniform());
}

function checkSizes(size: number, { start, coordinates = size }: MinimizeOptions): void {
  if (start !== undefined && start.length !== coordinates) {
    throw new RangeError(`start must have ${coordinates} coordinates, got ${start.length}`);
  }
  if (size !== coordinates) throw new RangeError(`the optimizer must have ${coordinates} coordinates, got ${size}`);
}

function checkState(state: MinimizeState, method: MethodName | null, size: number, evaluations: number): void {
  if (state.method !== method) throw new RangeError(`the saved method must be ${method}, got ${state.method}`);
  const saved = state.bestPosition.length;
  if (saved !== size) throw new RangeError(`the saved position must have ${size} coordinates, got ${saved}`);
  const least = state.evaluations + (state.finalLoss === null ? 1 : 0);
  if (evaluations < least) {
    throw new RangeError(`evaluations must be at least the ${least} of the saved run, got ${evaluations}`);
  }
}
