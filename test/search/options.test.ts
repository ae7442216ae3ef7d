import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEARCH_METHOD_NAMES } from '../../src/search/methods.ts';
import {
  iterationsPerEpoch,
  OptionsError,
  readRecordedOptions,
  resolveSearchOptions,
} from '../../src/search/options.ts';
import { type SearchOptionsInput, searchOptionsSchema } from '../../src/search/options-schema.ts';
import { PRESET_NAMES, type PresetName } from '../../src/search/presets.ts';

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
    });
  });
});

describe('resolveSearchOptions', () => {
  const cases = PRESET_NAMES.flatMap((preset) => SEARCH_METHOD_NAMES.map((method) => [preset, method] as const));

  it.each(cases)('%s, %s: complete, and stands on its own rules', (preset, method) => {
    const options = resolveSearchOptions({ method }, preset);
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

  it('takes undefined for not given', () => {
    const input = { batch: undefined, window: undefined, method: undefined } as unknown as SearchOptionsInput;
    expect(resolveSearchOptions(input)).toEqual(resolveSearchOptions());
  });

  it('lets paired acceptance stay after a rejected step, and joint mode take paired acceptance', () => {
    expect(resolveSearchOptions({ acceptance: 'paired' })).toMatchObject({ mode: 'alternating', onReject: 'stay' });
    expect(resolveSearchOptions({ mode: 'joint' })).toMatchObject({ acceptance: 'paired', onReject: 'stay' });
    expect(resolveSearchOptions({ mode: 'joint', margin: 1 }).margin).toBe(1);
    expect(resolveSearchOptions({ onReject: 'stay' })).toMatchObject({ acceptance: 'window', onReject: 'stay' });
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

  it.each<[SearchOptionsInput, PresetName, string[]]>([
    [{ method: 'darts', window: 100 }, 'paper', ['window', 'darts', 'only for methods with DSCD']],
    [{ method: 'random', mode: 'joint', proposals: 2 }, 'paper', ['mode, proposals', 'random']],
    [{ acceptance: 'paired', onReject: 'return' }, 'paper', ['onReject', 'stay', 'paired', 'got return']],
    [{ mode: 'joint', onReject: 'return' }, 'paper', ['onReject', 'stay', 'got return']],
    [{ margin: 1.5 }, 'paper', ['margin', 'acceptance', 'window', '1.5']],
    [{ mode: 'joint', acceptance: 'window' }, 'paper', ['joint', 'paired', 'got window']],
    [{ window: 20 }, 'paper', ['window', '2 * minSteps = 20', 'got 20']],
    [{ minSteps: 10 }, 'smoke', ['window', '2 * minSteps = 20', 'got 20']],
    [{ method: 'darts+dscd', threshold: 0.5 }, 'paper', ['threshold', 'darts+dscd', 'got 0.5']],
    [{ threshold: null }, 'paper', ['threshold', 'a number', 'threshold_sparse', 'got null']],
    [{ method: 'darts', zeroOneWeight: 1 }, 'paper', ['zeroOneWeight', '0', 'softmax', 'got 1']],
    [{ acceptance: 'paired', window: 100 }, 'paper', ['window', 'without effect', 'paired']],
    [{ mode: 'joint', window: 100 }, 'paper', ['window', 'without effect']],
    [{ mode: 'joint', minSteps: 5, switch: 'count' }, 'paper', ['minSteps, switch', 'without effect', 'joint']],
    [{ method: 'fair-darts', domain: [-3, 3] }, 'paper', ['domain', 'fair-darts']],
    [{ noiseBatches: 1 }, 'paper', ['noiseBatches', '0 or at least 2', 'got 1']],
    [{ domain: [5, -5] }, 'paper', ['domain must be LOW,HIGH with LOW < HIGH, got 5,-5']],
    [{ domain: ['a', 'b'] as unknown as [number, number] }, 'paper', ['LOW < HIGH, got a,b']],
    [{ channels: 3 }, 'paper', ['channels', 'even', 'got 3']],
    [{ image: 12 }, 'paper', ['image', '4, 8, 16 or 32', 'got 12']],
    [{ image: 64 }, 'paper', ['image', '4, 8, 16 or 32', 'got 64']],
    [{ image: 2 }, 'paper', ['image', '4, 8, 16 or 32', 'got 2']],
    [{ layers: 2 }, 'paper', ['layers', 'at least 3', 'got 2']],
    [{ trainSize: 255 }, 'paper', ['trainSize', 'mini-batch', '256', 'got 255']],
  ])('refuses %j', (input, preset, parts) => {
    const message = refusal(() => resolveSearchOptions(input, preset));
    for (const part of parts) expect(message).toContain(part);
    expect(message).not.toMatch(/\n|✖/);
  });

  it('allows a window at the rule’s edge', () => {
    expect(resolveSearchOptions({ window: 21 }).window).toBe(21);
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
    ['method', 'nas'],
    ['method', 'toString'],
  ])('refuses %s %j, in one line that names the option', (name, value) => {
    const message = refusal(() => resolveSearchOptions({ [name]: value } as SearchOptionsInput));
    expect(message).toMatch(new RegExp(`^${name}(:| must) [^\\n✖]+$`));
  });

  it('names every option that is wrong', () => {
    const message = refusal(() => resolveSearchOptions({ epochs: 0, momentum: 2 }));
    expect(message).toContain('epochs: ');
    expect(message).toContain('; momentum: ');
  });

  it('refuses names it does not know', () => {
    expect(refusal(() => resolveSearchOptions({ foo: 1 } as SearchOptionsInput))).toContain('"foo"');
    const preset = refusal(() => resolveSearchOptions({}, 'huge' as PresetName));
    for (const part of [...PRESET_NAMES, '"huge"']) expect(preset).toContain(part);
    expect(refusal(() => resolveSearchOptions({}, 'constructor' as PresetName))).toContain('"constructor"');
  });
});

describe('readRecordedOptions', () => {
  const options = resolveSearchOptions({ mode: 'joint', seed: 5, domain: [-3, 4] });

  it('gives back what was resolved, through JSON', () => {
    expect(readRecordedOptions(JSON.parse(JSON.stringify(options)))).toEqual(options);
  });

  it('refuses a record that lacks an option, whichever it is', () => {
    for (const name of Object.keys(options)) {
      const { [name as keyof typeof options]: _, ...rest } = options;
      const message = refusal(() => readRecordedOptions(rest));
      expect(message).toContain('damaged');
      expect(message).toMatch(new RegExp(`${name}(:| must) `));
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

describe('iterationsPerEpoch', () => {
  it('counts the whole mini-batches of one half', () => {
    expect(iterationsPerEpoch({ trainSize: 50_000, batch: 128 })).toBe(195);
    expect(iterationsPerEpoch({ trainSize: 96, batch: 8 })).toBe(6);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1e6 }), fc.integer({ min: 1, max: 1000 }), (trainSize, batch) => {
        const iterations = iterationsPerEpoch({ trainSize, batch });
        const half = Math.floor(trainSize / 2);
        expect(iterations * batch).toBeLessThanOrEqual(half);
        expect((iterations + 1) * batch).toBeGreaterThan(half);
      }),
    );
  });
});
