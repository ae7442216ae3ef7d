import { z } from 'zod';
import { parseRecordedOptions } from '../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions, RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { SEARCH_VARIANTS, type SearchVariant, type SearchVariantName } from '../many-runs/search-variants.ts';
import { COLLAPSE_PRESETS, type CollapsePreset, type CollapsePresetName } from './collapse-presets.ts';

const options = z.record(z.string(), z.unknown());

const planSchema = z.strictObject({
  preset: z.string(),
  variants: z.array(z.strictObject({ name: z.string(), summary: z.string(), search: options })).min(1),
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
  const shared = Object.fromEntries(
    (['workers', 'threads', 'engine'] as const).flatMap((option) => {
      return request[option] === undefined ? [] : [[option, request[option]]];
    }),
  );
  const plan: CollapsePlan = {
    preset: name,
    variants: variants.map((name) => {
      const { summary, options }: SearchVariant = SEARCH_VARIANTS[name];
      return { name, summary, search: { ...options(preset.search) } };
    }),
    epochs: request.epochs ?? preset.epochs,
    seeds: Array.from({ length: seeds }, (_, i) => first + i),
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
  retrainingOptionsOf(plan, STAND_IN, 0);
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

/** @throws OptionsError as `resolveRetrainingOptions` does */
export function retrainingOptionsOf(
  { retraining }: CollapsePlan,
  genotype: Genotype,
  seed: number,
  overrides: RunOverrides = {},
): RetrainingOptions {
  return resolveRetrainingOptions({ ...retraining, ...overrides, genotype, seed } as RetrainingOptionsInput, 'paper');
}
