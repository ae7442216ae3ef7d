import { sayValue } from '../../math/say-value.ts';
import { checkPositiveInteger, copyStart, isNumber, restoreFrom } from '../checks.ts';
import type { StepOutcome } from '../dscd/step.ts';
import type { Optimizer } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { isPerCoordinate } from '../range/range.ts';
import { type Confine, createConfine, drawWithin, resolveRanges } from '../range/space-map.ts';
import type { EvaluationRow } from '../study/evaluation-row.ts';
import { type PackedNumber, packState, unpackState } from '../study/packed-state.ts';
import {
  createOptimizer,
  METHOD_OPTION_NAMES,
  type MethodName,
  type MethodOptions,
  needsGradient,
} from './create-optimizer.ts';
import { checkState } from './named-optimizer.ts';
import type { Objective } from './objective.ts';

/** An objective, or its `value` function alone. */
export type Minimizable = Objective | Objective['value'];

export interface MinimizeOptions extends MethodOptions {
  /**
   * `[coordinates]` start; copied. It is always evaluated: a method whose first step leaves it out gets it beside that
   * step. @default drawn uniformly within the bounds, by the seed, and evaluated if the method does so
   */
  readonly start?: ArrayLike<number>;
  /** Number of coordinates. @default that of the start, or of the ranges in `bounds`, or of the resumed run */
  readonly coordinates?: number;
  /**
   * Budget: largest number of positions at which the objective is evaluated, with or without its gradient. The last
   * evaluation is spent on the final position. Schedules and annealing follow the share of the budget that is spent.
   */
  readonly evaluations: number;
  /** Name of a method, or an optimizer. @default 'adam+dscd' if the objective has a gradient, else 'dscd' */
  readonly method?: MethodName | Optimizer;
  /** Largest number of pending evaluations of an asynchronous objective. Changes no result. @default 1 + speculative */
  readonly concurrency?: number;
  /**
   * Number of steps evaluated ahead, as far as the concurrency allows. Takes effect if a step is a single point and the
   * method foresees the next ones. Changes no result; evaluations in vain are counted separately, as `discarded`.
   * @default 0
   */
  readonly speculative?: number;
  /** Loss at which the run stops: after the first step whose best loss is at or below it. @default none */
  readonly target?: number;
  /** Called after every step. */
  readonly onProgress?: (progress: MinimizeProgress) => void;
  /** Ends the run between two steps, without awaiting pending evaluations. */
  readonly signal?: AbortSignal;
  /**
   * Called for every evaluation that counts, in order, after its step. Evaluations ahead that are discarded do not count.
   */
  readonly onEvaluation?: (row: EvaluationRow) => void;
  /**
   * File of the run's state. It is written whole or not at all: at the beginning, as often as `saveEvery` says, at the end,
   * and after an abort or a failure of the objective. A file that exists is refused without `resume: true`.
   * @default none
   */
  readonly saveTo?: string;
  /** Number of evaluations after which the next step writes the files. @default so many that a second has passed */
  readonly saveEvery?: number;
  /** File of the table: a JSON line for each evaluation (`EvaluationRow`). @default none */
  readonly tableTo?: string;
  /** Whether rows tell the time, which is not reproducible. @default false */
  readonly tableTime?: boolean;
  /**
   * State to continue from, to the same result as the uninterrupted run, or true: goes on with the run in the file `saveTo`,
   * and begins it if there is none. All options must be the same, except that the budget may be larger.
   */
  readonly resume?: MinimizeState | true;
}

const NAMES: OptionNames<MinimizeOptions> = {
  ...METHOD_OPTION_NAMES,
  start: true,
  coordinates: true,
  evaluations: true,
  method: true,
  concurrency: true,
  speculative: true,
  target: true,
  onProgress: true,
  signal: true,
  onEvaluation: true,
  saveTo: true,
  saveEvery: true,
  tableTo: true,
  tableTime: true,
  resume: true,
};

