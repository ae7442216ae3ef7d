import { checkWindow } from '../optimize/dscd/acceptance-window.ts';
import { resolveDscdOptions } from '../optimize/dscd/dscd-options.ts';
import { GLOBAL_ONLY } from '../optimize/dscd/global-only.ts';
import { OptionsError } from '../options/options-error.ts';
import { parseOptions, parseRecordedOptions, type Sentences } from '../options/parse-options.ts';
import { checkRunOptions, RUN_DEFAULTS } from '../options/run-options.ts';
import type { SearchMethod } from './method.ts';
import { SEARCH_METHODS } from './methods.ts';
import { type SearchOptions, type SearchOptionsInput, searchOptionsSchema } from './options-schema.ts';
import { PRESET_NAMES, PRESETS, type PresetName } from './presets.ts';

export { OptionsError };

/** Defaults that neither depend on the method nor on the preset: the setup of the paper. */
const DEFAULTS = {
  method: 'fair-darts+dscd',
  seed: 0,
  epochs: 50,
  channels: 16,
  layers: 8,
  nodes: 4,
  stemMultiplier: 3,
  image: 32,
  trainSize: 50_000,
  evaluationSize: 0,
  momentum: 0.9,
  weightsDecay: 3e-4,
  clipNorm: 5,
  alphaBeta2: 0.999,
  alphaDecay: 1e-3,
  mode: 'alternating',
  minSteps: 10,
  switch: 'stalled',
  window: 1000,
  acceptance: 'window',
  margin: 0,
  proposals: 1,
  selection: 'best',
  domain: [-5, 5],
  noiseBatches: 4,
  ...RUN_DEFAULTS,
} as const satisfies SearchOptionsInput;

/** Of an option that is a pair: what is wrong with either part is said of both. */
const SENTENCES: Sentences = {
  domain: (domain) => {
    const got = Array.isArray(domain) ? domain.join(',') : JSON.stringify(domain);
    return `domain must be LOW,HIGH with LOW < HIGH, got ${got}`;
  },
};

/** Options that decide when the kind of step changes. */
const IDLE_IF_JOINT = ['minSteps', 'switch'] as const;

/**
 * Resolves a search's options: what is given, over the preset, over the method's own settings, over the defaults.
 *
 * @param input options as given; unknown names are refused
 * @param preset sizes to start from. @default 'quick'
 * @throws OptionsError with the rule that is broken and the value that breaks it
 */
export function resolveSearchOptions(input: SearchOptionsInput = {}, preset: PresetName = 'quick'): SearchOptions {
  if (!PRESET_NAMES.includes(preset)) {
    throw new OptionsError(`preset must be one of ${PRESET_NAMES.join(', ')}, got ${JSON.stringify(preset)}`);
  }
  const given = parseOptions(searchOptionsSchema.partial(), input, SENTENCES);
  const method: SearchMethod = SEARCH_METHODS[given.method ?? DEFAULTS.method];
  const acceptance = given.acceptance ?? DEFAULTS.acceptance;
  const joint = given.mode === 'joint';
  const options: SearchOptions = {
    ...DEFAULTS,
    domain: [...DEFAULTS.domain],
    ...method.defaults,
    onReject: acceptance === 'paired' || joint ? 'stay' : 'return',
    ...(joint ? { acceptance: 'paired' as const } : {}),
    ...PRESETS[preset],
    ...given,
  };
  checkTogether(options, given, method);
  return options;
}

/**
 * Options as a run's record holds them: complete, and checked again, for the record may have been edited.
 *
 * @throws OptionsError where they are not what `resolveSearchOptions` gives
 */
export function readRecordedOptions(recorded: unknown): SearchOptions {
  return parseRecordedOptions(
    searchOptionsSchema,
    recorded,
    (options) => checkTogether(options, {}, SEARCH_METHODS[options.method]),
    SENTENCES,
  );
}

/** Rules that span options. */
function checkTogether(options: SearchOptions, given: SearchOptionsInput, method: SearchMethod): void {
  const refuse = (rule: string): never => {
    throw new OptionsError(rule);
  };
  const misplaced = GLOBAL_ONLY.filter((name) => given[name] !== undefined);
  if (method.alphaMoves !== 'local+global' && misplaced.length > 0) {
    refuse(`${misplaced.join(', ')}: only for methods with DSCD, and ${method.name} has none`);
  }
  if (method.alphaMoves === 'local' && given.domain !== undefined) {
    refuse(`domain: ${method.name} draws nothing from it, leave it out`);
  }
  const { acceptance, minSteps, mode, window } = options;
  if (method.alphaMoves === 'local+global') {
    try {
      resolveDscdOptions(options);
      if (acceptance === 'window') checkWindow(window, minSteps);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new OptionsError(error.message, { cause: error });
    }
    if (mode === 'joint' && acceptance === 'window') refuse('mode joint needs acceptance paired, got window');
    const idle = IDLE_IF_JOINT.filter((name) => mode === 'joint' && given[name] !== undefined);
    if (idle.length > 0) refuse(`${idle.join(', ')}: without effect where mode is joint, leave out`);
    if (acceptance === 'paired' && given.window !== undefined) {
      refuse(`window: without effect where acceptance is paired, leave it out`);
    }
  }
  if (method.rule === 'top2' && options.threshold !== null) {
    refuse(`threshold: ${method.name} derives its cells without one, got ${options.threshold}`);
  }
  if (method.rule !== 'top2' && options.threshold === null) {
    refuse(`threshold must be a number where the rule is ${method.rule}, got null`);
  }
  if (method.relaxation !== 'sigmoid' && options.zeroOneWeight > 0) {
    refuse(`zeroOneWeight must be 0 where the relaxation is ${method.relaxation}, got ${options.zeroOneWeight}`);
  }
  checkRunOptions(options, given);
  if (options.noiseBatches === 1) refuse('noiseBatches must be 0 or at least 2, got 1');
  const half = Math.floor(options.trainSize / 2);
  if (half < options.batch) {
    refuse(`trainSize must hold a mini-batch in each half: at least ${2 * options.batch}, got ${options.trainSize}`);
  }
}

/** Iterations of an epoch: whole mini-batches in the half for the weights. */
export function iterationsPerEpoch(options: Pick<SearchOptions, 'trainSize' | 'batch'>): number {
  return Math.floor(Math.floor(options.trainSize / 2) / options.batch);
}
