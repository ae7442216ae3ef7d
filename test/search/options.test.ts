import { describe, expect, it } from 'vitest';
import { bindToData } from '../../src/options/bind-to-data.ts';
import { LATER_OPTIONS } from '../../src/options/later-options.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { darts } from '../../src/search/darts.ts';
import { fairDarts } from '../../src/search/fair-darts.ts';
import type { SearchMethod } from '../../src/search/method.ts';
import { SEARCH_METHOD_NAMES } from '../../src/search/methods.ts';
import { idleOptions, readRecordedOptions, resolveSearchOptions } from '../../src/search/options.ts';
import { type SearchOptionsInput, searchOptionsSchema } from '../../src/search/options-schema.ts';
import { pcDarts } from '../../src/search/pc-darts.ts';
import { PRESET_NAMES, type PresetName } from '../../src/search/presets.ts';
import { madeUpData } from '../support/made-up-data.ts';

const CIFAR10 = madeUpData(1, 1);

/** Runs what must be refused; the message. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError);
    return (error as OptionsError).message;
  }
  return expect.fail('was not refused');
}

describe('defaults at the size of the paper', () => {
  const setup = {
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
  };
  const fairDarts = {
    batch: 128,
    weightsLearningRate: 0.005,
    weightsLearningRateEnd: 0.001,
    alphaLearningRate: 3e-3,
    alphaBeta1: 0.9,
    zeroOneWeight: 10,
    threshold: 0.85,
  };
  const darts = {
    batch: 64,
    weightsLearningRate: 0.025,
    weightsLearningRateEnd: 0.001,
    alphaLearningRate: 3e-4,
    alphaBeta1: 0.5,
    zeroOneWeight: 0,
    threshold: null,
  };

  it.each([
    ['fair-darts', fairDarts],
    ['fair-darts+dscd', fairDarts],
    ['random', fairDarts],
    ['darts', darts],
    ['darts+dscd', darts],
  ] as const)('%s', (method, own) => {
    expect(resolveSearchOptions({ method }, 'paper')).toMatchObject({ method, ...setup, ...own });
  });

  it('of the global steps are the paper’s rule, on FairDARTS', () => {
    expect(resolveSearchOptions({}, 'paper')).toMatchObject({
      method: 'fair-darts+dscd',
      mode: 'alternating',
      minSteps: 10,
      switch: 'stalled',
      window: 1000,
      acceptance: 'window',
      onReject: 'return',
      margin: 0,
      proposals: 1,
      selection: 'best',
      domain: [-5, 5],
      discreteFrom: 1,
    });
  });
});

describe('resolveSearchOptions', () => {
  const cases = PRESET_NAMES.flatMap((preset) => SEARCH_METHOD_NAMES.map((method) => [preset, method] as const));

  it.each(cases)('%s, %s: complete, and stands on its own rules', (preset, method) => {
    const options = bindToData(resolveSearchOptions({ method }, preset), CIFAR10);
    expect(Object.keys(options).toSorted()).toEqual(Object.keys(searchOptionsSchema.shape).toSorted());
    expect(Object.values(options)).not.toContain(undefined);
    expect(readRecordedOptions(options)).toEqual(options);
  });

  it('takes what is given over the preset, the preset over the method, the method over the defaults', () => {
    expect(resolveSearchOptions({ method: 'darts' }, 'paper').batch).toBe(64);
    expect(resolveSearchOptions({ method: 'darts' }, 'smoke')).toMatchObject({ batch: 8, alphaBeta1: 0.5 });
    expect(resolveSearchOptions({ method: 'darts', batch: 4, seed: 9 }, 'smoke')).toMatchObject({ batch: 4, seed: 9 });
  });

  it('starts from the preset `quick`', () => {
    expect(resolveSearchOptions()).toEqual(resolveSearchOptions({}, 'quick'));
  });

  it('takes threshold and window of the score by which operations are frozen', () => {
    expect(resolveSearchOptions({ method: 'oles' })).toMatchObject({ freeze: 'match-sum', freezeWindow: 21 });
    const match = resolveSearchOptions({ method: 'oles', freeze: 'match' });
    expect(match).toMatchObject({ freezeThreshold: 0.4, freezeWindow: 20 });
    const sum = resolveSearchOptions({ method: 'fair-darts', freeze: 'match-sum', freezeThreshold: 0.5 });
    expect(sum).toMatchObject({ freezeWindow: 21, freezeThreshold: 0.5 });
    expect(resolveSearchOptions({ method: 'oles+dscd', freeze: 'match-sum' }).freezeThreshold).toBeCloseTo(8 / 21, 15);
  });

  it('takes undefined for not given', () => {
    const input = { batch: undefined, window: undefined, method: undefined } as unknown as SearchOptionsInput;
    expect(resolveSearchOptions(input)).toEqual(resolveSearchOptions());
  });

  it('lets paired acceptance stay after a rejected step, and joint mode take paired acceptance', () => {
    expect(resolveSearchOptions({ acceptance: 'paired' })).toMatchObject({ mode: 'alternating', onReject: 'stay' });
    expect(resolveSearchOptions({ mode: 'joint' })).toMatchObject({ acceptance: 'paired', onReject: 'stay' });
    expect(resolveSearchOptions({ mode: 'joint', margin: 1 }).margin).toBe(1);
    expect(resolveSearchOptions({ onReject: 'stay' }, 'paper')).toMatchObject({
      acceptance: 'window',
      onReject: 'stay',
    });
    // Presets for short searches accept by pairs; another rule brings its own answer to a rejection.
    expect(resolveSearchOptions({}, 'quick')).toMatchObject({ acceptance: 'paired', onReject: 'stay' });
    expect(resolveSearchOptions({ acceptance: 'window' }, 'quick')).toMatchObject({ onReject: 'return' });
  });

  it('takes a domain where something is drawn from it: proposals, or the alphas of `random`', () => {
    for (const method of ['darts+dscd', 'random'] as const) {
      expect(resolveSearchOptions({ method, domain: [-3, 3] }).domain).toEqual([-3, 3]);
    }
  });

  it('gives every search a domain of its own', () => {
    const first = resolveSearchOptions();
    first.domain[0] = -1;
    expect(resolveSearchOptions().domain).toEqual([-5, 5]);
  });

  it('refuses a value that JSON has no form for', () => {
    expect(() => resolveSearchOptions({ seed: 10n as never })).toThrow('seed must be an integer of at least 0, got 10');
  });

  it.each<[SearchOptionsInput, PresetName, string[]]>([
    [{ method: 'darts', window: 100 }, 'paper', ['window: without effect because darts has no DSCD']],
    [{ method: 'random', mode: 'joint', proposals: 2 }, 'paper', ['mode, proposals', 'without effect', 'random']],
    [{ acceptance: 'paired', onReject: 'return' }, 'paper', ['onReject', 'stay', 'paired', 'got return']],
    [{ mode: 'joint', onReject: 'return' }, 'paper', ['onReject', 'stay', 'got return']],
    [{ margin: 1.5 }, 'paper', ['margin', 'acceptance', 'window', '1.5']],
    [{ acceptance: 'never', margin: 1 }, 'paper', ['margin must be 0 if acceptance is never, got 1']],
    [{ acceptance: 'never', selection: 'best' }, 'paper', ['selection: without effect because acceptance is never']],
    [{ mode: 'joint', acceptance: 'window' }, 'paper', ['joint', 'paired', 'got window']],
    [{ window: 20 }, 'paper', ['window', '2 * minSteps = 20', 'got 20']],
    [{ minSteps: 10 }, 'smoke', ['window', '2 * minSteps = 20', 'got 20']],
    [{ method: 'darts+dscd', threshold: 0.5 }, 'paper', ['threshold', 'darts+dscd', 'got 0.5']],
    [{ threshold: null }, 'paper', ['threshold', 'a number', 'threshold_sparse', 'got null']],
    [{ method: 'gdas', stages: 2 }, 'paper', ['stages must be 1 if the relaxation is gumbel-hard, got 2']],
    [{ method: 'drnas', stages: 2, epochs: 1 }, 'paper', ['stages must be at most the epochs, 1, got 2']],
    [
      { method: 'drnas', stages: 1, keptOperations: 3, partialChannelsEnd: 2 },
      'paper',
      ['keptOperations, partialChannelsEnd: without effect because stages is 1'],
    ],
    [{ method: 'drnas', keptOperations: 8 }, 'paper', ['keptOperations must be at most the operations of an edge, 7']],
    [{ method: 'drnas', keptOperations: 1 }, 'paper', ['keptOperations must be an integer of at least 2, got 1']],
    [
      { method: 'drnas', partialChannelsEnd: 8 },
      'paper',
      ['partialChannelsEnd must be at most partialChannels, 4, got 8'],
    ],
    [
      { method: 'drnas', channels: 24, partialChannelsEnd: 5 },
      'paper',
      ['channels must be a multiple of partialChannelsEnd = 5, got 24'],
    ],
    [
      { method: 'drnas', alphaRest: 25 },
      'paper',
      ['alphaRest must be below the epochs of the first stage, 25, got 25'],
    ],
    [{ method: 'darts', zeroOneWeight: 1 }, 'paper', ['zeroOneWeight', '0', 'softmax', 'got 1']],
    [
      { method: 'gdas', alphaPrior: 'kl' },
      'paper',
      ['alphaPrior must be decay if the relaxation is gumbel-hard, got kl'],
    ],
    [{ acceptance: 'paired', window: 100 }, 'paper', ['window: without effect because acceptance is paired']],
    [{ mode: 'joint', window: 100 }, 'paper', ['window', 'without effect']],
    [
      { mode: 'joint', minSteps: 5, switch: 'count' },
      'paper',
      ['minSteps, switch: without effect because mode is joint'],
    ],
    [{ method: 'fair-darts', domain: [-3, 3] }, 'paper', ['domain: without effect because fair-darts has no DSCD']],
    [{ method: 'random', alphaEvery: 2 }, 'paper', ['alphaEvery: without effect because random moves no alpha']],
    [{ method: 'random', alphaGradient: 'unrolled' }, 'paper', ['alphaGradient: without effect because random moves']],
    [{ method: 'random', alphaRest: 1 }, 'paper', ['alphaRest: without effect because random moves no alpha']],
    [
      { method: 'random', eigenvalueRise: 'stop', stopSkips: 2 },
      'paper',
      ['eigenvalueRise, stopSkips: without effect because random moves no alpha'],
    ],
    [
      { method: 'gdas', eigenvalueRise: 'stop' },
      'paper',
      ['eigenvalueRise must be none for gdas, which draws mixing weights, got stop'],
    ],
    [
      { method: 'darts-ada', weightsDecay: 0 },
      'paper',
      ['weightsDecay must be above 0 if eigenvalueRise is decay', 'got 0'],
    ],
    [{ method: 'darts', stopSkips: 0 }, 'paper', ['stopSkips', 'got 0']],
    [
      { method: 'fair-darts', maxSkips: 2 },
      'paper',
      ['maxSkips must be null for fair-darts, which derives its cells by a threshold, got 2'],
    ],
    [{ method: 'darts', proposalBatches: 2 }, 'paper', ['proposalBatches: without effect because darts has no DSCD']],
    [{ method: 'darts', zeroOneRise: 1 }, 'paper', ['zeroOneRise: without effect because zeroOneWeight is 0']],
    [{ freezeThreshold: 0.3 }, 'paper', ['freezeThreshold: without effect because freeze is none']],
    [{ freezeWindow: 3, freeze: 'none' }, 'paper', ['freezeWindow: without effect because freeze is none']],
    [{ method: 'oles', freeze: 'none' }, 'paper', ['freeze must not be none for oles, got none']],
    [
      { method: 'gdas', freeze: 'match' },
      'paper',
      ['freeze must be none for gdas, which draws mixing weights, got match'],
    ],
    [
      { weightsMixing: 'cells', freeze: 'match-sum' },
      'paper',
      ['freeze must be none if weightsMixing is cells, got match-sum'],
    ],
    [{ cutout: 4 }, 'paper', ['cutout: without effect because dropPath is 0']],
    [{ dropPath: 0.2, cutout: 17 }, 'quick', ['cutout must be at most the pictures’ 16 pixels, got 17']],
    [{ discreteFrom: 0.8, epochs: 4 }, 'smoke', ['at most the progress of the last epoch, 0.75, or 1', 'got 0.8']],
    [{ alphaRest: 3 }, 'smoke', ['alphaRest must be below the epochs, 3, got 3']],
    [{ alphaEvery: 7 }, 'smoke', ['alphaEvery must be at most the iterations of an epoch, 6, got 7']],
    [{ noiseBatches: 1 }, 'paper', ['noiseBatches', '0 or at least 2', 'got 1']],
    [{ weightsLearningRate: 1e308 }, 'paper', ['weightsLearningRate must be from 1e-100 to 1e100, got 1e+308']],
    [{ weightsLearningRate: 5e-324 }, 'paper', ['weightsLearningRate must be from 1e-100 to 1e100, got 5e-324']],
    [{ domain: [5, -5] }, 'paper', ['domain must be two finite numbers, the lower first, got [5, -5]']],
    [
      { domain: ['a', 'b'] as unknown as [number, number] },
      'paper',
      ['domain must be two finite numbers, the lower first, got ["a", "b"]'],
    ],
    [{ channels: 3 }, 'paper', ['channels', 'even', 'got 3']],
    [{ channelChoice: 'random' }, 'paper', ['channelChoice must be first if partialChannels is 1, got random']],
    [{ channels: 12, partialChannels: 8 }, 'paper', ['channels must be a multiple of partialChannels = 8, got 12']],
    [
      { weightsMixing: 'cells', partialChannels: 2 },
      'paper',
      ['weightsMixing must not be cells if partialChannels is above 1, got 2'],
    ],
    [
      { method: 'pc-darts', weightsMixing: 'attack' },
      'paper',
      ['weightsMixing must be alpha for pc-darts, which weighs edges, got attack'],
    ],
    [
      { method: { ...pcDarts, name: 'mine', auxiliarySkip: true } },
      'paper',
      ['auxiliarySkip must be false for mine, which weighs edges, got true'],
    ],
    [
      { method: { ...pcDarts, name: 'mine', alphaMoves: 'local+global' } },
      'paper',
      ['alphaMoves must be local for mine, which weighs edges, for which DSCD has no proposals'],
    ],
    [{ method: 'darts', projectionEvery: 2 }, 'paper', ['projectionEvery: without effect because deriveBy is mixing']],
    [
      { method: 'darts', projectionCriterion: 'loss', projectionBatches: 1 },
      'paper',
      ['projectionCriterion, projectionBatches: without effect because deriveBy is mixing'],
    ],
    [
      { method: 'gdas', deriveBy: 'projection' },
      'paper',
      ['deriveBy must be mixing for gdas, which draws mixing weights, got projection'],
    ],
    [
      { method: 'pc-darts', deriveBy: 'projection' },
      'paper',
      ['deriveBy must be mixing for pc-darts, which weighs edges, got projection'],
    ],
    [
      { method: 'fair-darts', deriveBy: 'projection' },
      'paper',
      ['deriveBy must be mixing for fair-darts, whose rule threshold_sparse is not top2, got projection'],
    ],
    [
      { method: 'darts', deriveBy: 'projection', partialChannels: 2 },
      'paper',
      ['partialChannels must be 1 if deriveBy is projection, got 2'],
    ],
    [
      { method: 'darts', deriveBy: 'projection', maxSkips: 2 },
      'paper',
      ['maxSkips must be null if deriveBy is projection, got 2'],
    ],
    [
      { method: 'darts-es', deriveBy: 'projection' },
      'paper',
      ['eigenvalueRise must be none if deriveBy is projection, got'],
    ],
    [
      { method: 'darts-plus', deriveBy: 'projection' },
      'paper',
      ['stopSkips must be null if deriveBy is projection, got 2'],
    ],
    [
      { method: 'darts', deriveBy: 'projection', weightsMixing: 'cells' },
      'paper',
      ['weightsMixing must not be cells if deriveBy is projection, got cells'],
    ],
    [
      { method: { ...darts, name: 'mine', primitives: ['none'] }, deriveBy: 'projection' },
      'paper',
      ['deriveBy must be mixing for mine, of which an edge has no operation but none, got projection'],
    ],
    [{ method: 'darts-pt', deriveBy: 'mixing' }, 'paper', ['deriveBy must be projection for darts-pt, got mixing']],
    [{ image: 13 }, 'paper', ['image', 'a multiple of 4 from 4 to 224', 'got 13']],
    [{ image: 228 }, 'paper', ['image', 'a multiple of 4 from 4 to 224', 'got 228']],
    [{ image: 2 }, 'paper', ['image', 'a multiple of 4 from 4 to 224', 'got 2']],
    [{ layers: 2 }, 'paper', ['layers', 'at least 3', 'got 2']],
    [{ trainSize: 255 }, 'paper', ['trainSize', 'mini-batch', '256', 'got 255']],
  ])('refuses %j', (input, preset, parts) => {
    const message = refusal(() => resolveSearchOptions(input, preset));
    for (const part of parts) expect(message).toContain(part);
    expect(message).not.toMatch(/\n|✖/);
  });

  it('projects at the paper’s pace: every fifth of 50 epochs, as large a share of others, at least every one', () => {
    const pace = (input: SearchOptionsInput, preset: PresetName) => resolveSearchOptions(input, preset).projectionEvery;
    expect(pace({ method: 'darts-pt' }, 'paper')).toBe(5);
    expect(pace({ method: 'darts-pt', epochs: 120 }, 'paper')).toBe(12);
    expect(pace({ method: 'darts-pt-blank' }, 'quick')).toBe(1);
    expect(pace({ method: 'sdarts-rs+dscd', deriveBy: 'projection' }, 'smoke')).toBe(1);
    expect(pace({ method: 'darts-pt', projectionEvery: 0 }, 'paper')).toBe(0);
    // Where there is none, the option has the value of the records that lack it.
    expect(pace({ method: 'darts' }, 'smoke')).toBe(LATER_OPTIONS.projectionEvery);
  });

  it('allows values at the edge of a rule', () => {
    expect(resolveSearchOptions({ discreteFrom: 0.75, epochs: 4 }).discreteFrom).toBe(0.75);
    expect(resolveSearchOptions({ alphaEvery: 6, alphaRest: 2 }, 'smoke')).toMatchObject({
      alphaEvery: 6,
      alphaRest: 2,
    });
    expect(resolveSearchOptions({ window: 21 }, 'paper').window).toBe(21);
    expect(resolveSearchOptions({ method: 'darts', trainSize: 128, batch: 64 }).trainSize).toBe(128);
  });

  it.each<[string, unknown]>([
    ['seed', -1],
    ['seed', 0.5],
    ['seed', 2 ** 53],
    ['epochs', 0],
    ['nodes', 11],
    ['batch', 1],
    ['trainSize', 1.5],
    ['evaluationSize', -1],
    ['weightsLearningRate', 0],
    ['weightsLearningRateEnd', -1e-3],
    ['momentum', 1],
    ['alphaBeta2', 1],
    ['alphaEvery', 0],
    ['alphaEvery', 1.5],
    ['alphaRest', -1],
    ['alphaRest', 0.5],
    ['proposalBatches', 0],
    ['proposalBatches', 17],
    ['dropPath', 1],
    ['freezeThreshold', -1.01],
    ['freezeThreshold', Number.POSITIVE_INFINITY],
    ['freezeWindow', 0],
    ['freeze', 'all'],
    ['dropPath', -0.1],
    ['cutout', 1.5],
    ['zeroOneRise', 1.01],
    ['discreteFrom', -0.1],
    ['zeroOneRise', -1],
    ['clipNorm', Number.POSITIVE_INFINITY],
    ['alphaLearningRate', Number.NaN],
    ['threshold', 1],
    ['threshold', 0],
    ['margin', -1],
    ['domain', [5, -5]],
    ['domain', [1, 1]],
    ['domain', [0]],
    ['workers', 65],
    ['workers', '2'],
    ['backend', 'gpu'],
    ['mode', 'both'],
    ['checkpointSeconds', 0],
    ['checkpointSeconds', 2_147_484],
    ['proposals', Number.MAX_SAFE_INTEGER],
    ['method', 'nas'],
    ['method', 'toString'],
  ])('refuses %s %j, in one line that names the option', (name, value) => {
    const message = refusal(() => resolveSearchOptions({ [name]: value } as SearchOptionsInput));
    expect(message).toMatch(new RegExp(`^${name} must [^\\n✖]+, got [^\\n]+$`));
  });

  it('names every option that is wrong', () => {
    const message = refusal(() => resolveSearchOptions({ epochs: 0, momentum: 2 }));
    expect(message).toContain('epochs must be a positive integer, got 0; ');
    expect(message).toContain('; momentum must be at least 0 and below 1, got 2');
  });

  it('refuses names it does not know', () => {
    expect(refusal(() => resolveSearchOptions({ foo: 1 } as SearchOptionsInput))).toContain('"foo"');
    const preset = refusal(() => resolveSearchOptions({}, 'huge' as PresetName));
    for (const part of [...PRESET_NAMES, '"huge"']) expect(preset).toContain(part);
    expect(refusal(() => resolveSearchOptions({}, 'constructor' as PresetName))).toContain('"constructor"');
  });
});

describe('readRecordedOptions', () => {
  const options = bindToData(resolveSearchOptions({ mode: 'joint', seed: 5, domain: [-3, 4] }, 'paper'), CIFAR10);

  it('gives back what was resolved, through JSON', () => {
    expect(readRecordedOptions(JSON.parse(JSON.stringify(options)))).toEqual(options);
  });

  it('refuses a record that lacks an option, whichever it is', () => {
    for (const name of Object.keys(options).filter((option) => !Object.hasOwn(LATER_OPTIONS, option))) {
      const { [name as keyof typeof options]: _, ...rest } = options;
      const message = refusal(() => readRecordedOptions(rest));
      expect(message).toContain('damaged');
      expect(message).toMatch(new RegExp(`${name} must [^;]+, got undefined`));
    }
  });

  it('takes one that lacks a later option, whose value then changes nothing', () => {
    for (const [name, value] of Object.entries(LATER_OPTIONS)) {
      const { [name as keyof typeof options]: resolved, ...rest } = options;
      expect(resolved).toBe(value);
      expect(readRecordedOptions(rest)).toEqual(options);
    }
  });

  it.each<[string, unknown, string]>([
    ['an unknown option', { ...options, foo: 1 }, '"foo"'],
    ['a value of another type', { ...options, epochs: '5' }, 'epochs'],
    ['a value out of range', { ...options, batch: 0 }, 'batch'],
    ['an unknown method', { ...options, method: 'nas' }, 'method'],
    ['options that contradict each other', { ...options, acceptance: 'window', onReject: 'return' }, 'joint'],
    ['no object', null, 'null'],
  ])('refuses %s', (_, recorded, part) => {
    expect(refusal(() => readRecordedOptions(recorded))).toContain(part);
  });
});

describe('a method of the caller’s own', () => {
  const half: SearchMethod = {
    ...fairDarts,
    name: 'half',
    defaults: { ...fairDarts.defaults, threshold: 0.5, batch: 48 },
  };

  it('is resolved with its own settings, and noted by its name', () => {
    const options = resolveSearchOptions({ method: half, epochs: 2 }, 'paper');
    expect(options).toEqual({
      ...resolveSearchOptions({ method: 'fair-darts', epochs: 2 }, 'paper'),
      ...{ method: 'half', threshold: 0.5, batch: 48 },
    });
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });

  it('keeps the rules of its parts', () => {
    const message = refusal(() => resolveSearchOptions({ method: half, proposals: 2 }));
    expect(message).toBe('proposals: without effect because half has no DSCD');
    expect(refusal(() => resolveSearchOptions({ method: half, threshold: null }))).toContain(
      'threshold must be a number',
    );
  });

  it('needs a name of its own', () => {
    expect(refusal(() => resolveSearchOptions({ method: { ...half, name: '' } }))).toBe(
      'a method must have a name, got ""',
    );
    expect(refusal(() => resolveSearchOptions({ method: { ...half, name: 'darts' } }))).toBe(
      'a method of your own must have a name of its own, got darts',
    );
    expect(resolveSearchOptions({ method: fairDarts })).toEqual(resolveSearchOptions({ method: 'fair-darts' }));
  });

  it('is needed again to read the record', () => {
    const options = bindToData(resolveSearchOptions({ method: half }), CIFAR10);
    const recorded = JSON.parse(JSON.stringify(options));
    expect(readRecordedOptions(recorded, half)).toEqual(options);
    expect(refusal(() => readRecordedOptions(recorded))).toBe(
      'method half is not one of this library: give the search that method as an object',
    );
    expect(refusal(() => readRecordedOptions(recorded, { ...half, name: 'third' }))).toBe(
      "the search's method is half, got third as the method of your own",
    );
    expect(refusal(() => readRecordedOptions(resolveSearchOptions(), half))).toContain('is fair-darts+dscd, got half');
    expect(refusal(() => readRecordedOptions({ ...recorded, minSteps: 0 }, half))).toContain('damaged: minSteps must');
  });
});

describe('idleOptions', () => {
  const idle = (options: Parameters<typeof idleOptions>[0]) => [...idleOptions(options).keys()].toSorted();
  const moves = [
    ...['alphaEvery', 'alphaGradient', 'alphaRest', 'eigenvalueRise', 'proposalBatches', 'stopSkips', 'zeroOneRise'],
  ];
  const steps = [
    'acceptance',
    'discreteFrom',
    'margin',
    'minSteps',
    'mode',
    'onReject',
    'proposals',
    'selection',
    'switch',
    'window',
  ];

  it.each([
    [{ method: 'darts' }, [...steps, 'domain', 'proposalBatches'].toSorted()],
    [{ method: 'random' }, [...steps, ...moves].toSorted()],
    [{ method: 'darts+dscd' }, []],
    [{ method: 'darts+dscd', dropPath: 0 }, ['cutout']],
    [{ method: 'darts+dscd', freeze: 'none' }, ['freezeThreshold', 'freezeWindow']],
    [{ method: 'darts+dscd', freeze: 'match' }, []],
    [{ dropPath: 0 }, []], // of a retraining
    [{ method: 'darts+dscd', acceptance: 'paired' }, ['window']],
    [{ method: 'darts+dscd', acceptance: 'never' }, ['selection']],
    [{ method: 'darts+dscd', acceptance: 'paired', mode: 'joint' }, ['minSteps', 'switch', 'window']],
    [{ deriveBy: 'mixing' }, ['projectionBatches', 'projectionCriterion', 'projectionEvery']],
    [{ deriveBy: 'projection' }, []],
    [{ engine: 'tfjs' }, ['threads']],
    [{ engine: 'webgpu' }, ['threads']],
    [{ method: 'mine', engine: 'cpu' }, []],
    [{}, []],
  ])('of %j are %j', (options, names) => {
    expect(idle(options)).toEqual(names);
  });

  it('are what resolveSearchOptions refuses', () => {
    const inputs: SearchOptionsInput[] = [
      { method: 'darts' },
      { method: 'random' },
      { acceptance: 'paired' },
      { acceptance: 'never' },
      { mode: 'joint' },
    ];
    for (const input of inputs) {
      const options = resolveSearchOptions(input);
      for (const name of idleOptions(options).keys()) {
        const given = { ...input, [name]: options[name as keyof typeof options] };
        expect(refusal(() => resolveSearchOptions(given as SearchOptionsInput))).toContain(`${name}: without effect`);
      }
    }
  });
});