/** The state of a run after a step. */
export interface MinimizeProgress {
  /** Number of steps taken. */
  readonly step: number;
  readonly evaluations: number;
  readonly gradients: number;
  /** Smallest finite loss of the step's points; NaN if there is none. */
  readonly loss: number;
  /** Smallest finite loss so far; Infinity if there is none. */
  readonly bestLoss: number;
  /** `[coordinates]` position of the optimizer. Read only; the next step changes it. */
  readonly position: Float64Array;
  /** Outcome of a step of Adam or DSCD; null for other methods. */
  readonly outcome: StepOutcome | null;
  /** Returns the run after this step, to resume from. */
  save(): MinimizeState;
}

/** The whole state of a run: plain data that JSON keeps to the bit. */
export interface MinimizeState {
  /** Version of the form of the state: 1. */
  readonly version: number;
  /** Name of the method; null if an optimizer was given. */
  readonly method: MethodName | null;
  /** State of the optimizer, including a pending step; packed by `packState` if an optimizer was given. */
  readonly optimizer: object;
  /** Number of steps taken. */
  readonly step: number;
  readonly evaluations: number;
  readonly gradients: number;
  readonly discarded: number;
  readonly notFinite: number;
  readonly bestPosition: readonly PackedNumber[];
  readonly bestLoss: PackedNumber;
  /** Loss at the final position; null until the run has ended. */
  readonly finalLoss: PackedNumber | null;
}

export interface MinimizeResult {
  /** `[coordinates]` position of the smallest finite loss; the start if there is none. */
  readonly bestPosition: Float64Array;
  /** Smallest finite loss of all evaluations; Infinity if there is none. */
  readonly bestLoss: number;
  /** `[coordinates]` position of the optimizer at the end */
  readonly finalPosition: Float64Array;
  /** Loss at the final position; NaN if the run was aborted. */
  readonly finalLoss: number;
  /** Number of evaluations that the run used, including that of the final position. */
  readonly evaluations: number;
  /** Number of these evaluations with a gradient. */
  readonly gradients: number;
  /**
   * Number of evaluations made ahead and discarded; `evaluations` does not include them. Evaluations pending when a run
   * fails or is aborted are not counted: resuming makes them again.
   */
  readonly discarded: number;
  /** Number of these evaluations with a loss, or a coordinate of the gradient, that is NaN or infinite. */
  readonly notFinite: number;
  /** Why the run ended. */
  readonly stopped: 'budget' | 'target' | 'aborted';
  /** The run at its end, to resume from. */
  readonly state: MinimizeState;
}

/** Options with a state to resume that is read. */
export type ResumableOptions = Omit<MinimizeOptions, 'resume'> & { readonly resume?: MinimizeState | undefined };

/** Options with nothing left open. */
export interface ResolvedMinimizeOptions {
  readonly objective: Objective;
  readonly method: MethodName | null;
  readonly optimizer: Optimizer;
  /** `[coordinates]` start that was given; null if it was drawn */
  readonly start: Float64Array | null;
  readonly evaluations: number;
  readonly confine: Confine;
  readonly concurrency: number;
  readonly speculative: number;
  readonly target: number;
  readonly onProgress: MinimizeOptions['onProgress'];
  readonly signal: AbortSignal | undefined;
  readonly onEvaluation: MinimizeOptions['onEvaluation'];
  readonly tableTime: boolean;
  readonly resume: MinimizeState | undefined;
}

/**
 * Fills in the defaults, creates the optimizer, and restores a saved run.
 *
 * @throws RangeError if an option breaks its rule, or the objective lacks what the method needs
 */
