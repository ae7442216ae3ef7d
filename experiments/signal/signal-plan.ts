import { z } from 'zod';
import { OptionsError, parseRecordedOptions } from '../../src/options/parse-options.ts';
import { RETRAINING_PRESET_NAMES } from '../../src/retrain/presets.ts';
import { SEARCH_METHODS } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import { PRESET_NAMES } from '../../src/search/presets.ts';
import { iterationsPerEpoch } from '../../src/search/setup.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import { retrainingOptionsOf, seedsFrom, sharedOptions } from '../many-runs/plan-options.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import {
  SIGNAL_METHOD_NAMES,
  SIGNAL_PRESETS,
  type SignalMethodName,
  type SignalPreset,
  type SignalPresetName,
} from './signal-presets.ts';

const count = z.number().int().min(1);
const seed = z.number().int().min(0);

const planSchema = z.strictObject({
  preset: z.string(),
  /** Number of random cells, and the seed that the first may have. */
  cells: count,
  firstSeed: seed,
  /** Seeds of the retrainings of each cell. */
  retrainingSeeds: z.array(seed).min(1),
  methods: z.array(z.enum(SIGNAL_METHOD_NAMES as [SignalMethodName, ...SignalMethodName[]])).min(1),
  /** Seeds of the supernets of each method. */
  supernetSeeds: z.array(seed).min(1),
  ages: z.array(count).min(1),
  miniBatches: count,
  searchPreset: z.enum(PRESET_NAMES),
  search: z.record(z.string(), z.unknown()),
  retrainingPreset: z.enum(RETRAINING_PRESET_NAMES),
  retraining: z.record(z.string(), z.unknown()),
});

/** Everything that decides the results of the experiment. */
export type SignalPlan = z.output<typeof planSchema>;

/** Supernet that the random cells are seen through. */
export interface SupernetTask {
  readonly kind: 'supernet';
  readonly method: SignalMethodName;
  readonly seed: number;
}

/** Request for the experiment, over the preset. */
export interface SignalRequest extends ExperimentRequest {
  readonly cells?: number;
  readonly retrainings?: number;
  readonly methods?: readonly SignalMethodName[];
  readonly ages?: readonly number[];
}

/**
 * Plans the experiment.
 *
 * @throws OptionsError if an option breaks a rule
 */
export function planSignal(name: SignalPresetName, request: SignalRequest): SignalPlan {
  const preset: SignalPreset = SIGNAL_PRESETS[name];
  const shared = sharedOptions(request);
  const plan: SignalPlan = {
    preset: name,
    cells: request.cells ?? preset.cells,
    firstSeed: request.seed ?? preset.seed,
    retrainingSeeds: seedsFrom(0, request.retrainings ?? preset.retrainings),
    methods: [...(request.methods ?? preset.methods)],
    supernetSeeds: seedsFrom(0, request.seeds ?? preset.supernets),
    ages: [...(request.ages ?? preset.ages)].sort((a, b) => a - b),
    miniBatches: preset.miniBatches,
    searchPreset: preset.searchPreset,
    search: { ...preset.search, ...shared },
    retrainingPreset: preset.retrainingPreset,
    retraining: { ...preset.retraining, ...shared },
  };
  checkPlan(plan);
  return plan;
}

/**
 * Reads a plan from the record of an experiment.
 *
 * @throws OptionsError if it is damaged
 */
export function readRecordedPlan(recorded: unknown): SignalPlan {
  return parseRecordedOptions(planSchema, recorded, checkPlan);
}

/** Refuses a mistake before anything is run. */
function checkPlan(plan: SignalPlan): void {
  for (const task of listSupernets(plan)) searchOptionsOf(plan, task);
  retrainingOptionsOf(plan, STAND_IN, 0);
  const most = iterationsPerEpoch(cellOptionsOf(plan));
  if (plan.miniBatches > most) {
    throw new OptionsError(`miniBatches must be at most ${most}, those of an epoch, got ${plan.miniBatches}`);
  }
}

/** Lists the supernets, method by method. */
export function listSupernets({ methods, supernetSeeds }: SignalPlan): SupernetTask[] {
  return methods.flatMap((method) => supernetSeeds.map((seed) => ({ kind: 'supernet', method, seed })));
}

/**
 * Options of the search that trains a supernet. It is as long as the last age.
 *
 * @throws OptionsError as `resolveSearchOptions` does
 */
export function searchOptionsOf(
  { search, searchPreset, ages }: Pick<SignalPlan, 'search' | 'searchPreset' | 'ages'>,
  { method, seed }: Pick<SupernetTask, 'method' | 'seed'>,
  overrides: RunOverrides = {},
): SearchOptions {
  // The paper's rule is close to a lottery in so short a search.
  const rule = SEARCH_METHODS[method].alphaMoves === 'local+global' ? { acceptance: 'paired' } : {};
  const input = { ...search, ...overrides, method, epochs: ages.at(-1), seed, ...rule } as SearchOptionsInput;
  return resolveSearchOptions(input, searchPreset);
}

/** Options of the search that would find a random cell. */
export function cellOptionsOf(plan: SignalPlan): SearchOptions {
  return searchOptionsOf(plan, { method: 'random', seed: 0 });
}
