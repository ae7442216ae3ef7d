import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions, RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { RetrainingPresetName } from '../../src/retrain/presets.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import type { ExperimentRequest } from './experiment-flags.ts';
import type { RunOverrides } from './run-part.ts';

/** Options of a request that all runs of its plan have. */
export function sharedOptions(request: ExperimentRequest): Pick<ExperimentRequest, 'workers' | 'threads' | 'engine'> {
  const names = ['workers', 'threads', 'engine'] as const;
  return Object.fromEntries(names.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])));
}

/** Lists as many seeds, from the first on. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/**
 * Options of a retraining of a plan.
 *
 * @throws OptionsError as `resolveRetrainingOptions` does
 */
export function retrainingOptionsOf(
  plan: { readonly retraining: object; readonly retrainingPreset: RetrainingPresetName },
  genotype: Genotype,
  seed: number,
  overrides: RunOverrides = {},
): RetrainingOptions {
  const input = { ...plan.retraining, ...overrides, genotype, seed } as RetrainingOptionsInput;
  return resolveRetrainingOptions(input, plan.retrainingPreset);
}
