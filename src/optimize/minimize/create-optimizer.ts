import { Random } from '../../math/random.ts';
import { checkInterval, checkNotNegative, checkOneOf, copyStart } from '../checks.ts';
import { AlternatingOptimizer, type AlternatingOptions } from '../dscd/alternating-optimizer.ts';
import type { AlternationOptions } from '../dscd/alternation.ts';
import type { DscdOptions } from '../dscd/dscd-options.ts';
import type { Optimizer } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { HALF } from '../range/coordinate-map.ts';
import { plainInterval, type Ranges } from '../range/range.ts';
import { RangedOptimizer } from '../range/ranged-optimizer.ts';
import { resolveRanges, SpaceMap } from '../range/space-map.ts';
import { BasinHopping, type BasinHoppingOptions } from '../rivals/basin-hopping.ts';
import { CmaEs, type CmaEsOptions } from '../rivals/cma-es.ts';
import { CoordinateDescent } from '../rivals/coordinate-descent.ts';
import { UniformSampling } from '../rivals/uniform-sampling.ts';
import { constant, cosine, type Schedule, warmRestarts } from '../schedules.ts';
import { NamedOptimizer, type OptimizerState } from './named-optimizer.ts';

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
   * Range of every coordinate, `[lo, hi]` or more in words (log scale, integers, categories), or a list with one range
   * for each coordinate. Proposals, samples and restarts are drawn from it, and local steps end at its edge; infinite
   * ends are open. Inside, every range is mapped to [-5, 5], so that learning rates, step sizes and sigma mean the same
   * on all of them. @default [-5, 5]
   */
  readonly bounds?: Ranges;
  /** Seed of all random numbers. @default 0 */
  readonly seed?: number;
  /** Learning rate of Adam and of coordinate descent, where every range is 10 wide. @default 0.1 */
  readonly learningRate?: number;
  /** Schedule of the learning rate. @default 'constant' */
  readonly schedule?: ScheduleName;
  /** Options of DSCD. @default the paper's; in joint mode paired acceptance */
  readonly dscd?: DscdOptions;
  /** Mode of `adam+dscd`: one kind of step after the other, or both in every step. @default 'alternating' */
  readonly mode?: 'alternating' | 'joint';
  /** N and the switch of `adam+dscd` in alternating mode. @default { minSteps: 10, switch: 'stalled' } */
  readonly alternation?: Partial<AlternationOptions>;
  /** Options of `cma-es`. @default the bounds as domain, whose ends mirror, and those of `CmaEs` */
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
interface Resolved extends Omit<MethodOptions, 'bounds'> {
  readonly start: Float64Array;
  readonly bounds: readonly [number, number];
  /** `[coordinates]` number of categories, 0 for others; undefined if there are none */
  readonly categories?: readonly number[];
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
    create: ({ start, bounds, cmaEs }, random) =>
      new CmaEs({ domain: bounds, outside: 'mirrored', ...cmaEs, start }, random),
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
 * Creates the optimizer of a method, at its start. Its saved states survive JSON, and name the method.
 *
 * @throws RangeError if there is no method of this name, or an option breaks its rule
 */
export function createOptimizer(
  method: MethodName,
  options: MethodOptions & { readonly start: ArrayLike<number> },
): { save(): OptimizerState } & Optimizer {
  checkOptionNames('createOptimizer', options, { start: true, ...METHOD_OPTION_NAMES });
  const { bounds = [-5, 5], learningRate = 0.1, schedule = 'constant', mode = 'alternating', seed = 0 } = options;
  checkOneOf('method', method, METHOD_NAMES);
  checkNotNegative('learningRate', learningRate);
  checkOneOf('schedule', schedule, Object.keys(SCHEDULES));
  checkOneOf('mode', mode, ['alternating', 'joint']);
  if (mode === 'joint' && method !== 'adam+dscd') {
    throw new RangeError(`mode must be alternating for method ${method}, got joint`);
  }
  const random = Random.fromSeed(seed, 'proposals');
  const start = copyStart(options.start);
  const common = { ...options, learningRate, schedule };
  const plain = plainInterval(bounds);
  if (plain?.[0] === -HALF && plain[1] === HALF) {
    return new NamedOptimizer(method, METHODS[method].create({ ...common, start, bounds: plain }, random));
  }
  const map = new SpaceMap(resolveRanges(bounds, start.length), start);
  const counts = map.ranges.map(({ kind, high }) => (kind === 'category' ? (high as number) + 1 : 0));
  const inside: Resolved = {
    ...common,
    ...moveDomains(options, plain === null ? null : map),
    start: map.inside,
    bounds: [-HALF, HALF],
    ...(counts.some((count) => count > 0) ? { categories: counts } : {}),
  };
  return new NamedOptimizer(method, new RangedOptimizer(METHODS[method].create(inside, random), map));
}

/**
 * Maps the domains of single methods, which lie in the bounds.
 *
 * @param map null if the coordinates differ
 * @throws RangeError if there is such a domain, but no single interval of bounds
 */
function moveDomains(
  options: MethodOptions,
  map: SpaceMap | null,
): Pick<MethodOptions, 'dscd' | 'cmaEs' | 'basinHopping'> {
  const moved = <T extends { readonly domain?: readonly [number, number] }>(name: string, given: T | undefined) => {
    if (given?.domain === undefined) return given === undefined ? {} : { [name]: given };
    if (map === null) throw new RangeError(`${name} takes a domain only if bounds is one finite [lo, hi]`);
    checkInterval('domain', given.domain);
    return { [name]: { ...given, domain: given.domain.map((end) => map.toInside(end)) } };
  };
  return {
    ...moved('dscd', options.dscd),
    ...moved('cmaEs', options.cmaEs),
    ...moved('basinHopping', options.basinHopping),
  };
}

function withAdam({ start, bounds, learningRate, schedule }: Resolved): AlternatingOptions {
  return { start, bounds, adam: { learningRate }, schedule: SCHEDULES[schedule](learningRate) };
}

function withDscd({ bounds, dscd, categories = [] }: Resolved): Pick<AlternatingOptions, 'dscd' | 'categories'> {
  return { dscd: { domain: bounds, ...dscd }, categories };
}
