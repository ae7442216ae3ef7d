import { describe, expect, it } from 'vitest';
import { createCpuEngine } from '../../src/engine/cpu/cpu-engine.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import { widenNetwork } from '../../src/engine/widen-network.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';
import { initialState, mixingOf, randomMiniBatch, smallSupernet } from './fixtures.ts';

const graphOf = (partialChannels: number, primitives: readonly Primitive[] = DARTS_PRIMITIVES): BlockGraph =>
  smallSupernet({ channels: 12, partialChannels, primitives });

/** A state in which every entry of every tensor is another number. */
function numberedState({ weights, norms }: BlockGraph): NetworkState {
  let next = 1;
  const numbers = (length: number) => Float32Array.from({ length }, () => next++);
  const tensors = () =>
    Object.fromEntries(
      weights.map(({ name, shape }) => [name, numbers(shape.reduce((size, length) => size * length))]),
    );
  const statistics = norms.flatMap(({ name, channels }) => [
    [`${name}.mean`, numbers(channels)] as const,
    [`${name}.variance`, numbers(channels)] as const,
  ]);
  return { weights: tensors(), velocity: tensors(), statistics: Object.fromEntries(statistics) };
}

describe('widening a supernet', () => {
  const [narrow, wide] = [graphOf(3), graphOf(2)];
  const state = numberedState(narrow);
  const widened = widenNetwork(narrow, wide, state, 1);
  const shapes = new Map(narrow.weights.map(({ name, shape }) => [name, shape]));
  /** The old number of each filter's first input and first output of a tensor: its channels, if they were copied whole. */
  const channelsOf = (name: string, tensors: NetworkState['weights'] = widened.weights) => {
    const [out = 0, inputs = 1, height = 1, width = 1] = shapes.get(name)!;
    const [wider = 0, widerInputs = 1] = wide.weights.find((weight) => weight.name === name)!.shape;
    const [old, values] = [state[tensors === widened.velocity ? 'velocity' : 'weights'][name]!, tensors[name]!];
    const kernel = height * width;
    const places = new Map(Array.from(old, (value, place) => [value, place]));
    const filters = Array.from({ length: wider * widerInputs }, (_, i) => {
      const place = places.get(values[i * kernel]!)!;
      expect(Array.from({ length: kernel }, (_, j) => values[i * kernel + j])).toEqual(
        Array.from({ length: kernel }, (_, j) => old[place + j]),
      );
      return [Math.floor(place / kernel / inputs), (place / kernel) % inputs];
    });
    expect(Math.max(...filters.map(([channel]) => channel!))).toBeLessThan(out);
    return {
      out: Array.from({ length: wider }, (_, i) => filters[i * widerInputs]![0]!),
      in: Array.from({ length: widerInputs }, (_, i) => filters[i]![1]!),
      filters,
      width: widerInputs,
    };
  };

  it('fits the wider one, and copies whole channels: the first are the old ones in their order', () => {
    for (const { name, shape } of wide.weights) {
      expect(widened.weights[name]).toHaveLength(shape.reduce((size, length) => size * length));
      const channels = channelsOf(name);
      const [out = 0, inputs = 1] = shapes.get(name)!;
      expect(channels.out.slice(0, out)).toEqual(Array.from({ length: out }, (_, i) => i));
      expect(channels.in.slice(0, inputs)).toEqual(Array.from({ length: inputs }, (_, i) => i));
      // Every entry is that of its output and its input: nothing is rescaled, nothing is new.
      for (const [i, filter] of channels.filters.entries()) {
        expect(filter).toEqual([channels.out[Math.floor(i / channels.width)], channels.in[i % channels.width]]);
      }
    }
  });

  it('copies the velocity of the same channels', () => {
    for (const { name } of wide.weights) expect(channelsOf(name, widened.velocity)).toEqual(channelsOf(name));
    expect(widenNetwork(narrow, wide, { ...state, velocity: {} }, 1)).toEqual({ ...widened, velocity: {} });
  });

  it('has a pointwise convolution read what its depthwise one copied, and batch norms follow their outputs', () => {
    const unit = 'cells.0.edges.0.sep_conv_3x3';
    expect(channelsOf(`${unit}.pw1.weight`).in).toEqual(channelsOf(`${unit}.dw1.weight`).out);
    expect(channelsOf(`${unit}.pw2.weight`).in).toEqual(channelsOf(`${unit}.dw2.weight`).out);
    const follows = (norm: string, out: readonly number[]) => {
      for (const part of ['mean', 'variance']) {
        const old = state.statistics[`${norm}.${part}`]!;
        expect([...widened.statistics[`${norm}.${part}`]!]).toEqual(out.map((channel) => old[channel]));
      }
    };
    follows(`${unit}.bn2`, channelsOf(`${unit}.pw2.weight`).out);
    // The two halves of a halving stand side by side. Channels are 8 of 24 in the reduction cell, then 12.
    const halving = 'cells.1.edges.0.skip_connect';
    const [a, b] = [channelsOf(`${halving}.conv_a.weight`).out, channelsOf(`${halving}.conv_b.weight`).out];
    follows(`${halving}.bn`, [...a, ...b.map((channel) => channel + 4)]);
    expect(widened.statistics['cells.0.edges.0.max_pool_3x3.bn.mean']!.slice(0, 4)).toEqual(
      state.statistics['cells.0.edges.0.max_pool_3x3.bn.mean'],
    );
  });

  it('leaves all but the operations of edges as it is', () => {
    for (const { name, shape } of wide.weights) {
      if (name.includes('.edges.')) continue;
      expect(shape).toEqual(shapes.get(name));
      expect(widened.weights[name]).toEqual(state.weights[name]);
    }
  });

  it('chooses by the seed alone, and copies everything if nothing is wider', () => {
    expect(widenNetwork(narrow, wide, state, 1)).toEqual(widened);
    expect(widenNetwork(narrow, wide, state, 2)).not.toEqual(widened);
    expect(widenNetwork(narrow, graphOf(3), state, 1)).toEqual(state);
    expect(() => widenNetwork(wide, narrow, widened, 1)).toThrow('6 channels cannot be widened to 4');
    expect(() => widenNetwork(narrow, graphOf(2, ['skip_connect']), state, 1)).toThrow(RangeError);
    expect(() => widenNetwork(narrow, smallSupernet({ channels: 24 }), state, 1)).toThrow(RangeError);
  });
});

