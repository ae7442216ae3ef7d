import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, GradientsOptions, MiniBatch, NetworkState } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { SETTINGS } from './bench.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { expectSlope } from './contract-gradients.ts';
import { initialState, moved, randomMiniBatch, randomMixing, unevenSupernet } from './fixtures.ts';
import { withDrops } from './retrained-fixtures.ts';

/** Gradients elsewhere than at the weights, the vectors that an engine keeps, and weights that rest. */
export function describeVectors(name: string, create: CreateEngine, { image }: ContractSize): void {
  const graph = unevenSupernet({ image });
  const [one, other] = [withDrops(graph, randomMiniBatch(graph, 6, 1)), randomMiniBatch(graph, 4, 2)];
  const mixing = randomMixing(graph, 1);
  const start = async (state: NetworkState = initialState(graph)): Promise<Engine> => {
    const engine = await create(graph);
    onTestFinished(() => engine.dispose());
    await engine.restore(state);
    return engine;
  };
  /** A state in which every batch norm has statistics of its own, those of the edges of one pool too. */
  const lived = (): NetworkState => {
    const random = Random.fromSeed(1, 'statistics');
    const drawn = (channels: number, least: number): Float32Array => {
      return Float32Array.from({ length: channels }, () => least + random.uniform());
    };
    const statistics = graph.norms.flatMap(({ name, channels }) => [
      [`${name}.mean`, drawn(channels, -0.5)],
      [`${name}.variance`, drawn(channels, 0.5)],
    ]);
    return { ...initialState(graph), statistics: Object.fromEntries(statistics) };
  };

  describe(`${name}: gradients`, () => {
    it('has the bits of mixingGradient, and changes nothing', async () => {
      const engine = await start();
      const before = await engine.save();
      const made = await engine.gradients(one, mixing);
      expect(await engine.save()).toEqual(before);
      expect(await engine.gradients(one, mixing, { weightsInto: 'g' })).toEqual(made);
      expect(await engine.save()).toEqual(before);
      expect(await engine.mixingGradient(one, mixing)).toEqual(made);
    });

    it('moves the running statistics as mixingGradient does, if asked', async () => {
      const [engine, expected] = [await start(), await start()];
      await engine.gradients(one, mixing, { moves: true });
      await expected.mixingGradient(one, mixing);
      expect(await engine.save()).toEqual(await expected.save());
    });

    it('runs at a sum of vectors as if the weights were there, and leaves the weights', async () => {
      const engine = await start();
      await engine.weightsStep(one, mixing, SETTINGS);
      const state = await engine.save();
      const gradient = await engine.weightGradients(one, mixing);
      await engine.gradients(one, mixing, { weightsInto: 'g' });
      const factors = { weights: 0.99, velocity: -0.2, g: -0.1 };
      const there = Object.entries(state.weights).map(([tensor, w]) => {
        const [v, g] = [state.velocity[tensor] ?? [], gradient[tensor] ?? []];
        return [tensor, w.map((_, i) => 0.99 * w[i]! - 0.2 * v[i]! - 0.1 * g[i]!)];
      });
      const actual = await engine.gradients(other, mixing, { at: factors });
      const here = await engine.gradients(other, mixing);
      expect(await engine.save()).toEqual(state);
      await engine.restore({ ...state, weights: Object.fromEntries(there) });
      expect(actual).toEqual(await engine.mixingGradient(other, mixing));
      await engine.restore(state);
      expect(here).toEqual(await engine.mixingGradient(other, mixing));
    });

    it.each(['batch', 'running'] as const)('is the slope of the loss by %s statistics', async (statistics) => {
      const engine = await start(lived());
      // By running statistics nothing is dropped, and the loss is that of `forward`.
      const options = { statistics, weightsInto: 'g' } as const;
      const { loss, gradient } = await engine.gradients(one, mixing, options);
      const answer = await engine.forward(one, mixing, { statistics });
      expect(loss).toBeCloseTo(answer.loss, 5);
      const scale = Math.max(...gradient.normal.map(Math.abs), ...gradient.reduce.map(Math.abs));
      for (const kind of ['normal', 'reduce'] as const) {
        for (let position = 0; position < mixing[kind].length; position++) {
          const lossAt = async (change: number): Promise<number> => {
            return (await engine.forward(one, moved(mixing, kind, position, change), { statistics })).loss;
          };
          // As for mixingGradient.
          await expectSlope(`${kind} ${position}`, lossAt, gradient[kind][position]!, { scale, tolerance: 0.01 });
        }
      }
      // Along the gradient in the weights the loss rises by the square of its norm.
      const norm = await engine.vectorNorm('g');
      const along = async (distance: number): Promise<number> => {
        return (await engine.gradients(one, mixing, { statistics, at: { weights: 1, g: distance / norm } })).loss;
      };
      await expectSlope('weights', along, norm, { scale: norm, tolerance: 0.03 });
    });

    it('by running statistics does not depend on the other pictures, nor on mini-batches before', async () => {
      const [engine, fresh] = [await start(lived()), await start(lived())];
      await engine.gradients(one, mixing);
      await engine.losses(randomMiniBatch(graph, 8, 3), [mixing], { perExample: false });
      const run = (own: Engine) => own.gradients(other, mixing, { statistics: 'running' });
      expect(await run(engine)).toEqual(await run(fresh));
      expect(await engine.gradients(one, mixing)).toEqual(await fresh.gradients(one, mixing));
    });

    it.each([
      [{ at: { weights: 1, g: 1 } }, 'a vector must have been kept to be used, got g'],
      [{ at: { weights: Number.NaN } }, 'the factor of weights must be finite, got NaN'],
      [{ weightsInto: 'velocity' }, 'weightsInto must name another vector than the network’s own, got velocity'],
      [{ weightsInto: '' }, 'weightsInto must be a name, got ""'],
      [{ statistics: 'running', moves: true }, 'only a pass by batch statistics moves any'],
      [{ kinks: 'mine' }, 'kinks must be free, keep or hold, got mine'],
      [{ statistics: 'running', kinks: 'hold' }, 'kinks must be free in a pass by running statistics, got hold'],
      [{ statistics: 'mine' }, 'statistics must be batch or running, got mine'],
    ])('refuses %j', async (options, message) => {
      const engine = await start();
      const call = engine.gradients(one, mixing, options as GradientsOptions);
      await expect(call).rejects.toThrow(new RangeError(message.replace('’', "'")));
    });
  });

  describe(`${name}: kinks`, () => {
    const keep = { kinks: 'keep', weightsInto: 'g' } as const;
    const CHANNELS = [
      ['whole channels', {}],
      ['partial channels', { channels: 8, partialChannels: 4 }],
    ] as const;
    const startWith = async (channels: (typeof CHANNELS)[number][1]) => {
      const graph = unevenSupernet({ image, ...channels });
      const engine = await create(graph);
      onTestFinished(() => engine.dispose());
      await engine.restore(initialState(graph));
      return { graph, engine, one: withDrops(graph, randomMiniBatch(graph, 6, 1)), mixing: randomMixing(graph, 1) };
    };

    it.each(CHANNELS)('held where they were kept change nothing, but for rounding: %s', async (_, channels) => {
      const { engine, one, mixing } = await startWith(channels);
      const free = await engine.gradients(one, mixing, { weightsInto: 'free' });
      expect(await engine.gradients(one, mixing, keep)).toEqual(free);
      const held = await engine.gradients(one, mixing, { kinks: 'hold' });
      expect(await engine.gradients(one, mixing, { kinks: 'hold', weightsInto: 'held' })).toEqual(held);
      expect(held.loss).toBeCloseTo(free.loss, 6);
      for (const kind of ['normal', 'reduce'] as const) {
        for (const [i, slope] of held.gradient[kind].entries()) expect(slope).toBeCloseTo(free.gradient[kind][i]!, 5);
      }
      const norm = await engine.vectorNorm('free');
      expect(await engine.vectorNorm('g')).toBe(norm);
      expect((await engine.vectorNorm('held')) / norm).toBeCloseTo(1, 5);
    });

    it.each(CHANNELS)(
      'held make the loss smooth: its slope is the gradient far from where they were: %s',
      async (_, channels) => {
        const { graph, engine, one, mixing } = await startWith(channels);
        await engine.gradients(one, mixing, keep);
        const norm = await engine.vectorNorm('g');
        // Half a unit of the loss away, by the slope.
        const at = { weights: 1, g: -0.5 / norm ** 2 };
        const far = randomMixing(graph, 2);
        const held = { kinks: 'hold', at } as const;
        const { gradient } = await engine.gradients(one, far, { ...held, weightsInto: 'h' });
        expect(gradient).not.toEqual((await engine.gradients(one, far, { at })).gradient);
        const scale = Math.max(...gradient.normal.map(Math.abs), ...gradient.reduce.map(Math.abs));
        const step = 3e-3;
        for (const kind of ['normal', 'reduce'] as const) {
          // Every second entry goes through all columns, since their number is odd or the edges differ.
          for (let position = 0; position < far[kind].length; position += 2) {
            const lossAt = async (change: number) => {
              return (await engine.gradients(one, moved(far, kind, position, change), held)).loss;
            };
            const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
            // Rounding of the losses over the step, 1e-4, and the third derivative; kinks would be off by 1e-2 and more.
            expect(Math.abs(slope - gradient[kind][position]!), `${kind} ${position}`).toBeLessThan(
              2e-3 * Math.max(1, scale),
            );
          }
        }
        const steep = await engine.vectorNorm('h');
        const along = async (distance: number): Promise<number> => {
          const there = { ...at, h: distance / steep };
          return (await engine.gradients(one, far, { kinks: 'hold', at: there })).loss;
        };
        const slope = ((await along(step)) - (await along(-step))) / (2 * step);
        expect(Math.abs(slope / steep - 1)).toBeLessThan(3e-3);
      },
    );

    it('are those kept last, whatever ran since', async () => {
      const engine = await start();
      const elsewhere = { kinks: 'hold', at: { weights: 0.9 } } as const;
      await engine.gradients(one, mixing, keep);
      const expected = await engine.gradients(one, mixing, elsewhere);
      const [more, other] = [randomMiniBatch(graph, 6, 9), randomMixing(graph, 3)];
      await engine.gradients(more, other, { weightsInto: 'g' });
      await engine.gradients(more, other, { statistics: 'running' });
      await engine.losses(more, [mixing, other], { perExample: false });
      expect(await engine.gradients(one, mixing, elsewhere)).toEqual(expected);
      await engine.gradients(more, other, keep);
      expect(await engine.gradients(one, mixing, elsewhere)).not.toEqual(expected);
    });

    it('that were not kept of as many pictures are refused', async () => {
      const engine = await start();
      const hold = (pictures: MiniBatch) => engine.gradients(pictures, mixing, { kinks: 'hold' });
      const message = 'kinks can be held only after a pass of as many pictures kept them';
      await expect(hold(one)).rejects.toThrow(new RangeError(message));
      await engine.gradients(other, mixing, keep);
      await expect(hold(one)).rejects.toThrow(message);
      await hold(other);
      await engine.restore(initialState(graph));
      await expect(hold(other)).rejects.toThrow(message);
    });
  });

  describe(`${name}: kept vectors`, () => {
    it('have the norm and the cosines of what was kept', async () => {
      const engine = await start();
      const [g, h] = [await engine.weightGradients(one, mixing), await engine.weightGradients(other, mixing)];
      await engine.gradients(other, mixing, { weightsInto: 'g' });
      await engine.gradients(one, mixing, { weightsInto: 'g' });
      await engine.gradients(other, mixing, { weightsInto: 'h' });
      const all = Object.values(g).flatMap((values) => [...values]);
      expect(await engine.vectorNorm('g')).toBeCloseTo(Math.hypot(...all), 6);
      const { ...cosines } = await engine.operationCosines('g', 'h');
      const tensors = Object.keys(g).filter((tensor) => tensor.includes('.edges.'));
      const operations = Object.groupBy(tensors, (tensor) => tensor.split('.').slice(0, 5).join('.'));
      expect(Object.keys(cosines)).toEqual(Object.keys(operations));
      for (const [operation, own = []] of Object.entries(operations)) {
        const [a, b] = [g, h].map((values) => own.flatMap((tensor) => [...values[tensor]!]));
        const product = a!.reduce((sum, x, i) => sum + x * b![i]!, 0);
        const lengths = Math.hypot(...a!) * Math.hypot(...b!);
        expect(cosines[operation], operation).toBeCloseTo(lengths === 0 ? 0 : product / lengths, 6);
      }
      expect(Object.values(cosines).some((cosine) => cosine < 0.99)).toBe(true);
      for (const [operation, cosine] of Object.entries(await engine.operationCosines('g', 'g'))) {
        expect([0, 1], operation).toContain(Math.round(cosine * 1e6) / 1e6);
      }
    });

    it('may be summed to have cosines', async () => {
      const engine = await start();
      await engine.gradients(one, mixing, { weightsInto: 'g' });
      await engine.gradients(other, mixing, { weightsInto: 'h' });
      const cosines = await engine.operationCosines('g', 'h');
      expect(await engine.operationCosines({ g: 1 }, { h: 1 })).toEqual(cosines);
      expect(await engine.operationCosines({ weights: 1 }, 'g')).toEqual(await engine.operationCosines('weights', 'g'));
      // cos(g + h, g - h) is 0 where both are as long: what remains is (|g|^2 - |h|^2) / |g + h| / |g - h|.
      const [a, b] = [await engine.weightGradients(one, mixing), await engine.weightGradients(other, mixing)];
      const [operation = ''] = Object.keys(cosines);
      const [x, y] = [a, b].map((named) =>
        Object.entries(named).flatMap(([tensor, values]) => (tensor.startsWith(`${operation}.`) ? [...values] : [])),
      );
      const along = (factor: number): number => Math.hypot(...x!.map((value, i) => value + factor * y![i]!));
      const expected = (Math.hypot(...x!) ** 2 - Math.hypot(...y!) ** 2) / along(1) / along(-1);
      const found = await engine.operationCosines({ g: 1, h: 1 }, { g: 1, h: -1 });
      expect(found[operation]).toBeCloseTo(expected, 5);
      await expect(engine.operationCosines({ g: 1, i: 1 }, 'g')).rejects.toThrow(
        'must have been kept to be used, got i',
      );
    });

    it('may be the gradient that a step goes by, before it is clipped, which changes nothing else', async () => {
      const [engine, expected] = [await start(), await start()];
      const settings = { ...SETTINGS, clipNorm: 1e-3, resting: ['cells.0.edges.1.sep_conv_3x3'] };
      await expected.gradients(one, mixing, { weightsInto: 'g' });
      const norm = await expected.vectorNorm('g');
      const step = await engine.weightsStep(one, mixing, { ...settings, weightsInto: 'g' });
      expect(step).toEqual(await expected.weightsStep(one, mixing, settings));
      expect(await engine.save()).toEqual(await expected.save());
      expect(await engine.vectorNorm('g')).toBe(norm);
      expect(norm).toBeGreaterThan(step.gradientNorm);
      const wrong = engine.weightsStep(one, mixing, { ...SETTINGS, weightsInto: 'weights' });
      await expect(wrong).rejects.toThrow('must name another vector');
    });

    it('are forgotten with the network they were of', async () => {
      const engine = await start();
      await engine.gradients(one, mixing, { weightsInto: 'g' });
      await engine.restore(initialState(graph));
      await expect(engine.vectorNorm('g')).rejects.toThrow('a vector must have been kept to be used, got g');
      await expect(engine.operationCosines('weights', 'g')).rejects.toThrow(RangeError);
    });
  });

  describe(`${name}: operations that rest`, () => {
    const resting = ['cells.0.edges.1.sep_conv_3x3', 'cells.1.edges.0.skip_connect'];
    const rests = (tensor: string): boolean => resting.some((operation) => tensor.startsWith(`${operation}.`));

    it('keep weights and velocity, and count for nothing in the norm', async () => {
      const engine = await start();
      await engine.weightsStep(one, mixing, SETTINGS);
      const before = await engine.save();
      const gradients = Object.entries(await engine.weightGradients(other, mixing));
      const { gradientNorm } = await engine.weightsStep(other, mixing, { ...SETTINGS, resting });
      const after = await engine.save();
      const moving = gradients.filter(([tensor]) => !rests(tensor)).flatMap(([, values]) => [...values]);
      expect(gradientNorm).toBeCloseTo(Math.hypot(...moving), 5);
      expect(gradients.filter(([tensor]) => rests(tensor)).length).toBe(6);
      for (const [tensor, gradient] of gradients) {
        for (const part of ['weights', 'velocity'] as const) {
          if (rests(tensor)) expect(after[part][tensor], tensor).toEqual(before[part][tensor]);
          else if (gradient.some((g) => g !== 0)) expect(after[part][tensor], tensor).not.toEqual(before[part][tensor]);
        }
      }
      expect(after.statistics).not.toEqual(before.statistics);
    });

    it('are none by default, bit for bit, and must have weights', async () => {
      const [engine, expected] = [await start(), await start()];
      const step = await engine.weightsStep(one, mixing, { ...SETTINGS, resting: [] });
      expect(step).toEqual(await expected.weightsStep(one, mixing, SETTINGS));
      expect(await engine.save()).toEqual(await expected.save());
      const wrong = engine.weightsStep(one, mixing, { ...SETTINGS, resting: ['cells.0.edges.0.none'] });
      await expect(wrong).rejects.toThrow('an operation that rests must have weights, got cells.0.edges.0.none');
    });
  });
}
