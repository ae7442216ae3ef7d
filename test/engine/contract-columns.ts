import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, MiniBatch, MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import { noiseValues } from '../../src/engine/noise.ts';
import { skippedNorms } from '../../src/engine/skipped-columns.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { SETTINGS } from './bench.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { initialState, mixingOf, randomMiniBatch, randomMixing, smallSupernet, unevenSupernet } from './fixtures.ts';
import { withDrops, withFactors } from './retrained-fixtures.ts';

/** The columns by which supernets differ: the auxiliary skip, noise, edges that are dropped, columns that are left out. */
export function describeColumns(name: string, create: CreateEngine, { image, exactZeros }: ContractSize): void {
  const start = async (graph: BlockGraph, state: NetworkState = initialState(graph)): Promise<Engine> => {
    const engine = await create(graph);
    onTestFinished(() => engine.dispose());
    await engine.restore(state);
    return engine;
  };

  describe(`${name}: the auxiliary skip at weight 0`, () => {
    const darts = smallSupernet({ primitives: DARTS_PRIMITIVES, image });
    const graph = smallSupernet({ primitives: DARTS_PRIMITIVES, image, auxiliarySkip: true });
    const miniBatch = randomMiniBatch(darts, 4, 1);
    const columns = DARTS_PRIMITIVES.length;
    const mixing = randomMixing(darts, 1);
    const withColumn = (matrix: Float32Array, value: number): Float32Array => {
      const rows = Array.from({ length: matrix.length / columns }, (_, i) =>
        matrix.subarray(i * columns, (i + 1) * columns),
      );
      return Float32Array.from(rows.flatMap((row) => [...row, value]));
    };
    const auxiliary = { normal: withColumn(mixing.normal, 0), reduce: withColumn(mixing.reduce, 0) };
    const isAuxiliary = (tensor: string): boolean => tensor.includes('.auxiliary_skip.');
    /** Two steps of each kind, with the gradient clipped; without the auxiliary skip's own. */
    const train = async (own: BlockGraph, at: MixingWeights): Promise<unknown> => {
      const engine = await start(own);
      const { gradient, ...losses } = await engine.mixingGradient(miniBatch, at);
      const steps = [];
      for (let i = 0; i < 2; i++) steps.push(await engine.weightsStep(miniBatch, at, { ...SETTINGS, clipNorm: 0.1 }));
      const { logits } = await engine.forward(miniBatch, at, { statistics: 'running' });
      const state = Object.entries(await engine.save()).map(([part, tensors]) => {
        const darts = Object.entries(tensors as NetworkState['weights']).filter(([tensor]) => !isAuxiliary(tensor));
        return [part, Object.fromEntries(darts)];
      });
      const isDarts = (i: number): boolean => i % own.mixing.columns < columns;
      const gradients = [gradient.normal, gradient.reduce].map((matrix) => matrix.filter((_, i) => isDarts(i)));
      return { losses, gradients, steps, logits, state: Object.fromEntries(state) };
    };

    it('leaves everything that DARTS has as it is', async () => {
      const [actual, expected] = [await train(graph, auxiliary), await train(darts, mixing)];
      if (exactZeros) expect(actual).toEqual(expected);
      else expectNear(numbersIn(actual), numbersIn(expected), 1e-5);
    });

    it('leaves it bit for bit if it is left out, and does not move', async () => {
      expect(await train(graph, { ...auxiliary, skipsZeros: true })).toEqual(await train(darts, mixing));
      const engine = await start(graph);
      await engine.weightsStep(miniBatch, { ...auxiliary, skipsZeros: true }, { ...SETTINGS, weightDecay: 0 });
      const { weights, statistics } = await engine.save();
      const { weights: before } = initialState(graph);
      const own = Object.keys(weights).filter(isAuxiliary);
      expect(own.length).toBe(2 * 8);
      for (const tensor of own) expect(weights[tensor]).toEqual(before[tensor]);
      for (const [tensor, values] of Object.entries(statistics).filter(([tensor]) => isAuxiliary(tensor))) {
        expect([...new Set(values)]).toEqual([tensor.endsWith('.mean') ? 0 : 1]);
      }
    });
  });

  describe(`${name}: noise`, () => {
    const graph = smallSupernet({ primitives: ['noise'], nodes: 1, channels: 6, image });
    const state = 'cells.0.states.2';
    const oneEdge = { ...mixingOf(graph, () => 1), normal: Float32Array.of(1, 0) };
    const made = async (engine: Engine, noise: MiniBatch['noise'], statistics: 'batch' | 'running' = 'batch') => {
      const { images, labels } = randomMiniBatch(graph, 9, 1);
      const miniBatch = { images, labels, ...(noise === undefined ? {} : { noise }) };
      const { activations } = await engine.forward(miniBatch, oneEdge, { statistics, activations: [state] });
      return activations[state] as Float32Array;
    };

    it('is what the seed gives, by any statistics, and new for another seed', async () => {
      const engine = await start(graph);
      const [[, expected] = []] = [...noiseValues(graph, 7, 9)];
      expect(await made(engine, 7)).toEqual(expected);
      expect(await made(engine, 7, 'running')).toEqual(expected);
      expect(await made(engine, 8)).not.toEqual(expected);
    });

    it('is the same if its values are handed over', async () => {
      const uneven = unevenSupernet({ image });
      const engine = await start(uneven);
      const miniBatch = randomMiniBatch(uneven, 5, 3);
      const mixing = randomMixing(uneven, 1);
      const values = Float32Array.from([...noiseValues(uneven, 3, 5)].flatMap(([, own]) => [...own]));
      const bySeed = await engine.mixingGradient(miniBatch, mixing);
      expect(await engine.mixingGradient({ ...miniBatch, noise: values }, mixing)).toEqual(bySeed);
      // In a mini-batch of other pictures, which the workspace of a larger one may serve.
      const first = { images: miniBatch.images.slice(0, 2 * image * image * 3), labels: miniBatch.labels.slice(0, 2) };
      const options = { statistics: 'running', activations: [state] } as const;
      const few = await engine.forward({ ...first, noise: 3 }, mixing, options);
      const all = await engine.forward(miniBatch, mixing, options);
      const length = few.activations[state]?.length ?? 0;
      expectNear(few.activations[state] ?? [], all.activations[state]?.slice(0, length) ?? [], 1e-5);
    });

    it('is refused if it is missing, no seed, or of another length', async () => {
      const engine = await start(graph);
      const length = 9 * 6 * image * image * 2;
      for (const noise of [undefined, -1, 2 ** 32, 0.5, new Float32Array(length)]) {
        await expect(made(engine, noise)).rejects.toThrow(
          /^noise must be a seed from 0 to 2\^32 - 1, or \d+ values, got /,
        );
      }
    });
  });

  describe(`${name}: drops of mixed edges`, () => {
    const graph = unevenSupernet({ image });
    const plain = unevenSupernet({ image, edgeDrops: false });
    const miniBatch = randomMiniBatch(graph, 4, 1);
    const mixing = randomMixing(graph, 1);

    it('that are all 1, or absent, change no bit', async () => {
      const run = async (own: BlockGraph, pictures: MiniBatch): Promise<unknown[]> => {
        const engine = await start(own);
        return [
          await engine.losses(pictures, [mixing], { perExample: true }),
          await engine.mixingGradient(pictures, mixing),
          await engine.weightsStep(pictures, mixing, SETTINGS),
          await engine.forward(pictures, mixing, { statistics: 'batch', activations: ['cells.1'] }),
          await engine.save(),
        ];
      };
      const expected = await run(plain, miniBatch);
      expect(await run(graph, miniBatch)).toEqual(expected);
      expect(
        await run(
          graph,
          withFactors(graph, miniBatch, () => 1),
        ),
      ).toEqual(expected);
    });

    it('multiply what an edge adds to its node for a picture', async () => {
      const engine = await start(graph);
      const [first, node] = ['cells.0.states.0', 'cells.0.states.2'] as const;
      const at = async (pictures: MiniBatch): Promise<Record<string, Float32Array>> => {
        const options = { statistics: 'batch', activations: [first, node] } as const;
        return (await engine.forward(pictures, mixing, options)).activations;
      };
      const [whole, part] = [
        await at(miniBatch),
        await at(withFactors(graph, miniBatch, (picture) => [1, 0, 2, 0.5][picture] as number)),
      ];
      expect(part[first]).toEqual(whole[first]);
      const each = (whole[node] as Float32Array).length / 4;
      const expected = whole[node]?.map((value, i) => value * ([1, 0, 2, 0.5][Math.floor(i / each)] as number) + 0);
      // Powers of two round nothing.
      expect(part[node]?.map((value) => value + 0)).toEqual(expected);
    });

    it('play no part by running statistics, and are refused by a wrong length', async () => {
      const engine = await start(graph);
      const dropped = withDrops(graph, miniBatch);
      const [one, other] = [dropped, miniBatch].map((own) => engine.forward(own, mixing, { statistics: 'running' }));
      expect(await one).toEqual(await other);
      const short = { ...dropped, drops: dropped.drops.slice(1) };
      await expect(engine.mixingGradient(short, mixing)).rejects.toThrow(RangeError);
      const without = await start(plain);
      await expect(without.mixingGradient(dropped, mixing)).rejects.toThrow('drops must have 0 factors');
    });
  });

  describe.each([
    ['', {}],
    [', partial channels', { partialChannels: 4, channels: 8 }],
  ])(`${name}: columns of weight 0 that are left out%s`, (_, options) => {
    const graph = unevenSupernet({ image, ...options });
    const miniBatch = withDrops(graph, randomMiniBatch(graph, 4, 1));
    // Every edge has columns of 0 and others; all operations occur among both.
    const sparse = (matrix: Float32Array, kept: number): Float32Array => matrix.map((m, i) => (i % 3 === kept ? m : 0));
    const random = randomMixing(graph, 1);

    it.each([0, 1, 2])('have no gradient and do not move; the rest is as it was: case %i', async (kept) => {
      const mixing = { normal: sparse(random.normal, kept), reduce: sparse(random.reduce, kept) };
      const skipping = { ...mixing, skipsZeros: true };
      const run = async (at: MixingWeights) => {
        const engine = await start(graph);
        const [alone] = await engine.losses(miniBatch, [at], { perExample: true });
        const { correct, gradient, loss, perExample } = await engine.mixingGradient(miniBatch, at);
        expect({ correct, loss, perExample }).toEqual(alone);
        const step = await engine.weightsStep(miniBatch, at, SETTINGS);
        const { weights, velocity, statistics } = await engine.save();
        return { gradient, statistics, rest: { loss, perExample, step, weights, velocity } };
      };
      const [made, skipped] = [await run(mixing), await run(skipping)];
      if (exactZeros) expect(skipped.rest).toEqual(made.rest);
      else expectNear(numbersIn(skipped.rest), numbersIn(made.rest), 1e-5);

      for (const kind of ['normal', 'reduce'] as const) {
        const expected = made.gradient[kind].map((value, i) => (mixing[kind][i] === 0 ? 0 : value));
        if (exactZeros) expect(skipped.gradient[kind]).toEqual(expected);
        else expectNear(skipped.gradient[kind], expected, 1e-5);
      }
      expect(made.gradient.normal.some((value, i) => value !== 0 && mixing.normal[i] === 0)).toBe(true);

      const still = skippedNorms(graph, skipping);
      expect(still.size).toBeGreaterThan(5);
      expect(still.size).toBeLessThan(graph.norms.length - 10);
      for (const { name: norm } of graph.norms) {
        const [mean, variance] = [
          skipped.statistics[`${norm}.mean`] ?? [],
          skipped.statistics[`${norm}.variance`] ?? [],
        ];
        if (still.has(norm)) {
          expect([new Set(mean), new Set(variance)]).toEqual([new Set([0]), new Set([1])]);
          expect([...(made.statistics[`${norm}.variance`] ?? [])].some((value) => value !== 1)).toBe(true);
        } else if (exactZeros) {
          expect([mean, variance]).toEqual([made.statistics[`${norm}.mean`], made.statistics[`${norm}.variance`]]);
        } else {
          expectNear(mean, made.statistics[`${norm}.mean`] ?? [], 1e-4);
          expectNear(variance, made.statistics[`${norm}.variance`] ?? [], 1e-4);
        }
      }
    });

    it('leave no trace of pictures before, however large', async () => {
      const mixing = { normal: sparse(random.normal, 0), reduce: sparse(random.reduce, 0), skipsZeros: true };
      const engine = await start(graph);
      const expected = await engine.mixingGradient(miniBatch, mixing);
      const huge = { ...miniBatch, images: miniBatch.images.map((value) => 3e38 * value) };
      await engine.weightGradients(huge, random);
      expect(await engine.mixingGradient(miniBatch, mixing)).toEqual(expected);
    });

    it('may be all: the classifier’s bias is left', async () => {
      const engine = await start(graph);
      const nothing = { ...mixingOf(graph, () => 0), skipsZeros: true };
      const { logits } = await engine.forward(miniBatch, nothing, { statistics: 'batch' });
      const bias = (await engine.save()).weights['classifier.bias'] as Float32Array;
      for (const [i, logit] of logits.entries()) expect(logit).toBe(bias[i % bias.length]);
      const { gradient, loss } = await engine.mixingGradient(miniBatch, nothing);
      expect(Number.isFinite(loss)).toBe(true);
      expect(new Set([...gradient.normal, ...gradient.reduce])).toEqual(new Set([0]));
    });
  });
}

/** All numbers in plain data, in order. */
function numbersIn(data: unknown): number[] {
  if (typeof data === 'number') return [data];
  if (data instanceof Float32Array) return [...data];
  return typeof data === 'object' && data !== null ? Object.values(data).flatMap(numbersIn) : [];
}

/** Within a share of the largest expected magnitude. */
function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, share: number): void {
  expect(actual.length).toBe(expected.length);
  let [largest, worst] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i] as number));
    worst = Math.max(worst, Math.abs((actual[i] as number) - (expected[i] as number)));
  }
  expect(worst).toBeLessThanOrEqual(share * largest);
}