it('operations make of their old channels what they made, if there is nothing in the new ones', async () => {
  // A dilated convolution of zeros is 0; a separable one sees the copies of its own middle.
  const primitives = ['max_pool_3x3', 'avg_pool_3x3', 'skip_connect', 'dil_conv_3x3', 'dil_conv_5x5'] as const;
  const [narrow, wide] = [graphOf(3, primitives), graphOf(1, primitives)];
  const engine = await createCpuEngine(narrow, { threads: 1 });
  const state = initialState(narrow);
  for (const input of [0, 1]) {
    const weight = state.weights[`cells.0.preprocess${input}.conv.weight`]!;
    weight.fill(0, (4 * weight.length) / 12);
  }
  await engine.restore(state);
  const wider = await createCpuEngine(wide, { threads: 1 });
  await wider.restore(widenNetwork(narrow, wide, state, 5));
  const miniBatch = randomMiniBatch(narrow, 3, 1);
  const node = 'cells.0.states.2';
  const [before, after] = await Promise.all(
    ([engine, wider] as const).map(async (each, i) => {
      const mixing = mixingOf(i === 0 ? narrow : wide, (column) => 0.1 + column / 10);
      const options = { statistics: 'batch', activations: [node] } as const;
      return (await each.forward(miniBatch, mixing, options)).activations[node]!;
    }),
  );
  // Of 12 channels the first 4 are mixed, and the shuffle spreads them over every third.
  const [mixed, same] = [before!.filter((_, i) => (i % 12) % 3 === 0), after!.filter((_, i) => i % 12 < 4)];
  expect(mixed.some((value) => Math.abs(value) > 0.1)).toBe(true);
  for (const [i, value] of mixed.entries()) expect(same[i]).toBeCloseTo(value, 5);
  engine.dispose();
  wider.dispose();
});
