import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, GradientsOptions, MiniBatch } from '../../src/engine/engine.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { chooseChannels, choosingEdges } from '../../src/network/chosen-channels.ts';
import { GoldenCase } from '../../tools/golden/golden-case.ts';
import { checkSelected } from '../../tools/golden/method-check.ts';
import { evaluateNaively } from '../export/naive-network.ts';
import { randomState } from '../export/random-network.ts';
import { SETTINGS } from './bench.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { initialState, randomMiniBatch, randomMixing, smallSupernet, unevenSupernet } from './fixtures.ts';
import { withDrops } from './retrained-fixtures.ts';

/** Random channels: each edge mixes those that come with the mini-batch, and all keep their places. */
export function describeChosen(name: string, create: CreateEngine, { image, exactZeros }: ContractSize): void {
  const start = async (graph: BlockGraph): Promise<Engine> => {
    const engine = await create(graph);
    onTestFinished(() => engine.dispose());
    await engine.restore(initialState(graph));
    return engine;
  };

  describe(`${name}: random channels`, () => {
    const graph = unevenSupernet({ image, channels: 4, partialChannels: 2, channelChoice: 'random' });
    const miniBatch = withDrops(graph, randomMiniBatch(graph, 3, 1));
    const mixing = randomMixing(graph, 1);

    it('agree with PyTorch', async () => {
      const golden = new GoldenCase('test/golden/methods/pc-darts-a');
      const engine = await start(golden.graph('random'));
      const errors = Object.entries(await checkSelected(golden, engine));
      expect(errors).toHaveLength(8);
      for (const [tensor, error] of errors) expect(error, tensor).toBeLessThan(golden.tolerance(tensor));
    });

    it.each([
      ['the defined logits, those of a seed', { partialChannels: 3, channels: 12 }, 'seed'],
      ['those of the form of first channels without its shuffle, if they are the first', { channels: 8 }, 'first'],
    ] as const)('have %s', async (_, sizes, which) => {
      const options = { partialChannels: 2, ...sizes, image } as const;
      const primitives = ['skip_connect', 'max_pool_3x3', 'dil_conv_3x3'] as const;
      const [own, first] = (['random', 'first'] as const).map((channelChoice) => {
        return smallSupernet({ ...options, primitives, channelChoice });
      }) as [BlockGraph, BlockGraph];
      const pictures = randomMiniBatch(own, 2, 1);
      const channels = which === 'seed' ? (pictures.channels as number) : firstChannels(own);
      const engine = await start(own);
      const [state, at] = [randomState(own, 1), randomMixing(own, 1)];
      await engine.restore(state);
      const { logits } = await engine.forward({ ...pictures, channels }, at, { statistics: 'running' });
      const form = which === 'seed' ? { channels: chooseChannels(own, channels) } : { shuffles: false };
      const expected = evaluateNaively(which === 'seed' ? own : first, state, channelsFirst(pictures, image), at, form);
      // float32 rounding against float64
      expectNear(logits, expected, 1e-5);
    });

    it('are those of the seed in all calls, and the same if their numbers are handed over', async () => {
      const engine = await start(graph);
      const [alone = { loss: Number.NaN }] = await engine.losses(miniBatch, [mixing], { perExample: true });
      const { gradient, correct, loss, perExample } = await engine.mixingGradient(miniBatch, mixing);
      expect({ correct, loss, perExample }).toEqual(alone);
      const seed = miniBatch.channels as number;
      const numbers = Uint16Array.from([...chooseChannels(graph, seed).values()].flatMap((own) => [...own]));
      const handed = await engine.mixingGradient({ ...miniBatch, channels: numbers }, mixing);
      expect(handed).toEqual({ gradient, correct, loss, perExample });
      const other = await engine.mixingGradient({ ...miniBatch, channels: seed + 1 }, mixing);
      expect(other.loss).not.toBe(loss);
      const { loss: batch } = await engine.forward(miniBatch, mixing, { statistics: 'batch' });
      // The passes are the same; an engine may order their sums otherwise in float32.
      expect(Math.abs(batch / loss - 1)).toBeLessThan(1e-5);
    });

    it('leave a candidate the loss that it has alone', async () => {
      const engine = await start(graph);
      const change = (position: number) => ({
        ...mixing,
        normal: mixing.normal.map((m, i) => (i === position ? 1 : m)),
      });
      const candidates = [mixing, change(graph.mixing.columns - 1), change(3 * graph.mixing.columns + 1)];
      const together = await engine.losses(miniBatch, candidates, { perExample: true });
      expect(new Set(together.map(({ loss }) => loss)).size).toBe(candidates.length);
      for (const [i, each] of candidates.entries()) {
        expect(await engine.losses(miniBatch, [each], { perExample: true })).toEqual([together[i]]);
      }
    });

    it('lead to the same bits after other draws, and saved and restored', async () => {
      const run = async (engine: Engine) => [
        await engine.weightsStep(miniBatch, mixing, SETTINGS),
        await engine.forward(miniBatch, mixing, { statistics: 'running', activations: ['cells.0', 'cells.2'] }),
        await engine.save(),
      ];
      const one = await start(graph);
      await one.weightsStep({ ...miniBatch, channels: 2 ** 32 - 1 }, mixing, SETTINGS);
      const saved = await one.save();
      const expected = await run(one);
      const other = await start(graph);
      await other.restore(saved);
      expect(await run(other)).toEqual(expected);
    });

    it('held to their kinks make losses whose slopes are the gradients', async () => {
      const engine = await start(graph);
      const free = await engine.gradients(miniBatch, mixing, { kinks: 'keep', weightsInto: 'g' });
      const own = await engine.weightGradients(miniBatch, mixing);
      const lossOf = async (at: GradientsOptions['at'], mixed = mixing): Promise<number> => {
        return (await engine.gradients(miniBatch, mixed, { kinks: 'hold', ...(at && { at }) })).loss;
      };
      // Of another draw: a direction of its own.
      const apart = { ...miniBatch, channels: 7 };
      await engine.gradients(apart, mixing, { weightsInto: 'd' });
      const direction = await engine.weightGradients(apart, mixing);
      const product = Object.entries(own).reduce((sum, [tensor, values]) => {
        return values.reduce((part, g, i) => part + g * (direction[tensor]?.[i] as number), sum);
      }, 0);
      const length = await engine.vectorNorm('d');
      const along = (distance: number) => lossOf({ weights: 1, d: distance / length });
      expectSlope((await along(STEP)) - (await along(-STEP)), product / length, await engine.vectorNorm('g'));

      for (const seed of [1, 2]) {
        const ways = randomMixing(graph, seed);
        const to = (sign: number) => ({
          normal: mixing.normal.map((m, i) => m + sign * STEP * ((ways.normal[i] as number) - 0.5)),
          reduce: mixing.reduce.map((m, i) => m + sign * STEP * ((ways.reduce[i] as number) - 0.5)),
        });
        const slope = (['normal', 'reduce'] as const).reduce((sum, kind) => {
          return free.gradient[kind].reduce((part, g, i) => part + g * ((ways[kind][i] as number) - 0.5), sum);
        }, 0);
        const norm = Math.hypot(...free.gradient.normal, ...free.gradient.reduce);
        expectSlope((await lossOf(undefined, to(1))) - (await lossOf(undefined, to(-1))), slope, norm);
      }
    });

    it('have columns of weight 0 left out, which have no gradient', async () => {
      const engine = await start(graph);
      const sparse = (matrix: Float32Array): Float32Array => matrix.map((m, i) => (i % 3 === 1 ? m : 0));
      const at = { normal: sparse(mixing.normal), reduce: sparse(mixing.reduce) };
      const [made, skipped] = [
        await engine.mixingGradient(miniBatch, at),
        await engine.mixingGradient(miniBatch, { ...at, skipsZeros: true }),
      ];
      if (exactZeros) expect(skipped.perExample).toEqual(made.perExample);
      else expectNear(skipped.perExample, made.perExample, 1e-5);
      for (const kind of ['normal', 'reduce'] as const) {
        expectNear(
          skipped.gradient[kind],
          made.gradient[kind].map((g, i) => (at[kind][i] === 0 ? 0 : g)),
          exactZeros ? 0 : 1e-5,
        );
      }
    });

    it('are refused if they are missing, no seed, of another number, or do not rise', async () => {
      const engine = await start(graph);
      const { channels: _, ...without } = miniBatch;
      const run = (own: MiniBatch) => engine.losses(own, [mixing], { perExample: false });
      await expect(run(without)).rejects.toThrow(/^channels must be a seed from 0 to 2\^32 - 1, or \d+ numbers, got /);
      for (const channels of [-1, 2 ** 32, 0.5, new Uint16Array(1)]) {
        await expect(run({ ...miniBatch, channels })).rejects.toThrow(/^channels must be a seed/);
      }
      const numbers = firstChannels(graph);
      numbers[1] = 0;
      const message = 'the channels of an edge must rise, below 4, got 0, 0';
      await expect(run({ ...miniBatch, channels: numbers })).rejects.toThrow(message);
      numbers[1] = 4;
      await expect(run({ ...miniBatch, channels: numbers })).rejects.toThrow('must rise, below 4, got 0, 4');
    });
  });
}

/** Distance of differences: rounding of the losses over it is some 1e-4. */
const STEP = 3e-3;

/** @param norm of the gradient: what a slope is large against */
function expectSlope(difference: number, expected: number, norm: number): void {
  expect(Math.abs(difference / (2 * STEP) - expected)).toBeLessThan(3e-3 * Math.max(1, norm));
}

/** The first channels of every edge. */
function firstChannels(graph: BlockGraph): Uint16Array {
  return Uint16Array.from([...choosingEdges(graph).values()].flatMap(({ mixed }) => [...Array(mixed).keys()]));
}

/** Pictures as `[batch, channels, height, width]`. */
function channelsFirst({ images }: MiniBatch, image: number): Float32Array {
  const pixels = image * image;
  return images.map((_, i) => {
    const [picture, channel, place] = [Math.floor(i / (3 * pixels)), Math.floor(i / pixels) % 3, i % pixels];
    return images[(picture * pixels + place) * 3 + channel] as number;
  });
}

/** Within a share of the largest expected magnitude. */
function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, share: number): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs((actual[i] as number) - (expected[i] as number))).toBeLessThanOrEqual(share * largest);
  }
}
