import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countMacs, countParameters, estimateMemory } from '../../src/network/count.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import type { StepRequest } from '../../src/optimize/dscd/step.ts';
import { LATER_SEARCH_OPTIONS } from '../../src/options/later-options.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import {
  createAlphaOptimizer,
  estimateSearch,
  iterationsPerEpoch,
  type SearchEstimate,
  setUpSearch,
} from '../../src/search/setup.ts';
import type { Indicator } from '../../src/search/watches/indicators.ts';
import { alphaSize, mixingShape } from '../../src/space/alpha.ts';
import { isDrawn } from '../../src/space/drawn-relaxation.ts';
import { DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';

const optimizerOf = (input: SearchOptionsInput) => {
  const options = resolveSearchOptions(input, 'smoke');
  return createAlphaOptimizer(options, setUpSearch(options));
};

describe('setUpSearch', () => {
  it.each(SEARCH_METHOD_NAMES)('%s: network, space and objective speak of the same primitives', (name) => {
    const options = resolveSearchOptions({ method: name }, 'paper');
    const { method, shape, network, objective } = setUpSearch(options);
    expect(method).toBe(SEARCH_METHODS[name]);
    const edgeWeights = method.relaxation === 'edge-normalized' ? true : undefined;
    expect(shape).toEqual({ nodes: 4, primitives: method.primitives, edgeWeights });
    const { zeroOneWeight, zeroOneRise } = options;
    const partialChannels = options.partialChannels > 1 ? options.partialChannels : undefined;
    const { relaxation, temperature, auxiliarySkip = false } = method;
    const epochs = isDrawn(relaxation) ? options.epochs : undefined;
    expect(objective).toEqual({
      ...{ shape, relaxation, temperature, epochs, auxiliarySkip, partialChannels, zeroOneWeight, zeroOneRise },
    });
    const graph = buildSupernet(network);
    const others = Number(auxiliarySkip) + Number(options.partialChannels > 1);
    expect(2 * graph.mixing.edges * (graph.mixing.columns - others)).toBe(alphaSize(mixingShape(shape)));
  });

  it('drops edges only where drop-path has a chance', () => {
    const network = (input: SearchOptionsInput) => setUpSearch(resolveSearchOptions(input)).network;
    expect(network({ dropPath: 0 })).not.toHaveProperty('edgeDrops');
    expect(network({ dropPath: 0.2, cutout: 4 })).toEqual({ ...network({}), edgeDrops: true });
  });

  it('passes the sizes on', () => {
    const sizes = { channels: 6, layers: 4, nodes: 3, image: 16, stemMultiplier: 2 };
    expect(setUpSearch(resolveSearchOptions(sizes)).network).toMatchObject(sizes);
  });
});

describe('the defaults of a method', () => {
  const fitted = (input: SearchOptionsInput, preset: 'paper' | 'quick' | 'smoke') => {
    const { alphaRest, partialChannels } = resolveSearchOptions({ method: 'pc-darts', ...input }, preset);
    return [alphaRest, partialChannels];
  };

  it('have alpha rest for the same share of the epochs, and partial channels that the channels allow', () => {
    expect(fitted({}, 'paper')).toEqual([15, 4]);
    expect(fitted({}, 'quick')).toEqual([4, 4]);
    expect(fitted({}, 'smoke')).toEqual([0, 2]);
    expect(fitted({ channels: 6 }, 'smoke')).toEqual([0, 3]);
    expect(fitted({ channels: 2 }, 'smoke')).toEqual([0, 1]);
    expect(resolveSearchOptions({ method: 'darts' }, 'paper')).toMatchObject({ alphaRest: 0, partialChannels: 1 });
  });

  it('give way to what is given', () => {
    expect(fitted({ alphaRest: 0, partialChannels: 2 }, 'quick')).toEqual([0, 2]);
    expect(fitted({ alphaRest: 2, partialChannels: 1 }, 'smoke')).toEqual([2, 1]);
  });
});

describe('the defaults of a method in stages', () => {
  const fitted = (input: SearchOptionsInput, preset: 'paper' | 'quick' | 'smoke') => {
    const options = resolveSearchOptions({ method: 'drnas', ...input }, preset);
    const { stages, partialChannels, partialChannelsEnd, keptOperations, alphaRest } = options;
    return [stages, partialChannels, partialChannelsEnd, keptOperations, alphaRest];
  };

  it('have partial channels in both stages that the channels allow, in the method’s share', () => {
    expect(fitted({ channels: 24 }, 'paper')).toEqual([2, 6, 4, 4, 10]);
    expect(fitted({}, 'paper')).toEqual([2, 4, 2, 4, 10]);
    expect(fitted({}, 'quick')).toEqual([2, 4, 2, 4, 3]);
    expect(fitted({}, 'smoke')).toEqual([2, 2, 1, 4, 0]);
    expect(fitted({ channels: 6 }, 'smoke')).toEqual([2, 3, 1, 4, 0]);
    expect(fitted({ partialChannels: 2 }, 'quick')).toEqual([2, 2, 1, 4, 3]);
  });

  it('have no more operations kept than an edge has, and one stage in one epoch', () => {
    expect(fitted({ space: 's3' }, 'paper')).toEqual([2, 4, 2, 3, 10]);
    expect(fitted({ epochs: 1 }, 'smoke')).toEqual([1, 1, 1, 4, 0]);
  });

  it('are those of before where there is one stage', () => {
    const { stages, keptOperations, partialChannelsEnd, ...before } = LATER_SEARCH_OPTIONS;
    const options = resolveSearchOptions({ method: 'drnas', stages: 1 }, 'paper');
    expect(options).toMatchObject({ ...before, stages, keptOperations, partialChannelsEnd });
  });

  it('give way to what is given', () => {
    const given = { partialChannels: 4, partialChannelsEnd: 4, keptOperations: 2, alphaRest: 1 };
    expect(fitted(given, 'quick')).toEqual([2, 4, 4, 2, 1]);
  });
});

describe('a search in stages', () => {
  const stagesOf = (input: SearchOptionsInput, preset: 'paper' | 'smoke' = 'smoke') =>
    setUpSearch(resolveSearchOptions({ method: 'drnas', ...input }, preset)).stages;

  it('has a supernet for each half of the epochs, with the same columns but for the bypass', () => {
    const [first, second, ...more] = stagesOf({ epochs: 5 });
    expect(more).toEqual([]);
    expect(first).toMatchObject({ start: 0, epochs: 2, network: { partialChannels: 2 } });
    expect(second).toMatchObject({ start: 2, epochs: 3 });
    expect(second?.network.partialChannels ?? 1).toBe(1);
    const [narrow, wide] = [first, second].map((stage) => buildSupernet(stage!.network));
    expect(narrow!.mixing.columns - wide!.mixing.columns).toBe(1);
    expect(countParameters(wide!)).toBeGreaterThan(countParameters(narrow!));
  });

  it('is estimated by stages: what is pruned costs nothing, what is wider more', () => {
    const secondsOf = (input: SearchOptionsInput) => {
      const options = resolveSearchOptions({ method: 'drnas', alphaRest: 0, ...input }, 'quick');
      const estimate = estimateSearch(options, setUpSearch(options), { engine: 'cpu', backend: 'native', threads: 1 });
      return estimate.seconds as number;
    };
    const whole = secondsOf({ partialChannels: 4, partialChannelsEnd: 4, keptOperations: 7 });
    expect(whole).toBeCloseTo(secondsOf({ stages: 1, partialChannels: 4 }), 6);
    expect(secondsOf({ partialChannels: 4, partialChannelsEnd: 4, keptOperations: 2 })).toBeLessThan(whole);
    expect(secondsOf({ partialChannels: 4, partialChannelsEnd: 2, keptOperations: 7 })).toBeGreaterThan(whole);
  });
});

describe('createAlphaOptimizer', () => {
  it.each(SEARCH_METHOD_NAMES)('%s: takes the steps its method has, from its initial alpha', (method) => {
    const optimizer = optimizerOf({ method });
    const { alphaMoves } = SEARCH_METHODS[method];
    const { shape } = setUpSearch(resolveSearchOptions({ method }, 'smoke'));
    expect(optimizer.position.length).toBe(alphaSize(shape));
    const { local, dscd } = optimizer.save();
    expect([local !== null, dscd !== null]).toEqual([alphaMoves !== 'none', alphaMoves === 'local+global']);
    if (alphaMoves === 'local+global') expect(optimizer.ask('global', 0).proposals.length).toBe(1);
    else expect(() => optimizer.ask('global', 0)).toThrow('needs DSCD');
    expect(optimizerOf({ method }).position).toEqual(optimizer.position);
  });

  it('draws from the seed alone: the alphas of `random` and the proposals of DSCD', () => {
    const drawn = (seed: number): [Float64Array, StepRequest] => [
      optimizerOf({ method: 'random', seed }).position,
      optimizerOf({ seed }).ask('global', 0.5),
    ];
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(2)[0]).not.toEqual(drawn(1)[0]);
    expect(drawn(2)[1].proposals).not.toEqual(drawn(1)[1].proposals);
  });

  it('steps by Adam with the options’ rate and decay', () => {
    const step = (gradientOf: (alpha: number) => number) => {
      const optimizer = optimizerOf({ method: 'darts', alphaLearningRate: 0.01, alphaDecay: 0.5 });
      const before = optimizer.position.slice();
      const request = optimizer.ask('local', 0);
      optimizer.tell(request, { base: { loss: 1 }, gradient: before.map(gradientOf), proposals: [] });
      return { before, after: optimizer.position };
    };
    // Adam's first step is the rate in the direction of the gradient, whatever its size.
    const { before, after } = step(() => 3);
    for (const [i, alpha] of before.entries()) expect(after[i]).toBeCloseTo(alpha - 0.01, 8);
    // Where the gradient cancels the decay, nothing moves.
    const balanced = step((alpha) => -0.5 * alpha);
    expect(balanced.after).toEqual(balanced.before);
  });

  it('proposes as many values as the options ask, inside their domain', () => {
    const { proposals, base, perExample } = optimizerOf({
      proposals: 50,
      domain: [2, 3],
      acceptance: 'paired',
      margin: 1,
    }).ask('global', 0);
    expect(proposals.length).toBe(50);
    for (const { to } of proposals) {
      expect(to).toBeGreaterThanOrEqual(2);
      expect(to).toBeLessThanOrEqual(3);
    }
    expect([base, perExample]).toEqual([true, true]);
  });

  it('proposes ends of the domain from the progress of the options on', () => {
    const optimizer = optimizerOf({ proposals: 20, domain: [-4, 6], discreteFrom: 0.5 });
    const ends = (progress: number) =>
      optimizer.ask('global', progress).proposals.filter(({ to }) => to === -4 || to === 6);
    expect([ends(0.4).length, ends(0.5).length]).toEqual([0, 20]);
  });

  it('accepts by the window of the options', () => {
    const optimizer = optimizerOf({ window: 5, onReject: 'stay' });
    const take = (loss: number) => {
      const request = optimizer.ask('global', 0);
      return optimizer.tell(request, { proposals: [{ loss }] });
    };
    expect(take(1).accepted).toBe(0);
    for (let i = 0; i < 4; i++) expect(take(2).accepted).toBe(null);
    expect(take(1.5)).toMatchObject({ accepted: null, threshold: 1 });
    // The loss of 1 has left the window of five.
    expect(take(1.4)).toMatchObject({ accepted: 0, threshold: 1.5 });
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

function estimate(
  input: SearchOptionsInput,
  backend = 'wasm',
  engine: 'tfjs' | 'cpu' = 'tfjs',
  threads = 1,
): SearchEstimate {
  const options = resolveSearchOptions(input, 'smoke');
  return estimateSearch(options, setUpSearch(options), { engine, backend, threads });
}

const seconds = (input: SearchOptionsInput): number => estimate(input).seconds as number;

describe('estimateSearch', () => {
  it('counts the supernet that the search builds', () => {
    const graph = buildSupernet(setUpSearch(resolveSearchOptions({}, 'smoke')).network);
    const { parameters, macs, memoryBytes } = estimate({});
    expect(parameters).toBe(countParameters(graph));
    expect(macs).toBe(countMacs(graph));
    const { weightsBytes, activationBytes } = estimateMemory(graph, 8);
    expect(memoryBytes).toBeGreaterThan(weightsBytes + activationBytes);
  });

  it('needs more memory for larger mini-batches, by their activations', () => {
    const graph = buildSupernet(setUpSearch(resolveSearchOptions({}, 'smoke')).network);
    const more = estimateMemory(graph, 16).activationBytes - estimateMemory(graph, 8).activationBytes;
    expect(estimate({ batch: 16 }).memoryBytes - estimate({}).memoryBytes).toBe(more);
  });

  it('counts the tuning and its decisions, and fewer of them the fewer mini-batches they see', () => {
    const pt = (more: SearchOptionsInput) => seconds({ method: 'darts', deriveBy: 'projection', ...more });
    const plain = seconds({ method: 'darts', deriveBy: 'mixing' });
    const [long, short, quick] = [pt({}), pt({ projectionEvery: 0 }), pt({ projectionEvery: 0, projectionBatches: 1 })];
    expect(plain).toBeLessThan(quick);
    expect(quick).toBeLessThan(short);
    expect(short).toBeLessThan(long);
    expect(pt({ projectionBatches: 6 })).toBe(long); // an epoch has six
  });

  it('takes longer for more of anything', () => {
    const base = seconds({});
    for (const more of [{ epochs: 6 }, { trainSize: 192 }, { channels: 8 }, { evaluationSize: 48 }]) {
      expect(seconds(more), JSON.stringify(more)).toBeGreaterThan(base);
    }
    expect(seconds({ method: 'random' })).toBeLessThan(base);
    // Every epoch costs the same.
    const epoch = seconds({ epochs: 4 }) - base;
    expect(seconds({ epochs: 103 })).toBeCloseTo(base + 100 * epoch, 8);
  });

  it('counts what is evaluated: proposals, their base, the noises, the test set', () => {
    const { macs } = estimate({});
    const passes = (input: SearchOptionsInput, than: SearchOptionsInput = {}): number =>
      ((seconds(input) - seconds(than)) * 2.7e9) / macs;
    const [iterations, batch, epochs] = [18, 8, 3];
    expect(passes({ proposals: 5 })).toBeCloseTo((iterations * batch * 4) / 2, 4); // half the steps are global
    expect(passes({ acceptance: 'paired' })).toBeCloseTo((iterations * batch) / 2, 4);
    expect(passes({ acceptance: 'paired', proposalBatches: 3 })).toBeCloseTo((iterations * batch * 5) / 2, 4);
    expect(passes({ mode: 'joint', proposalBatches: 2 }, { mode: 'joint' })).toBeCloseTo(iterations * batch * 3, 4);
    expect(passes({ mode: 'joint', proposals: 3 }, { mode: 'joint' })).toBeCloseTo(iterations * batch * 2, 4);
    const still = { method: 'random', noiseBatches: 0 } as const;
    const onAlpha = (input: SearchOptionsInput) => passes({ ...input, noiseBatches: 0 }, still);
    expect(onAlpha({ alphaEvery: 3 })).toBeCloseTo(onAlpha({}) / 3, 4);
    expect(onAlpha({ alphaEvery: 2, alphaRest: 1 })).toBeCloseTo(onAlpha({}) / 3, 4); // half of two epochs of three
    expect(passes({ noiseBatches: 4 })).toBeCloseTo(epochs * 2 * batch * 3, 4);
    expect(passes({ noiseBatches: 99 }, { noiseBatches: 6 })).toBe(0); // an epoch has 6 mini-batches
    expect(passes({ evaluationSize: 0 }, { evaluationSize: 48 })).toBeCloseTo(10_000 - 48, 4);
    expect(seconds({ method: 'random', noiseBatches: 4 })).toBe(seconds({ method: 'random', noiseBatches: 0 }));
  });

  it('counts the passes of second order, and with DSCD the loss at w', () => {
    const added = (method: 'darts' | 'darts+dscd', share: number): number => {
      const unrolled = seconds({ method, alphaGradient: 'unrolled' }) - seconds({ method });
      return (unrolled * 2.7e9) / (estimate({ method }).macs * 18 * 8 * share);
    };
    // Steps on w cost 5.4 forward passes, and those on alpha 2.7.
    expect(added('darts', 1)).toBeCloseTo(2 * 5.4 + 2.7, 4);
    expect(added('darts+dscd', 1 / 2)).toBeCloseTo(2 * 5.4 + 2 * 2.7, 4);
    expect(seconds({ method: 'darts-2nd' })).toBe(seconds({ method: 'darts', alphaGradient: 'unrolled-plain' }));
  });

  it('counts the passes of attacks on mixing weights: seven moves, and both losses', () => {
    const { macs } = estimate({ method: 'darts' });
    const added = ((seconds({ method: 'sdarts-adv' }) - seconds({ method: 'sdarts-rs' })) * 2.7e9) / macs;
    expect(added).toBeCloseTo(18 * 8 * (7 * 2.7 + 2), 4);
  });

  it('counts the gradients of what is watched', () => {
    const { macs } = estimate({ method: 'darts' });
    const added = (watch: readonly Indicator[], more: SearchOptionsInput = {}): number => {
      const plain = { method: 'darts', ...more } as const;
      return ((seconds({ ...plain, watch }) - seconds(plain)) * 2.7e9) / (macs * 8 * 2.7);
    };
    expect(added(['skips'])).toBe(0);
    expect(added(['eigenvalue'])).toBeCloseTo(2 * 41, 4); // after the first epoch of three, and the last
    expect(added(['eigenvalue'], { epochs: 6 })).toBeCloseTo(4 * 41, 4);
    expect(added(['eigenvalue'], { eigenvalueRise: 'stop' })).toBe(0); // it is taken anyway
    const stopping = seconds({ method: 'darts-es' }) - seconds({ method: 'darts' });
    expect((stopping * 2.7e9) / (macs * 8 * 2.7)).toBeCloseTo(3 * 41, 4);
    expect(added(['distance'])).toBeCloseTo(3 * 2 * 4, 4);
    expect(added(['distance'], { trainSize: 32 })).toBeCloseTo(3 * 2 * 2, 4); // an epoch has two mini-batches
  });

  it('counts one operation an edge of a method that computes no other', () => {
    const macsOf = (primitives: readonly Primitive[]): number => {
      const { network } = setUpSearch(resolveSearchOptions({ method: 'darts' }, 'smoke'));
      return countMacs(buildSupernet({ ...network, primitives }));
    };
    const each = DARTS_PRIMITIVES.map((primitive) => macsOf([primitive]));
    const mean = each.reduce((sum, macs) => sum + macs, 0) / each.length;
    const all = macsOf(DARTS_PRIMITIVES);
    expect(seconds({ method: 'gdas' })).toBeCloseTo((seconds({ method: 'snas' }) * mean) / all, 8);
    expect(estimate({ method: 'gdas' }).macs).toBe(all);
  });

  it('knows the time of one iteration, which is most of a search without measuring', () => {
    const search = estimate({ epochs: 100, noiseBatches: 0, evaluationSize: 2 });
    expect((search.iterationSeconds as number) * 600).toBeLessThan(search.seconds as number);
    expect((search.iterationSeconds as number) * 600).toBeGreaterThan(0.9 * (search.seconds as number));
  });

  it('guesses no time for a backend whose speed it does not know', () => {
    expect(estimate({}, 'tensorflow')).toMatchObject({ seconds: null, parameters: estimate({}).parameters });
    expect(estimate({}, 'cpu').seconds).toBeGreaterThan(seconds({}));
    expect(estimate({}, 'native', 'cpu').seconds).toBeLessThan(seconds({}));
    expect(estimate({}, 'native', 'cpu', 2).seconds).toBe((estimate({}, 'native', 'cpu').seconds as number) / 2);
  });
});
