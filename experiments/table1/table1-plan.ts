import { z } from 'zod';
import { OptionsError, parseRecordedOptions } from '../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions, RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES } from '../../src/retrain/presets.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS, type SearchMethodName } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import { PRESET_NAMES } from '../../src/search/presets.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { type Acceptance, TABLE_1_PRESETS, type Table1Preset, type Table1PresetName } from './table1-presets.ts';

const count = z.number().int().min(1);
const METHOD = SEARCH_METHOD_NAMES as [SearchMethodName, ...SearchMethodName[]];

const cellSchema = z.strictObject({
  method: z.enum(METHOD),
  /** null if the method proposes nothing. */
  acceptance: z.enum(['window', 'paired']).nullable(),
  /** Length of the search. */
  epochs: count,
});

const planSchema = z.strictObject({
  preset: z.string(),
  cells: z.array(cellSchema).min(1),
  seeds: z.array(z.number().int().min(0)).min(1),
  searchPreset: z.enum(PRESET_NAMES),
  search: z.record(z.string(), z.unknown()),
  retrainingPreset: z.enum(RETRAINING_PRESET_NAMES),
  retraining: z.record(z.string(), z.unknown()),
});

/** Cell of the plan: what a row of Table 1 shows, over its seeds. */
export type Table1Cell = z.output<typeof cellSchema>;

/** Everything that decides the results of Table 1: the rows, the seeds, and the sizes that all share. */
export type Table1Plan = z.output<typeof planSchema>;

/** One search of Table 1, and the retraining of what it finds. */
export interface Table1Task extends Table1Cell {
  readonly seed: number;
}

/** Request for a table, over the preset. */
export interface Table1Request extends ExperimentRequest {
  readonly methods?: readonly SearchMethodName[];
  readonly acceptance?: readonly Acceptance[];
  readonly lengths?: readonly number[];
}

/**
 * Plans the runs of the table.
 *
 * @throws OptionsError if an option breaks a rule
 */
export function planTable1(name: Table1PresetName, request: Table1Request): Table1Plan {
  const preset: Table1Preset = TABLE_1_PRESETS[name];
  const { methods = preset.methods, seeds = preset.seeds, seed: first = 0 } = request;
  const withDscd = methods.filter((method) => SEARCH_METHODS[method].alphaMoves === 'local+global');
  if (request.acceptance !== undefined && withDscd.length === 0) {
    throw new OptionsError(`acceptance: only for methods with DSCD, and ${methods.join(', ')} have none`);
  }
  const shared = Object.fromEntries(
    (['workers', 'threads', 'engine'] as const).flatMap((option) => {
      return request[option] === undefined ? [] : [[option, request[option]]];
    }),
  );
  const plan: Table1Plan = {
    preset: name,
    cells: methods.flatMap((method) => {
      const rules = withDscd.includes(method) ? (request.acceptance ?? preset.acceptance) : [null];
      return rules.flatMap((acceptance) => {
        return lengthsOf(method, preset, request).map((epochs) => ({ method, acceptance, epochs }));
      });
    }),
    seeds: Array.from({ length: seeds }, (_, i) => first + i),
    searchPreset: preset.searchPreset,
    search: { ...preset.search, ...shared },
    retrainingPreset: preset.retrainingPreset,
    retraining: { ...preset.retraining, ...shared },
  };
  // A mistake should show before anything is run.
  for (const task of listTasks(plan)) searchOptionsOf(plan, task);
  retrainingOptionsOf(plan, STAND_IN, first);
  return plan;
}

function lengthsOf(method: SearchMethodName, preset: Table1Preset, { lengths }: Table1Request): readonly number[] {
  if (lengths === undefined) return preset.lengths[method];
  return SEARCH_METHODS[method].alphaMoves === 'none' ? [Math.max(...lengths)] : lengths;
}

/**
 * Reads a plan from a table's record.
 *
 * @throws OptionsError if it is damaged
 */
export function readRecordedPlan(recorded: unknown): Table1Plan {
  return parseRecordedOptions(planSchema, recorded, (plan) => {
    for (const task of listTasks(plan)) searchOptionsOf(plan, task);
  });
}

/** Lists all runs, seed by seed: the table of the first seed is then complete as early as possible. */
export function listTasks({ cells, seeds }: Table1Plan): Table1Task[] {
  return seeds.flatMap((seed) => cells.map((cell) => ({ ...cell, seed })));
}

/** @throws OptionsError as `resolveSearchOptions` does */
export function searchOptionsOf(
  { search, searchPreset }: Table1Plan,
  { method, acceptance, epochs, seed }: Table1Task,
  overrides: RunOverrides = {},
): SearchOptions {
  const rule = acceptance === null ? {} : { acceptance };
  const input = { ...search, ...overrides, method, epochs, seed, ...rule } as SearchOptionsInput;
  return resolveSearchOptions(input, searchPreset);
}

/** @throws OptionsError as `resolveRetrainingOptions` does */
export function retrainingOptionsOf(
  { retraining, retrainingPreset }: Table1Plan,
  genotype: Genotype,
  seed: number,
  overrides: RunOverrides = {},
): RetrainingOptions {
  const input = { ...retraining, ...overrides, genotype, seed } as RetrainingOptionsInput;
  return resolveRetrainingOptions(input, retrainingPreset);
}

/** Name of a row without the epochs. It omits the paper's rule of acceptance. */
export function nameOf({
  method,
  acceptance,
}: {
  readonly method: string;
  readonly acceptance: string | null;
}): string {
  return acceptance === null || acceptance === 'window' ? method : `${method}, ${acceptance}`;
}
