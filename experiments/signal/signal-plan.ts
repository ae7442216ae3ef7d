import { z } from 'zod';
import { OptionsError, parseRecordedOptions } from '../../src/options/parse-options.ts';
import { RETRAINING_PRESET_NAMES } from '../../src/retrain/presets.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import { PRESET_NAMES } from '../../src/search/presets.ts';
import { iterationsPerEpoch } from '../../src/search/setup.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import { retrainingOptionsOf, seedsFrom, sharedOptions } from '../many-runs/plan-options.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { plannedVariantSchema, planVariant, type SearchVariantName } from '../many-runs/search-variants.ts';
import { SIGNAL_PRESETS, type SignalPreset, type SignalPresetName } from './signal-presets.ts';

const count = z.number().int().min(1);
const seed = z.number().int().min(0);

const planSchema = z.strictObject({
  preset: z.string(),
  /** Number of random cells, and the seed that the first may have. */
  cells: count,
  firstSeed: seed,
  /** Seeds of the retrainings of each cell. */
  retrainingSeeds: z.array(seed).min(1),
  /** Variants of the search that train the supernets. */
  variants: z.array(plannedVariantSchema).min(1),
  /** Seeds of the supernets of each variant. */
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
  /** Name of the variant that trains it. */
  readonly variant: string;
  readonly seed: number;
}

/** Request for the experiment, over the preset. */
export interface SignalRequest extends ExperimentRequest {
  readonly cells?: number;
  readonly retrainings?: number;
  readonly variants?: readonly SearchVariantName[];
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
    variants: (request.variants ?? preset.variants).map((name) => planVariant(name, preset.search)),
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

/** Lists the supernets, variant by variant. */
export function listSupernets({ variants, supernetSeeds }: SignalPlan): SupernetTask[] {
  return variants.flatMap(({ name }) => supernetSeeds.map((seed) => ({ kind: 'supernet', variant: name, seed })));
}

/**
 * Options of the search that trains a supernet. It is as long as the last age.
 *
 * @throws OptionsError as `resolveSearchOptions` does
 */
export function searchOptionsOf(
  { search, searchPreset, variants, ages }: SignalPlan,
  { variant, seed }: Pick<SupernetTask, 'variant' | 'seed'>,
  overrides: RunOverrides = {},
): SearchOptions {
  const own = variants.find(({ name }) => name === variant)?.search;
  const input = { ...search, ...overrides, ...own, epochs: ages.at(-1), seed } as SearchOptionsInput;
  return resolveSearchOptions(input, searchPreset);
}

/** Options of the search that would find a random cell. */
export function cellOptionsOf({ search, searchPreset }: SignalPlan): SearchOptions {
  return resolveSearchOptions({ ...search, method: 'random', seed: 0 } as SearchOptionsInput, searchPreset);
}
