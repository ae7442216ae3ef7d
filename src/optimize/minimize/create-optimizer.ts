import { Random } from '../../math/random.ts';
import { checkInterval, checkNotNegative, checkOneOf, copyStart } from '../checks.ts';
import { AlternatingOptimizer, type AlternatingOptions } from '../dscd/alternating-optimizer.ts';
import type { AlternationOptions } from '../dscd/alternation.ts';
import type { DscdOptions } from '../dscd/dscd-options.ts';
import type { Optimizer } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { BasinHopping, type BasinHoppingOptions } from '../rivals/basin-hopping.ts';
import { CmaEs, type CmaEsOptions } from '../rivals/cma-es.ts';
import { CoordinateDescent } from '../rivals/coordinate-descent.ts';
import { UniformSampling } from '../rivals/uniform-sampling.ts';
import { constant, cosine, type Schedule, warmRestarts } from '../schedules.ts';

/** Schedules of the learning rate over the share of the budget that is spent. */
const SCHEDULES = {
  constant: (rate) => constant(rate),
  cosine: (rate) => cosine(rate, 0),
  'warm-restarts': (rate) => warmRestarts(rate, 0),
} as const satisfies Record<string, (rate: number) => Schedule>;

export type ScheduleName = keyof typeof SCHEDULES;

/** Options of all methods; each method ignores those of the others. */
export interface MethodOptions {
  /**
   * `[lo, hi]` domain of every coordinate: proposals, samples and restarts are drawn from it, and local steps end at
   * its edge. @default [-5, 5]
   */
  readonly bounds?: readonly [number, number];
  /** Seed of all random numbers. @default 0 */
  readonly seed?: number;
  /** Learning rate of Adam and of coordinate descent. @default 0.1 */
  readonly learningRate?: number;
  /** Schedule of the learning rate. @default 'constant' */
  readonly schedule?: ScheduleName;
  /** Options of DSCD. @default the paper's; in joint mode paired acceptance */
  readonly dscd?: DscdOptions;
  /** Mode of `adam+dscd`: one kind of step after the other, or both in every step. @default 'alternating' */
  readonly mode?: 'alternating' | 'joint';
  /** N and the switch of `adam+dscd` in alternating mode. @default { minSteps: 10, switch: 'stalled' } */
  readonly alternation?: Partial<AlternationOptions>;
  /** Options of `cma-es`. @default the bounds as domain, and those of `CmaEs` */
  readonly cmaEs?: Omit<CmaEsOptions, 'start'>;
  /** Options of `basin-hopping`. @default the bounds as domain, and those of `BasinHopping` */
  readonly basinHopping?: Omit<BasinHoppingOptions, 'start'>;
}

/** Names of the options of all methods. */
export const METHOD_OPTION_NAMES: OptionNames<MethodOptions> = {
  bounds: true,
  seed: true,
  learningRate: true,
  schedule: true,
  dscd: true,
  mode: true,
  alternation: true,
  cmaEs: true,
  basinHopping: true,
};

/** Options with the common defaults filled in. */
interface Resolved extends MethodOptions {
  readonly start: Float64Array;
  readonly bounds: readonly [number, number];
  readonly learningRate: number;
  readonly schedule: ScheduleName;
}

interface Method {
  /** Whether the method asks for gradients. */
  readonly needsGradient: boolean;
  create(options: Resolved, random: Random): Optimizer;
}

/** All methods by name. */
const METHODS = {
  adam: {
    needsGradient: true,
    create: (options, random) => new AlternatingOptimizer(withAdam(options), random),
  },
  'adam+dscd': {
    needsGradient: true,
    create: (options, random) => {
      const { mode = 'alternating', alternation = {} } = options;
      return new AlternatingOptimizer({ ...withAdam(options), ...withDscd(options), mode, alternation }, random);
    },
  },
  dscd: {
    needsGradient: false,
    create: (options, random) => new AlternatingOptimizer({ start: options.start, ...withDscd(options) }, random),
  },
  'cma-es': {
    needsGradient: false,
    create: ({ start, bounds, cmaEs }, random) => new CmaEs({ domain: bounds, ...cmaEs, start }, random),
  },
  uniform: {
    needsGradient: false,
    create: ({ start, bounds }, random) => new UniformSampling({ start, domain: bounds }, random),
  },
  'basin-hopping': {
    needsGradient: true,
    create: ({ start, bounds, basinHopping }, random) =>
      new BasinHopping({ domain: bounds, ...basinHopping, start }, random),
  },
  'coordinate-descent': {
    needsGradient: true,
    create: ({ start, bounds, learningRate, schedule }, random) =>
      new CoordinateDescent({ start, domain: bounds, learningRate, schedule: SCHEDULES[schedule](1) }, random),
  },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof METHODS;

export const METHOD_NAMES = Object.keys(METHODS) as MethodName[];

/** Whether a method asks for gradients. */
export function needsGradient(method: MethodName): boolean {
  return METHODS[method].needsGradient;
}

/**
 * Creates the optimizer of a method, at its start.
 *
 * @throws RangeError if there is no method of this name, or an option breaks its rule
 */
export function createOptimizer(
  method: MethodName,
  options: MethodOptions & { readonly start: ArrayLike<number> },
): Optimizer {
  checkOptionNames('createOptimizer', options, { start: true, ...METHOD_OPTION_NAMES });
  const { bounds = [-5, 5], learningRate = 0.1, schedule = 'constant', mode = 'alternating', seed = 0 } = options;
  checkOneOf('method', method, METHOD_NAMES);
  checkInterval('bounds', bounds);
  checkNotNegative('learningRate', learningRate);
  checkOneOf('schedule', schedule, Object.keys(SCHEDULES));
  checkOneOf('mode', mode, ['alternating', 'joint']);
  if (mode === 'joint' && method !== 'adam+dscd') {
    throw new RangeError(`mode must be alternating for method ${method}, got joint`);
  }
  const start = copyStart(options.start);
  return METHODS[method].create(
    { ...options, start, bounds, learningRate, schedule },
    Random.fromSeed(seed, 'proposals'),
  );
}

function withAdam({ start, bounds, learningRate, schedule }: Resolved): AlternatingOptions {
  return { start, bounds, adam: { learningRate }, schedule: SCHEDULES[schedule](learningRate) };
}

function withDscd({ bounds, dscd }: Resolved): { dscd: DscdOptions } {
  return { dscd: { domain: bounds, ...dscd } };
}
