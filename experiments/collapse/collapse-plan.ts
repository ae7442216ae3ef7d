import { z } from 'zod';
import { parseRecordedOptions } from '../../src/options/parse-options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import { retrainingOptionsOf, seedsFrom, sharedOptions } from '../many-runs/plan-options.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { plannedVariantSchema, planVariant, type SearchVariantName } from '../many-runs/search-variants.ts';
import { COLLAPSE_PRESETS, type CollapsePreset, type CollapsePresetName } from './collapse-presets.ts';

const options = z.record(z.string(), z.unknown());

const planSchema = z.strictObject({
  preset: z.string(),
  variants: z.array(plannedVariantSchema).min(1),
  epochs: z.number().int().min(1),
  seeds: z.array(z.number().int().min(0)).min(1),
  search: options,
  /** Whether what was found is retrained. */
  retrain: z.boolean(),
  retraining: options,
});

/** Everything that decides the results: variants with their options, seeds, and the sizes that all share. */
export type CollapsePlan = z.output<typeof planSchema>;

/** One search, and the retraining of what it finds if that was asked for. */
export interface CollapseTask {
  readonly variant: string;
  readonly seed: number;
}

/** What the experiment is asked for, over its preset. */
export interface CollapseRequest extends ExperimentRequest {
  readonly variants?: readonly SearchVariantName[];
  readonly epochs?: number;
  readonly retrain?: boolean;
}

/**
 * Plans the runs.
 *
 * @throws OptionsError if an option breaks a rule
 */
export function planCollapse(name: CollapsePresetName, request: CollapseRequest): CollapsePlan {
  const preset: CollapsePreset = COLLAPSE_PRESETS[name];
  const { variants = preset.variants, seeds = preset.seeds, seed: first = 0 } = request;
  const shared = sharedOptions(request);
  const plan: CollapsePlan = {
    preset: name,
    variants: variants.map((name) => planVariant(name, preset.search)),
    epochs: request.epochs ?? preset.epochs,
    seeds: seedsFrom(first, seeds),
    search: { ...preset.search, ...shared },
    retrain: request.retrain ?? false,
    retraining: { ...preset.retraining, ...shared },
  };
  check(plan);
  return plan;
}

/**
 * Reads a plan from the record.
 *
 * @throws OptionsError if it is damaged
 */
export function readRecordedCollapsePlan(recorded: unknown): CollapsePlan {
  return parseRecordedOptions(planSchema, recorded, check);
}

/** A mistake should show before anything is run. */
function check(plan: CollapsePlan): void {
  for (const task of listCollapseTasks(plan)) searchOptionsOf(plan, task);
  retrainingOf(plan, STAND_IN, 0);
}

/** Lists all runs, seed by seed: the variants of the first seed can then be compared as early as possible. */
export function listCollapseTasks({ variants, seeds }: CollapsePlan): CollapseTask[] {
  return seeds.flatMap((seed) => variants.map(({ name }) => ({ variant: name, seed })));
}

/** @throws OptionsError as `resolveSearchOptions` does */
export function searchOptionsOf(
  { search, epochs, variants }: CollapsePlan,
  { variant, seed }: CollapseTask,
  overrides: RunOverrides = {},
): SearchOptions {
  const own = variants.find(({ name }) => name === variant)?.search;
  return resolveSearchOptions({ ...search, ...own, ...overrides, epochs, seed } as SearchOptionsInput, 'paper');
}

/**
 * Options of the retraining of what a run found; none unless that was asked for.
 *
 * @throws OptionsError as `resolveRetrainingOptions` does
 */
export function retrainingsOf(
  plan: CollapsePlan,
  genotype: Genotype,
  seed: number,
  overrides: RunOverrides = {},
): RetrainingOptions[] {
  return plan.retrain ? [retrainingOf(plan, genotype, seed, overrides)] : [];
}

/** Options of a retraining, whether or not it was asked for. @throws OptionsError as `resolveRetrainingOptions` does */
export function retrainingOf(
  { retraining }: CollapsePlan,
  genotype: Genotype,
  seed: number,
  overrides: RunOverrides = {},
): RetrainingOptions {
  return retrainingOptionsOf({ retraining, retrainingPreset: 'paper' }, genotype, seed, overrides);
}
