import type { Dataset } from '../data/dataset.ts';
import { checkStepOptions, defaultStepOptions, idleStepOptions } from '../optimize/dscd/dscd-options.ts';
import { fitSizes } from '../options/fit-sizes.ts';
import { LATER_DATA_OPTIONS, LATER_OPTIONS, LATER_SEARCH_OPTIONS } from '../options/later-options.ts';
import { type IdleOptions, OptionsError, parseOptions, readRecorded, refuseIdle } from '../options/parse-options.ts';
import { checkRunOptions, idleRunOptions, RUN_DEFAULTS } from '../options/run-options.ts';
import { alphaColumns, mixingShape } from '../space/alpha.ts';
import { needsThreshold } from '../space/discretize.ts';
import { isDrawn } from '../space/drawn-relaxation.ts';
import { alphaShapeOf } from './alpha-shape.ts';
import { checkProjection } from './check-projection.ts';
import { fitDefaults } from './fit-defaults.ts';
import type { SearchMethod } from './method.ts';
import { findMethod, isMethodName, refuseDrawnDscd, SEARCH_METHODS } from './methods.ts';
import {
  recordedSearchOptionsSchema,
  type SearchOptions,
  type SearchOptionsInput,
  searchOptionsSchema,
} from './options-schema.ts';
import { PRESET_NAMES, PRESETS, type PresetName } from './presets.ts';
import { iterationsPerEpoch } from './setup.ts';
import { limitsSkips } from './skips.ts';
import { stagesOf } from './stages.ts';
import { defaultFreezeOptions } from './watches/freezing.ts';

/** Defaults that depend on neither method nor preset: the setup of the paper. */
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
  noiseBatches: 4,
  ...LATER_SEARCH_OPTIONS,
  balance: LATER_DATA_OPTIONS.balance,
  ...RUN_DEFAULTS,
} as const satisfies SearchOptionsInput;

/**
 * Resolves a search's options: the given ones, over the preset, over the method's own settings, over the defaults. What
 * follows from the data set stays open unless it is given; `bindToData` fills it in when the run begins.
 *
 * @param input options as given; unknown names are refused. A method of the caller's own is noted by its name
 * @param preset sizes to start from. @default 'quick'
 * @param data the data set, to which the preset's sizes are fitted if it has fewer pictures (`fitSizes`). @default any
 * @throws OptionsError with the rule that is broken and the value that breaks it
 */
export function resolveSearchOptions(
  input: SearchOptionsInput = {},
  preset: PresetName = 'quick',
  data?: Dataset,
): SearchOptions {
  if (!PRESET_NAMES.includes(preset)) {
    throw new OptionsError(`preset must be one of ${PRESET_NAMES.join(', ')}, got ${JSON.stringify(preset)}`);
  }
  if (typeof input.method === 'string') refuseDrawnDscd(input.method);
  const own = typeof input.method === 'object' ? checkOwnMethod(input.method) : undefined;
  const given =
    own === undefined
      ? parseOptions(searchOptionsSchema.partial(), input)
      : parseOptions(recordedSearchOptionsSchema.partial(), { ...input, method: own.name });
  const method = findMethod(given.method ?? DEFAULTS.method, own);
  const sized: SearchOptions = {
    ...DEFAULTS,
    // What follows from the acceptance rule follows from the preset's, unless another is given.
    ...defaultStepOptions({ ...PRESETS[preset], ...given }),
    ...defaultFreezeOptions({ ...method.defaults, ...given }),
    ...method.defaults,
    ...PRESETS[preset],
    ...given,
  };
  const fitted = { ...sized, ...fitDefaults(method, sized, given) };
  const options = data === undefined ? fitted : { ...fitted, ...fitSizes(fitted, given, data.train.count) };
  checkTogether(options, given, method);
  return options;
}

/**
 * Reads the options in a run's record. They are complete but for those that older records lack, and checked again
 * because a record can be edited.
 *
 * @param own the caller's own method, if the run began with it
 * @throws OptionsError if they are not what `resolveSearchOptions` gives, or the run's own method is missing
 */
export function readRecordedOptions(recorded: unknown, own?: SearchMethod): SearchOptions {
  const complete = typeof recorded === 'object' && recorded !== null ? { ...LATER_OPTIONS, ...recorded } : recorded;
  const options = readRecorded(() => parseOptions(recordedSearchOptionsSchema, complete));
  const method = findMethod(options.method, own);
  readRecorded(() => checkTogether(options, {}, method));
  return options;
}

/** @throws OptionsError if the method has no name of its own */
function checkOwnMethod(method: SearchMethod): SearchMethod {
  const { name } = method;
  if (typeof name !== 'string' || name === '') {
    throw new OptionsError(`a method must have a name, got ${JSON.stringify(name)}`);
  }
  if (isMethodName(name) && method !== SEARCH_METHODS[name]) {
    throw new OptionsError(`a method of your own must have a name of its own, got ${name}`);
  }
  return method;
}

