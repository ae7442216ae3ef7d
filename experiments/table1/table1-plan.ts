import { z } from 'zod';
import { OptionsError, parseRecordedOptions } from '../../src/options/parse-options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES } from '../../src/retrain/presets.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import { PRESET_NAMES } from '../../src/search/presets.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { readReferences, referenceSchema } from '../comparison/reference-curve.ts';
import { describeTraining } from '../many-runs/describe-sizes.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import { retrainingOptionsOf, seedsFrom, sharedOptions } from '../many-runs/plan-options.ts';
import { drawRandomCells } from '../many-runs/random-cells.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { plannedVariantSchema, planVariant, type SearchVariantName } from '../many-runs/search-variants.ts';
import { TABLE_1_PRESETS, type Table1Preset, type Table1PresetName } from './table1-presets.ts';

const count = z.number().int().min(1);
const seed = z.number().int().min(0);
const options = z.record(z.string(), z.unknown());

const variantSchema = plannedVariantSchema.extend({
  /** Lengths of the searches in epochs, each a row. */
  lengths: z.array(count).min(1),
});

const planSchema = z.strictObject({
  preset: z.string(),
  variants: z.array(variantSchema).min(1),
  seeds: z.array(seed).min(1),
  /** Seeds of the random cells that are retrained. */
  randomSeeds: z.array(seed),
  /** Random cells that another experiment has retrained, and the file that lists them. */
  references: z.strictObject({ file: z.string(), cells: z.array(referenceSchema) }).nullable(),
  /** Retrainings of every cell. */
  retrainings: count,
  searchPreset: z.enum(PRESET_NAMES),
  search: options,
  retrainingPreset: z.enum(RETRAINING_PRESET_NAMES),
  retraining: options,
});

/** Everything that decides the results of Table 1: the rows, the seeds, and the sizes that all share. */
export type Table1Plan = z.output<typeof planSchema>;

/** Name of the row of random cells. */
export const RANDOM = 'random';

/** A search of Table 1, and the retraining of what it finds. */
export interface SearchTask {
  readonly variant: string;
  /** Length of the search. */
  readonly epochs: number;
  readonly seed: number;
}

/** The retraining of a random cell. No search finds it: it is drawn with its seed. */
interface RandomTask {
  readonly variant: typeof RANDOM;
  readonly epochs: null;
  readonly seed: number;
}

/** Run of Table 1. */
export type Table1Task = SearchTask | RandomTask;

/** Request for a table, over the preset. */
export interface Table1Request extends ExperimentRequest {
  readonly variants?: readonly SearchVariantName[];
  readonly lengths?: readonly number[];
  /** Number of random cells. */
  readonly random?: number;
  readonly retrainings?: number;
  /** Path of a `references.json`. */
  readonly references?: string;
}

/**
 * Plans the runs of the table. With references, no random cells are retrained unless their number is given.
 *
 * @throws OptionsError if an option breaks a rule
 * @throws RunFolderError if the references cannot be read
 */
export function planTable1(name: Table1PresetName, request: Table1Request): Table1Plan {
  const preset: Table1Preset = TABLE_1_PRESETS[name];
  const { variants = preset.variants, seeds = preset.seeds, seed: first = 0 } = request;
  const shared = sharedOptions(request);
  const { alphaLearningRate } = resolveSearchOptions({ ...preset.search, method: 'fair-darts' }, preset.searchPreset);
  const plan: Table1Plan = {
    preset: name,
    variants: variants.map((name) => {
      const lengths = request.lengths ?? preset.lengthsOf[name] ?? preset.lengths;
      return { ...planVariant(name, { alphaLearningRate }), lengths: [...lengths] };
    }),
    seeds: seedsFrom(first, seeds),
    randomSeeds: [],
    references: null,
    retrainings: preset.retrainings,
    searchPreset: preset.searchPreset,
    search: { ...preset.search, ...shared },
    retrainingPreset: preset.retrainingPreset,
    retraining: { ...preset.retraining, ...shared },
  };
  checkPlan(plan);
  const random = request.random ?? (request.references === undefined ? preset.random : 0);
  const cells = drawRandomCells(randomOptionsOf(plan), first, random);
  return extendPlan({ ...plan, randomSeeds: cells.map(({ seed }) => seed) }, request);
}

