import { describe, expect, it } from 'vitest';
import { buildSupernet } from '../../src/network/supernet.ts';
import type { StepRequest } from '../../src/optimize/dscd/step.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { createAlphaOptimizer, setUpSearch } from '../../src/search/setup.ts';
import { alphaSize } from '../../src/space/alpha.ts';

const optimizerOf = (input: SearchOptionsInput) => {
  const options = resolveSearchOptions(input, 'smoke');
  return createAlphaOptimizer(options, setUpSearch(options));
};

describe('setUpSearch', () => {
  it.each(SEARCH_METHOD_NAMES)('%s: network, space and objective speak of the same primitives', (name) => {
    const options = resolveSearchOptions({ method: name }, 'paper');
    const { method, shape, network, objective } = setUpSearch(options);
    expect(method).toBe(SEARCH_METHODS[name]);
    expect(shape).toEqual({ nodes: 4, primitives: method.primitives });
    expect(objective).toEqual({ shape, relaxation: method.relaxation, zeroOneWeight: options.zeroOneWeight });
    const graph = buildSupernet(network);
    expect(2 * graph.mixing.edges * graph.mixing.primitives.length).toBe(alphaSize(shape));
  });

  it('passes the sizes on', () => {
    const sizes = { channels: 6, layers: 4, nodes: 3, image: 16, stemMultiplier: 2 };
    expect(setUpSearch(resolveSearchOptions(sizes)).network).toMatchObject(sizes);
  });
});

describe('createAlphaOptimizer', () => {
  it.each(SEARCH_METHOD_NAMES)('%s: takes the steps its method has, from its initial alpha', (method) => {
    const optimizer = optimizerOf({ method });
    const { alphaMoves, primitives } = SEARCH_METHODS[method];
    expect(optimizer.position.length).toBe(alphaSize({ nodes: 2, primitives }));
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
