import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, MiniBatch, MixingWeights } from '../../src/engine/engine.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { shuffledChannels } from '../../src/network/partial-channels.ts';
import { evaluateNaively } from '../export/naive-network.ts';
import { randomState } from '../export/random-network.ts';
import { SETTINGS } from './bench.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import {
  initialState,
  mixingOf,
  moved,
  randomMiniBatch,
  randomMixing,
  smallSupernet,
  unevenSupernet,
} from './fixtures.ts';
import { type Maps, shuffledBypass } from './naive.ts';
import { withDrops, withFactors } from './retrained-fixtures.ts';

/** Partial channels: what passes by the operations, the shuffle, and that all calls say the same of them. */
export function describePartial(name: string, create: CreateEngine, { image }: ContractSize): void {
  const start = async (graph: BlockGraph): Promise<Engine> => {
    const engine = await create(graph);
    onTestFinished(() => engine.dispose());
    await engine.restore(initialState(graph));
    return engine;
  };
  const activationsOf = async (
    engine: Engine,
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    names: readonly string[],
  ) => {
    return (await engine.forward(miniBatch, mixing, { statistics: 'batch', activations: names })).activations;
  };

  describe.each([
    { partialChannels: 2, channels: 4 },
    { partialChannels: 4, channels: 8 },
    { partialChannels: 3, channels: 12 },
    // An odd number of mixed channels in normal cells.
    { partialChannels: 2, channels: 6 },
  ])(`${name}: $channels channels, of which 1 / $partialChannels are mixed`, ({ partialChannels, channels }) => {
    const options = { partialChannels, channels, image };
    const graph = smallSupernet({ ...options, primitives: ['skip_connect', 'max_pool_3x3', 'dil_conv_3x3'] });
    const last = graph.mixing.columns - 1;
    const miniBatch = randomMiniBatch(graph, 3, 1);

    it('the logits are the defined ones', async () => {
      const engine = await start(graph);
      const state = randomState(graph, 1);
      await engine.restore(state);
      const mixing = randomMixing(graph, 1);
      const { logits } = await engine.forward(miniBatch, mixing, { statistics: 'running' });
      const pixels = image * image;
      const channelsFirst = miniBatch.images.map((_, i) => {
        const [picture, channel, place] = [Math.floor(i / (3 * pixels)), Math.floor(i / pixels) % 3, i % pixels];
        return miniBatch.images[(picture * pixels + place) * 3 + channel] as number;
      });
      const expected = evaluateNaively(graph, state, channelsFirst, mixing);
      const largest = Math.max(...expected.map(Math.abs));
      // float32 rounding against float64
      for (const [i, logit] of logits.entries()) {
        expect(Math.abs(logit - (expected[i] as number))).toBeLessThan(1e-5 * largest);
      }
    });

    it('an edge that skips and passes by with weight 1 shuffles the channels', async () => {
      const engine = await start(graph);
      const edge = graph.mixing.columns;
      const ones = mixingOf(graph, () => 0);
      ones.normal.set([1, ...Array(edge - 2).fill(0), 1], 0);
      const [input, node] = ['cells.0.states.0', 'cells.0.states.2'] as const;
      const values = await activationsOf(engine, miniBatch, ones, [input, node]);
      const shuffled = shuffledChannels(channels, partialChannels);
      const expected = values[input]?.map((_, i) => {
        return values[input]?.[i - (i % channels) + (shuffled[i % channels] as number)] as number;
      });
      expect(values[node]?.map((value) => value + 0)).toEqual(expected?.map((value) => value + 0));
    });

    it.each([
      ['stride 1', 0],
      ['stride 2', 1],
    ])('bypasses alone add up what they pass, and 0 where channels are mixed: %s', async (_, cell) => {
      const engine = await start(graph);
      const bypass = mixingOf(graph, (column) => (column === last ? 0.5 : 0));
      const [one, other, node] = [0, 1, 2].map((state) => `cells.${cell}.states.${state}`) as [string, string, string];
      const spec = graph.blocks.find(({ output }) => output.name === one)?.output;
      const values = await activationsOf(engine, miniBatch, bypass, [one, other, node]);
      const maps = (of: string): Maps => ({
        ...(spec as NonNullable<typeof spec>),
        values: values[of] as Float32Array,
      });
      const stride = cell === 0 ? 1 : 2;
      const [a, b] = [one, other].map((of) => shuffledBypass(maps(of), partialChannels, stride).values);
      // Halves round nothing, and a sum of two once.
      expect(values[node]?.map((value) => value + 0)).toEqual(
        a?.map((value, i) => Math.fround(0.5 * value + 0.5 * (b?.[i] as number)) + 0),
      );
    });
  });

  describe(`${name}: partial channels with all else that edges may have`, () => {
    const graph = unevenSupernet({ image, channels: 8, partialChannels: 4 });
    const miniBatch = withDrops(graph, randomMiniBatch(graph, 4, 1));
    const mixing = randomMixing(graph, 1);
    const last = graph.mixing.columns - 1;

    it('all calls agree on the loss', async () => {
      const engine = await start(graph);
      const [alone = { loss: Number.NaN }] = await engine.losses(miniBatch, [mixing], { perExample: true });
      const forward = await engine.forward(miniBatch, mixing, { statistics: 'batch' });
      const gradient = await engine.mixingGradient(miniBatch, mixing);
      const step = await engine.weightsStep(miniBatch, mixing, SETTINGS);
      // The passes are the same; an engine may order their sums otherwise in float32.
      for (const { loss } of [forward, gradient, step]) expect(Math.abs(loss / alone.loss - 1)).toBeLessThan(1e-5);
      const { correct, loss, perExample } = gradient;
      expect({ correct, loss, perExample }).toEqual(alone);
    });

    it('a candidate that differs in a bypass has the loss that it has alone', async () => {
      const engine = await start(graph);
      const candidates = [
        mixing,
        moved(mixing, 'normal', last, 0.25),
        moved(mixing, 'reduce', 4 * graph.mixing.columns + last, -0.25),
        moved(mixing, 'normal', 3 * graph.mixing.columns, 0.25),
      ];
      const together = await engine.losses(miniBatch, candidates, { perExample: true });
      expect(new Set(together.map(({ loss }) => loss)).size).toBe(candidates.length);
      for (const [i, each] of candidates.entries()) {
        expect(await engine.losses(miniBatch, [each], { perExample: true })).toEqual([together[i]]);
      }
    });

    it('same calls, same bits, and saved and restored', async () => {
      const run = async (engine: Engine) => [
        await engine.weightsStep(miniBatch, mixing, SETTINGS),
        await engine.mixingGradient(miniBatch, mixing),
        await engine.forward(miniBatch, mixing, { statistics: 'running', activations: ['cells.0', 'cells.2'] }),
      ];
      const one = await start(graph);
      const first = await run(one);
      const saved = await one.save();
      const then = await run(one);
      const other = await start(graph);
      expect(await run(other)).toEqual(first);
      await other.restore(initialState(graph));
      await other.restore(saved);
      expect(await run(other)).toEqual(then);
    });

    it('drops multiply what passes by as well', async () => {
      const engine = await start(graph);
      const [node, pictures] = ['cells.0.states.2', randomMiniBatch(graph, 4, 1)];
      const factors = [1, 0, 2, 0.5];
      const dropped = withFactors(graph, pictures, (picture) => factors[picture] as number);
      const [whole, part] = [
        (await activationsOf(engine, pictures, mixing, [node]))[node] as Float32Array,
        (await activationsOf(engine, dropped, mixing, [node]))[node] as Float32Array,
      ];
      const each = whole.length / 4;
      // Powers of two round nothing.
      expect(part.map((value) => value + 0)).toEqual(
        whole.map((value, i) => value * (factors[Math.floor(i / each)] as number) + 0),
      );
    });
  });
}