/**
 * Adds what a table may be given at any time: more retrainings of every cell, and references.
 *
 * @throws OptionsError if the references were trained otherwise, or there would be fewer retrainings
 * @throws RunFolderError if the references cannot be read
 */
export function extendPlan(plan: Table1Plan, request: Pick<Table1Request, 'retrainings' | 'references'>): Table1Plan {
  const { retrainings = plan.retrainings, references } = request;
  if (retrainings < plan.retrainings) {
    throw new OptionsError(`retrainings must be at least ${plan.retrainings}, the table's, got ${retrainings}`);
  }
  if (references === undefined) return { ...plan, retrainings };
  const file = readReferences(references);
  const own = describeTraining(retrainingOptionsOf(plan, STAND_IN, 0));
  if (file.training !== own) {
    throw new OptionsError(`references must be trained as the table's cells, ${own}, got ${file.training}`);
  }
  return { ...plan, retrainings, references: { file: references, cells: file.references } };
}

/**
 * Reads a plan from a table's record.
 *
 * @throws OptionsError if it is damaged, or an older version's, whose rows were methods
 */
export function readRecordedPlan(recorded: unknown): Table1Plan {
  if (typeof recorded === 'object' && recorded !== null && 'cells' in recorded) {
    throw new OptionsError('the table was begun by an older version, and cannot be resumed: begin a new one');
  }
  return parseRecordedOptions(planSchema, recorded, checkPlan);
}

/** A mistake should show before anything is run. */
function checkPlan(plan: Table1Plan): void {
  for (const task of listSearches(plan)) searchOptionsOf(plan, task);
  retrainingOptionsOf(plan, STAND_IN, 0);
}

/**
 * Lists all runs: searches seed by seed, so that the variants of the first seed can be compared as early as possible, and
 * then random cells, whose short runs fill all lanes to the end.
 */
export function listTasks(plan: Table1Plan): Table1Task[] {
  return [
    ...listSearches(plan),
    ...plan.randomSeeds.map((seed): RandomTask => ({ variant: RANDOM, epochs: null, seed })),
  ];
}

/** @returns at least one */
export function listSearches({ variants, seeds }: Table1Plan): SearchTask[] {
  return seeds.flatMap((seed) => {
    return variants.flatMap(({ name, lengths }) => lengths.map((epochs) => ({ variant: name, epochs, seed })));
  });
}

/** @throws OptionsError as `resolveSearchOptions` does */
export function searchOptionsOf(
  { search, searchPreset, variants }: Table1Plan,
  { variant, epochs, seed }: SearchTask,
  overrides: RunOverrides = {},
): SearchOptions {
  const own = variants.find(({ name }) => name === variant)?.search;
  return resolveSearchOptions({ ...search, ...own, ...overrides, epochs, seed } as SearchOptionsInput, searchPreset);
}

/** Options of the searches that random cells stand for. */
export function randomOptionsOf({ search, searchPreset }: Table1Plan): SearchOptions {
  return resolveSearchOptions({ ...search, method: 'random' } as SearchOptionsInput, searchPreset);
}

/**
 * Options of every retraining of a cell, with the seeds from that of its run on.
 *
 * @throws OptionsError as `resolveRetrainingOptions` does
 */
export function retrainingsOf(
  plan: Table1Plan,
  genotype: Genotype,
  seed: number,
  overrides: RunOverrides = {},
): RetrainingOptions[] {
  return seedsFrom(seed, plan.retrainings).map((own) => retrainingOptionsOf(plan, genotype, own, overrides));
}