/** Options of when and along what alpha moves, and of what its moves lead to. */
const MOVES = [
  'alphaGradient',
  'alphaEvery',
  'alphaRest',
  'zeroOneRise',
  'eigenvalueRise',
  'stopSkips',
] as const satisfies readonly (keyof SearchOptions)[];

/** Options that may leave others without effect. */
type Deciding =
  | ('method' | 'mode' | 'acceptance' | 'engine' | 'zeroOneWeight')
  | ('dropPath' | 'freeze' | 'stages' | 'deriveBy');

/** Options of projections. */
const PROJECTION = [
  'projectionEvery',
  'projectionCriterion',
  'projectionBatches',
] as const satisfies readonly (keyof SearchOptions)[];

/**
 * Options of a run that have no effect beside its others, by name, each with the reason.
 *
 * @param options as a run's record holds them: some may be missing, or of another job
 * @param method the search's method. @default that of the options' name; options of unknown methods count as in use
 */
export function idleOptions(options: { readonly [name in Deciding]?: unknown }, method?: SearchMethod): IdleOptions {
  const { method: name, zeroOneWeight, dropPath, freeze, stages, deriveBy } = options;
  const known = method ?? (typeof name === 'string' && isMethodName(name) ? SEARCH_METHODS[name] : undefined);
  const idle = new Map([...idleStepOptions({ ...options, alphaMoves: known?.alphaMoves }), ...idleRunOptions(options)]);
  if (zeroOneWeight === 0) idle.set('zeroOneRise', 'zeroOneWeight is 0');
  if (freeze === 'none') for (const option of ['freezeThreshold', 'freezeWindow']) idle.set(option, 'freeze is none');
  if (known !== undefined && dropPath === 0) idle.set('cutout', 'dropPath is 0');
  if (stages === 1) {
    for (const option of ['keptOperations', 'partialChannelsEnd']) idle.set(option, 'stages is 1');
  }
  if (deriveBy === 'mixing') {
    for (const option of PROJECTION) idle.set(option, 'deriveBy is mixing');
  }
  if (known !== undefined && known.alphaMoves !== 'local+global') {
    idle.set('proposalBatches', `${known.name} has no DSCD`);
  }
  if (known?.alphaMoves === 'none') {
    for (const option of MOVES) idle.set(option, `${known.name} moves no alpha`);
  }
  return idle;
}

/** Checks the rules that span options. */
function checkTogether(options: SearchOptions, given: object, method: SearchMethod): void {
  const refuse = (rule: string): never => {
    throw new OptionsError(rule);
  };
  refuseIdle(idleOptions(options, method), given);
  if (method.alphaMoves === 'local+global') {
    try {
      checkStepOptions(options);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new OptionsError(error.message, { cause: error });
    }
  }
  if (!needsThreshold(method.rule) && options.threshold !== null) {
    refuse(`threshold must be null for ${method.name}, which derives its cells without one, got ${options.threshold}`);
  }
  if (needsThreshold(method.rule) && options.threshold === null) {
    refuse(`threshold must be a number if the rule is ${method.rule}, got null`);
  }
  if (!limitsSkips(method.rule) && options.maxSkips !== null) {
    refuse(`maxSkips must be null for ${method.name}, which derives its cells by a threshold, got ${options.maxSkips}`);
  }
  if (method.relaxation !== 'sigmoid' && options.zeroOneWeight > 0) {
    refuse(`zeroOneWeight must be 0 if the relaxation is ${method.relaxation}, got ${options.zeroOneWeight}`);
  }
  if (method.relaxation !== 'dirichlet' && options.alphaPrior !== 'decay') {
    refuse(`alphaPrior must be decay if the relaxation is ${method.relaxation}, got ${options.alphaPrior}`);
  }
  if (isDrawn(method.relaxation)) {
    if (method.alphaMoves === 'local+global') {
      refuse(
        `alphaMoves must be local for ${method.name}, which draws mixing weights, so that DSCD cannot compare alphas`,
      );
    }
    if (options.alphaGradient !== 'first') {
      refuse(
        `alphaGradient must be first for ${method.name}, which draws mixing weights, got ${options.alphaGradient}`,
      );
    }
    if (options.weightsMixing !== 'alpha') {
      refuse(
        `weightsMixing must be alpha for ${method.name}, which draws mixing weights, got ${options.weightsMixing}`,
      );
    }
  }
  checkFreezing(options, method, refuse);
  checkChannels(options, method, refuse);
  checkStages(options, method, refuse);
  const { weightsMixing } = method.defaults;
  if (weightsMixing !== undefined && options.weightsMixing !== weightsMixing) {
    refuse(`weightsMixing must be ${weightsMixing} for ${method.name}, got ${options.weightsMixing}`);
  }
  if (isDrawn(method.relaxation) && options.watch.includes('eigenvalue')) {
    refuse(`watch must not have eigenvalue for ${method.name}, which draws mixing weights`);
  }
  if (isDrawn(method.relaxation) && options.eigenvalueRise !== 'none') {
    refuse(`eigenvalueRise must be none for ${method.name}, which draws mixing weights, got ${options.eigenvalueRise}`);
  }
  if (options.eigenvalueRise === 'decay' && options.weightsDecay === 0) {
    refuse('weightsDecay must be above 0 if eigenvalueRise is decay, which multiplies it, got 0');
  }
  alphaShapeOf(method, options.space, options.nodes);
  checkProjection(options, method);
  checkRunOptions(options, given);
  if (options.noiseBatches === 1) refuse('noiseBatches must be 0 or at least 2, got 1');
  const half = Math.floor(options.trainSize / 2);
  if (half < options.batch) {
    refuse(`trainSize must hold a mini-batch in each half: at least ${2 * options.batch}, got ${options.trainSize}`);
  }
  const { cutout, discreteFrom, epochs, image } = options;
  if (cutout > image) refuse(`cutout must be at most the pictures’ ${image} pixels, got ${cutout}`);
  const last = (epochs - 1) / epochs;
  if (discreteFrom < 1 && discreteFrom > last) {
    refuse(`discreteFrom must be at most the progress of the last epoch, ${last}, or 1 for never, got ${discreteFrom}`);
  }
  const iterations = iterationsPerEpoch(options);
  if (options.alphaEvery > iterations) {
    refuse(`alphaEvery must be at most the iterations of an epoch, ${iterations}, got ${options.alphaEvery}`);
  }
}

