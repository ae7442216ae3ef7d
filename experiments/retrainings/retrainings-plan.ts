import { z } from 'zod';
import { findGenotype } from '../../src/command/find-genotype.ts';
import { parseRecordedOptions } from '../../src/options/parse-options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESETS, type RetrainingPresetName } from '../../src/retrain/presets.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import type { ExperimentRequest } from '../many-runs/experiment-flags.ts';
import { retrainingOptionsOf, seedsFrom, sharedOptions } from '../many-runs/plan-options.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';

const planSchema = z.strictObject({
  preset: z.string(),
  /** Genotypes in triples, by names that folders can have. */
  genotypes: z.array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9][\w+.-]*$/), genotype: z.string() })).min(1),
  seeds: z.array(z.int().min(0)).min(1),
  /** Options over the preset `paper`. */
  retraining: z.record(z.string(), z.unknown()),
});

/** Everything that decides the results: genotypes, seeds, and the sizes that all share. */
export type RetrainingsPlan = z.output<typeof planSchema>;

/** A retraining of a genotype with one seed. */
export interface RetrainingTask {
  readonly name: string;
  readonly seed: number;
}

/** Request for retrainings, over the preset. */
export interface RetrainingsRequest extends ExperimentRequest {
  /** Names, folders, files or texts, as `findGenotype` takes them. */
  readonly genotypes?: readonly string[];
  readonly epochs?: number;
}

/**
 * Plans the retrainings.
 *
 * @throws OptionsError if an option breaks a rule, or a genotype is none
 * @throws RunFolderError if the run of a genotype has not ended
 */
export function planRetrainings(preset: RetrainingPresetName, request: RetrainingsRequest): RetrainingsPlan {
  const { genotypes = [], seeds = 3, seed: first = 0, epochs } = request;
  const names = nameGenotypes(genotypes);
  const plan: RetrainingsPlan = {
    preset,
    genotypes: genotypes.map((meant, i) => {
      return { name: names[i] as string, genotype: writeGenotype(findGenotype(meant), 'triples') };
    }),
    seeds: seedsFrom(first, seeds),
    retraining: { ...RETRAINING_PRESETS[preset], ...(epochs && { epochs }), ...sharedOptions(request) },
  };
  check(plan);
  return plan;
}

/** Reads a plan from the record. @throws OptionsError if it is damaged */
export function readRetrainingsPlan(recorded: unknown): RetrainingsPlan {
  return parseRecordedOptions(planSchema, recorded, check);
}

/** Lists all retrainings, seed by seed: all genotypes can then be compared as early as possible. */
export function listRetrainings({ genotypes, seeds }: RetrainingsPlan): RetrainingTask[] {
  return seeds.flatMap((seed) => genotypes.map(({ name }) => ({ name, seed })));
}

/** @throws OptionsError as `resolveRetrainingOptions` does */
export function optionsOf(
  { genotypes, retraining }: RetrainingsPlan,
  { name, seed }: RetrainingTask,
  overrides: RunOverrides = {},
): RetrainingOptions {
  const text = genotypes.find((one) => one.name === name)?.genotype ?? '';
  return retrainingOptionsOf({ retraining, retrainingPreset: 'paper' }, readGenotype(text), seed, overrides);
}

/** A mistake should show before anything is run. */
function check(plan: RetrainingsPlan): void {
  for (const task of listRetrainings(plan)) optionsOf(plan, task);
}

/** Names genotypes by the ends of what they were given as: a published name, a path. No two have the same name. */
function nameGenotypes(given: readonly string[]): string[] {
  const names: string[] = [];
  for (const meant of given) {
    const end = /[({\n]/.test(meant)
      ? 'cells'
      : meant.replaceAll('\\', '/').split('/').filter(Boolean).slice(-3).join('-');
    const name = end.replaceAll(/[^\w+.-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'cells';
    const same = names.filter((other) => other === name || other.startsWith(`${name}--`)).length;
    names.push(same === 0 ? name : `${name}--${same + 1}`);
  }
  return names;
}
