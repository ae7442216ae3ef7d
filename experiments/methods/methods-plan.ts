import { z } from 'zod';
import { OptionsError, parseRecordedOptions } from '../../src/options/parse-options.ts';
import { RETRAINING_PRESET_NAMES } from '../../src/retrain/presets.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS, type SearchMethodName } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import { PRESET_NAMES } from '../../src/search/presets.ts';
import type { Indicator } from '../../src/search/watches/indicators.ts';
import { isDrawn } from '../../src/space/drawn-relaxation.ts';
import { SPACE_NAMES, type SpaceName } from '../../src/space/spaces.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import { retrainingOptionsOf, seedsFrom, sharedOptions } from '../many-runs/plan-options.ts';
import { drawRandomCells } from '../many-runs/random-cells.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { METHODS_PRESETS, type MethodsPreset, type MethodsPresetName } from './methods-presets.ts';

const seeds = z.array(z.number().int().min(0));
const options = z.record(z.string(), z.unknown());

const planSchema = z.strictObject({
  preset: z.string(),
  /** Spaces, each with the seeds of the random cells that are retrained. */
  spaces: z.array(z.strictObject({ name: z.enum(SPACE_NAMES), randomSeeds: seeds })).min(1),
  /** Methods that search, each with its options over those that all searches share. */
  methods: z.array(z.strictObject({ name: z.enum(SEARCH_METHOD_NAMES), search: options })),
  /** Length of the searches. */
  epochs: z.number().int().min(1),
  seeds: seeds.min(1),
  searchPreset: z.enum(PRESET_NAMES),
  search: options,
  retrainingPreset: z.enum(RETRAINING_PRESET_NAMES),
  retraining: options,
});

/** Everything that decides the results: spaces, methods, seeds, and the sizes that all share. */
export type MethodsPlan = z.output<typeof planSchema>;

/** Name of the rows of random cells: no search finds them. */
export const RANDOM = 'random';

/** A run: the search of a method in a space and the retraining of what it finds, or the retraining of a random cell. */
export interface MethodsTask {
  readonly space: SpaceName;
  readonly method: SearchMethodName;
  readonly seed: number;
}

/** Request for a table, over the preset. */
export interface MethodsRequest extends ExperimentRequest {
  readonly spaces?: readonly SpaceName[];
  /** `random` may be among them; its cells are retrained without a search. */
  readonly methods?: readonly SearchMethodName[];
  readonly epochs?: number;
  /** Number of random cells of each space. */
  readonly random?: number;
}

/**
 * Plans the runs of the table.
 *
 * @throws OptionsError if an option breaks a rule, or nothing would be run
 */
export function planMethods(name: MethodsPresetName, request: MethodsRequest): MethodsPlan {
  const preset: MethodsPreset = METHODS_PRESETS[name];
  const { seeds = preset.seeds, seed: first = 0, random = preset.random, epochs = preset.epochs } = request;
  const { methods = preset.methods, spaces = preset.spaces } = request;
  if (random === 0 && methods.includes(RANDOM)) {
    throw new OptionsError('random must be at least 1 if random is among the methods, got 0');
  }
  const shared = sharedOptions(request);
  const searching = methods.filter((method) => method !== RANDOM);
  const plan: MethodsPlan = {
    preset: name,
    spaces: spaces.map((space) => ({ name: space, randomSeeds: [] })),
    methods: searching.map((method) => ({
      name: method,
      search: { ...shortOptionsOf(method), watch: indicatorsOf(method) },
    })),
    epochs,
    seeds: seedsFrom(first, seeds),
    searchPreset: preset.searchPreset,
    search: { ...preset.search, ...shared },
    retrainingPreset: preset.retrainingPreset,
    retraining: { ...preset.retraining, ...shared },
  };
  checkPlan(plan);
  const drawn = plan.spaces.map((space) => {
    const cells = drawRandomCells(
      searchOptionsOf(plan, { space: space.name, method: RANDOM, seed: first }),
      first,
      random,
    );
    return { ...space, randomSeeds: cells.map(({ seed }) => seed) };
  });
  return { ...plan, spaces: drawn };
}

/**
 * What short searches of a method need, as the search presets `quick` and `laptop` have it. It stands here again:
 * experiments must not change when presets do.
 */
function shortOptionsOf(name: SearchMethodName): SearchOptionsInput {
  const { alphaMoves, defaults } = SEARCH_METHODS[name];
  return {
    ...(alphaMoves === 'local+global' ? { acceptance: 'paired', proposals: 4 } : {}),
    ...(defaults.zeroOneWeight === undefined || defaults.zeroOneWeight === 0 ? {} : { zeroOneRise: 1 }),
  };
}

/** What the searches of a method watch. Curvature is a property of one alpha: methods that draw mixing weights have none. */
function indicatorsOf(method: SearchMethodName): Indicator[] {
  return hasCurvature(method) ? ['eigenvalue', 'skips'] : ['skips'];
}

/** Whether the loss of a method has a curvature in alpha that a search can watch; that of random cells has none. */
export function hasCurvature(method: SearchMethodName): boolean {
  return method !== RANDOM && !isDrawn(SEARCH_METHODS[method].relaxation);
}

/** Reads a plan from a table's record. @throws OptionsError if it is damaged */
export function readMethodsPlan(recorded: unknown): MethodsPlan {
  return parseRecordedOptions(planSchema, recorded, checkPlan);
}

/** A mistake should show before anything is run. */
function checkPlan(plan: MethodsPlan): void {
  for (const task of listMethodsTasks(plan)) searchOptionsOf(plan, task);
  retrainingOptionsOf(plan, STAND_IN, 0);
}

/**
 * Lists all runs: searches seed by seed, so that the methods can be compared as early as possible, and then random
 * cells, whose short runs fill all lanes to the end.
 */
export function listMethodsTasks({ spaces, methods, seeds }: MethodsPlan): MethodsTask[] {
  const searches = seeds.flatMap((seed) =>
    spaces.flatMap(({ name: space }) => methods.map(({ name: method }): MethodsTask => ({ space, method, seed }))),
  );
  const cells = spaces.flatMap(({ name: space, randomSeeds }) =>
    randomSeeds.map((seed): MethodsTask => ({ space, method: RANDOM, seed })),
  );
  return [...searches, ...cells];
}

/**
 * Options of the search of a run; for a random cell, of the search that it stands for.
 *
 * @throws OptionsError as `resolveSearchOptions` does
 */
export function searchOptionsOf(
  { search, searchPreset, methods, epochs }: MethodsPlan,
  { space, method, seed }: MethodsTask,
  overrides: RunOverrides = {},
): SearchOptions {
  const own = methods.find(({ name }) => name === method)?.search;
  const input = { ...search, ...own, ...overrides, space, method, epochs, seed };
  return resolveSearchOptions(input as SearchOptionsInput, searchPreset);
}