/** Checks the rules of freezing operations, whose gradients must be there in each iteration. */
function checkFreezing(
  { freeze, weightsMixing }: SearchOptions,
  { name, relaxation, defaults }: SearchMethod,
  refuse: (rule: string) => never,
): void {
  if (freeze === 'none') {
    if (defaults.freeze !== undefined) refuse(`freeze must not be none for ${name}, got none`);
    return;
  }
  if (isDrawn(relaxation)) refuse(`freeze must be none for ${name}, which draws mixing weights, got ${freeze}`);
  if (weightsMixing === 'cells') refuse(`freeze must be none if weightsMixing is cells, got ${freeze}`);
}

/** Checks the rules of stages, and how long alpha may rest in them. */
function checkStages(options: SearchOptions, method: SearchMethod, refuse: (rule: string) => never): void {
  const { alphaRest, channels, epochs, keptOperations, nodes, space, stages } = options;
  const { partialChannels, partialChannelsEnd } = options;
  const of = stages === 1 ? '' : ' of the first stage';
  const [first] = stagesOf(options);
  if (stages > epochs) refuse(`stages must be at most the epochs, ${epochs}, got ${stages}`);
  if (first !== undefined && alphaRest >= first.epochs) {
    refuse(`alphaRest must be below the epochs${of}, ${first.epochs}, got ${alphaRest}`);
  }
  if (stages === 1) return;
  if (method.relaxation !== 'dirichlet') {
    refuse(`stages must be 1 if the relaxation is ${method.relaxation}, got ${stages}`);
  }
  const columns = alphaColumns(mixingShape(alphaShapeOf(method, space, nodes)));
  if (keptOperations > columns) {
    refuse(`keptOperations must be at most the operations of an edge, ${columns}, got ${keptOperations}`);
  }
  if (partialChannelsEnd > partialChannels) {
    refuse(`partialChannelsEnd must be at most partialChannels, ${partialChannels}, got ${partialChannelsEnd}`);
  }
  if (partialChannelsEnd > 1 && channels % (2 * partialChannelsEnd) !== 0) {
    refuse(`channels must be a multiple of 2 * partialChannelsEnd = ${2 * partialChannelsEnd}, got ${channels}`);
  }
}

/** Checks the rules of partial channels and of weights of edges. */
function checkChannels(
  { channelChoice, channels, partialChannels, weightsMixing }: SearchOptions,
  { name, relaxation, alphaMoves, auxiliarySkip = false }: SearchMethod,
  refuse: (rule: string) => never,
): void {
  if (partialChannels > 1 && channels % (2 * partialChannels) !== 0) {
    refuse(`channels must be a multiple of 2 * partialChannels = ${2 * partialChannels}, got ${channels}`);
  }
  if (partialChannels > 1 && weightsMixing === 'cells') {
    refuse(`weightsMixing must not be cells if partialChannels is above 1, got ${partialChannels}`);
  }
  if (channelChoice === 'random' && partialChannels === 1) {
    refuse('channelChoice must be first if partialChannels is 1, got random');
  }
  if (relaxation !== 'edge-normalized') return;
  if (weightsMixing !== 'alpha')
    refuse(`weightsMixing must be alpha for ${name}, which weighs edges, got ${weightsMixing}`);
  if (alphaMoves === 'local+global') {
    refuse(`alphaMoves must be local for ${name}, which weighs edges, for which DSCD has no proposals`);
  }
  if (auxiliarySkip) refuse(`auxiliarySkip must be false for ${name}, which weighs edges, got true`);
}