export function resolveMinimizeOptions(minimizable: Minimizable, options: ResumableOptions): ResolvedMinimizeOptions {
  checkOptionNames('minimize', options, NAMES);
  const objective = toObjective(minimizable);
  const method = options.method ?? defaultMethod(objective);
  const { evaluations, bounds = [-5, 5], speculative = 0, target = -Infinity, resume } = options;
  checkPositiveInteger('evaluations', evaluations);
  if (!Number.isInteger(speculative) || speculative < 0) {
    throw new RangeError(`speculative must be an integer of at least 0, got ${sayValue(speculative)}`);
  }
  const { concurrency = 1 + speculative, onEvaluation, tableTime = false } = options;
  checkPositiveInteger('concurrency', concurrency);
  if (!isNumber(target) || Number.isNaN(target))
    throw new RangeError(`target must be a number, got ${sayValue(target)}`);
  const optimizer = typeof method === 'string' ? createByName(objective, method, options) : method;
  const size = optimizer.position.length;
  checkSizes(size, options);
  const confine = createConfine(bounds, size);
  const name = typeof method === 'string' ? method : null;
  if (resume !== undefined) {
    restoreFrom('the run', () => {
      checkRun(resume, name, optimizer.position.length, evaluations);
      optimizer.restore(name === null ? (unpackState(resume.optimizer) as object) : resume.optimizer);
    });
  } else if (name === null) {
    packState(optimizer.save()); // refused now rather than at the end of the run
  }
  const { onProgress, signal } = options;
  const start = options.start === undefined ? null : copyStart(options.start);
  const run = {
    evaluations,
    confine,
    concurrency,
    speculative,
    target,
    onProgress,
    signal,
    onEvaluation,
    tableTime,
    resume,
  };
  return { objective, method: name, optimizer, start, ...run };
}

export function toObjective(minimizable: Minimizable): Objective {
  return typeof minimizable === 'function' ? { value: minimizable } : minimizable;
}

export function defaultMethod({ gradient }: Objective): MethodName {
  return gradient ? 'adam+dscd' : 'dscd';
}

function createByName(objective: Objective, method: MethodName, options: ResumableOptions): Optimizer {
  const start = options.start ?? drawStart(options);
  const own = Object.entries(options).filter(([name]) => Object.hasOwn(METHOD_OPTION_NAMES, name));
  const optimizer = createOptimizer(method, { ...Object.fromEntries(own), start });
  if (needsGradient(method) && objective.gradient === undefined) {
    throw new RangeError(`method ${method} needs an objective with a gradient, got one without`);
  }
  const { margin = 0 } = options.dscd ?? {};
  if (method.includes('dscd') && margin > 0 && objective.perExample === undefined) {
    throw new RangeError('a margin above 0 needs an objective with perExample, got one without');
  }
  return optimizer;
}

/** Draws a start within the bounds. */
function drawStart({ coordinates, bounds = [-5, 5], seed = 0, resume }: ResumableOptions): Float64Array {
  const listed = isPerCoordinate(bounds) ? bounds.length : undefined;
  const size = coordinates ?? listed ?? resume?.bestPosition.length;
  if (size === undefined) throw new RangeError('minimize needs start or coordinates, got neither');
  checkPositiveInteger('coordinates', size);
  return drawWithin(resolveRanges(bounds, size), seed);
}

function checkSizes(size: number, { start, coordinates = size }: ResumableOptions): void {
  if (start !== undefined && start.length !== coordinates) {
    throw new RangeError(`start must have ${coordinates} coordinates, got ${start.length}`);
  }
  if (size !== coordinates) throw new RangeError(`the optimizer must have ${coordinates} coordinates, got ${size}`);
}

function checkRun(given: MinimizeState, method: MethodName | null, size: number, evaluations: number): void {
  const state = checkState<MinimizeState>(given, method);
  const saved = state.bestPosition.length;
  if (saved !== size) throw new RangeError(`the saved position must have ${size} coordinates, got ${saved}`);
  const least = state.evaluations + (state.finalLoss === null ? 1 : 0);
  if (evaluations < least) {
    throw new RangeError(`evaluations must be at least the ${least} of the saved run, got ${evaluations}`);
  }
}
