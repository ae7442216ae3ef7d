import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, NetworkState } from '../../src/engine/engine.ts';
import { stepSgd } from '../../src/engine/sgd.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import type { GenotypeEntry } from '../../src/space/genotype.ts';
import { SETTINGS } from './bench.ts';
import type { CreateEngine } from './contract.ts';
import { copy, randomMiniBatch } from './fixtures.ts';
import { NO_MIXING, retrainedState, SPARSE, smallRetrained, withDrops, withFactors } from './retrained-fixtures.ts';
import { RetrainedGolden } from './retrained-golden.ts';
import { describeRetrainedGradients } from './retrained-gradients.ts';

/** How much the suite runs: slow engines get less of the same. */
export interface RetrainedSize {
  /** Stride at which kinds of weights are checked by finite differences. */
  readonly weightStride: number;
}

/** What `Engine` promises of retrained networks, for every engine alike. */
export function describeRetrained(name: string, create: CreateEngine, size: RetrainedSize): void {
  describeRetrainedGradients(name, create, size);

  const start = async (graph: BlockGraph, state: NetworkState = retrainedState(graph)): Promise<Engine> => {
    const engine = await create(graph);
    onTestFinished(() => engine.dispose());
    await engine.restore(state);
    return engine;
  };
  const graph = smallRetrained();
  const miniBatch = randomMiniBatch(graph, 4, 1);
  const headed = smallRetrained({ genotype: SPARSE, image: 32, auxiliary: true });
  const headedBatch = withDrops(headed, randomMiniBatch(headed, 4, 1));
  const withHead = { ...SETTINGS, auxiliaryWeight: 0.4 };

  describe(`${name}: PyTorch’s retrained network`, () => {
    it.each(['plain', 'dropped'] as const)('%s: logits, losses, gradients and test logits', async (pass) => {
      const golden = new RetrainedGolden();
      const { passes, weights, config } = golden.golden;
      const expected = passes[pass];
      const own = golden.miniBatch(pass);
      const engine = await start(golden.graph(), { weights: golden.weights(), velocity: {}, statistics: {} });
      const head = 'auxiliary.logits';
      const forward = await engine.forward(own, NO_MIXING, { statistics: 'batch', activations: [head] });
      expect(forward.loss).toBeCloseTo(expected.loss, 5);
      expectNear(forward.logits, expected.logits);
      expectNear(forward.activations[head] as Float32Array, expected.auxiliaryLogits);
      const gradients = await engine.weightGradients(own, NO_MIXING, config);
      for (const [number, { name: weight }] of weights.entries()) {
        const { every, values } = golden.gradient(pass, number);
        expectNear(
          (gradients[weight] as Float32Array).filter((_, i) => i % every === 0),
          values,
        );
      }
      await engine.weightsStep(own, NO_MIXING, { ...SETTINGS, learningRate: 1e-30, auxiliaryWeight: 0.4 });
      // By the statistics of one pass, and nothing is dropped, whatever the mini-batch says.
      const test = await engine.forward(own, NO_MIXING, { statistics: 'running' });
      expectNear(test.logits, expected.testLogits);
    });
  });

  describe(`${name}: drop-path`, () => {
    it('at factors of 1 changes no bit', async () => {
      const ones = withFactors(graph, miniBatch, () => 1);
      const run = async (own: typeof miniBatch): Promise<unknown[]> => {
        const engine = await start(graph);
        return [
          await engine.losses(own, [NO_MIXING], { perExample: true }),
          await engine.weightGradients(own, NO_MIXING),
          await engine.weightsStep(own, NO_MIXING, SETTINGS),
          await engine.forward(own, NO_MIXING, { statistics: 'batch', activations: ['cells.1'] }),
          await engine.save(),
        ];
      };
      expect(await run(ones)).toEqual(await run(miniBatch));
    });

    it('multiplies what each operation adds to its node for a picture, and leaves skip connections', async () => {
      const entries: GenotypeEntry[] = [
        { primitive: 'skip_connect', from: 1, to: 2 },
        { primitive: 'sep_conv_3x3', from: 0, to: 2 },
        { primitive: 'max_pool_3x3', from: 0, to: 3 },
        { primitive: 'dil_conv_5x5', from: 1, to: 3 },
      ];
      const small = smallRetrained({ genotype: { normal: entries, reduce: entries } });
      const engine = await start(small);
      const [input, one, other] = ['cells.0.states.1', 'cells.0.states.2', 'cells.0.states.3'] as const;
      const activations = [input, one, other];
      const at = async (own: typeof miniBatch): Promise<Record<string, Float32Array>> => {
        return (await engine.forward(own, NO_MIXING, { statistics: 'batch', activations })).activations;
      };
      const pictures = randomMiniBatch(small, 3, 1);
      const whole = await at(pictures);
      const part = await at(withFactors(small, pictures, (picture) => [1, 0, 2][picture] as number));
      const third = (whole[input] as Float32Array).length / 3;
      for (let picture = 0; picture < 3; picture++) {
        const own = (values: Float32Array | undefined): number[] => {
          return [...(values ?? [])].slice(picture * third, (picture + 1) * third);
        };
        // Powers of two round nothing, and zeros may have any sign.
        const times = (factor: number): number[] => own(whole[other]).map((value) => value * factor + 0);
        expect(own(part[other]).map((value) => value + 0)).toEqual(times([1, 0, 2][picture] as number));
        if (picture === 0) expect(own(part[one])).toEqual(own(whole[one]));
        if (picture === 1) expect(own(part[one])).toEqual(own(whole[input]));
      }
    });

    it('reaches the losses, and later pictures only by the statistics', async () => {
      const engine = await start(graph);
      const dropped = withDrops(graph, miniBatch);
      const [one] = await engine.losses(miniBatch, [NO_MIXING], { perExample: true });
      const [other, again] = await engine.losses(dropped, [NO_MIXING, NO_MIXING], { perExample: true });
      expect(other?.loss).not.toBe(one?.loss);
      expect(again).toEqual(other);
      expect((await engine.forward(dropped, NO_MIXING, { statistics: 'batch' })).loss).toBeCloseTo(other?.loss ?? 0, 5);
      const running = [dropped, miniBatch].map((own) => engine.forward(own, NO_MIXING, { statistics: 'running' }));
      expect(await running[0]).toEqual(await running[1]);
    });
  });

  describe(`${name}: a step on a retrained network`, () => {
    it('is stepSgd on the gradients with the auxiliary head’s, bit for bit', async () => {
      const engine = await start(headed);
      const { weights } = await engine.save();
      const flat = (tensors: Record<string, Float32Array>): Float32Array => {
        const all = headed.weights.map((weight) => tensors[weight.name] as Float32Array);
        const joined = new Float32Array(all.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const values of all) {
          joined.set(values, at);
          at += values.length;
        }
        return joined;
      };
      const expected = flat(weights);
      const gradients = flat(await engine.weightGradients(headedBatch, NO_MIXING, withHead));
      const norm = stepSgd(expected, gradients, new Float32Array(expected.length), withHead);
      const { gradientNorm, loss } = await engine.weightsStep(headedBatch, NO_MIXING, withHead);
      expect(gradientNorm).toBe(norm);
      expect(flat((await engine.save()).weights)).toEqual(expected);
      await engine.restore(retrainedState(headed));
      expect((await engine.forward(headedBatch, NO_MIXING, { statistics: 'batch' })).loss).toBeCloseTo(loss, 5);
    });

    it('moves the head’s weights and running statistics only where its loss counts', async () => {
      const before = copy(retrainedState(headed));
      const engine = await start(headed, before);
      const isHead = (tensor: string): boolean => tensor.startsWith('auxiliary.');
      await engine.weightsStep(headedBatch, NO_MIXING, { ...SETTINGS, weightDecay: 0 });
      const without = await engine.save();
      await engine.restore(before);
      await engine.weightsStep(headedBatch, NO_MIXING, { ...withHead, weightDecay: 0 });
      const counted = await engine.save();
      for (const [tensor, values] of Object.entries(without.weights).filter(([tensor]) => isHead(tensor))) {
        expect(values).toEqual(before.weights[tensor]);
        expect(values).not.toEqual(counted.weights[tensor]);
      }
      const heads = Object.keys(without.statistics).filter(isHead);
      expect(heads.length).toBe(4);
      for (const tensor of heads) {
        expect([...new Set(without.statistics[tensor])]).toEqual([tensor.endsWith('.mean') ? 0 : 1]);
        expect(without.statistics[tensor]).not.toEqual(counted.statistics[tensor]);
      }
      for (const tensor of Object.keys(without.statistics).filter((each) => !isHead(each))) {
        expect(without.statistics[tensor]).toEqual(counted.statistics[tensor]);
      }
    });

    it('lowers the loss of its own mini-batch', async () => {
      const engine = await start(headed);
      const losses = [];
      for (let step = 0; step < 5; step++) {
        losses.push((await engine.weightsStep(headedBatch, NO_MIXING, withHead)).loss);
      }
      expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    });

    it('goes on after save and restore as if nothing had been', async () => {
      const engine = await start(headed);
      await engine.weightsStep(headedBatch, NO_MIXING, withHead);
      const saved = await engine.save();
      const end = [await engine.weightsStep(headedBatch, NO_MIXING, withHead), await engine.save()];
      const other = await start(headed, saved);
      expect([await other.weightsStep(headedBatch, NO_MIXING, withHead), await other.save()]).toEqual(end);
    });
  });

  describe(`${name}: of a retrained network are refused`, () => {
    it('gradients in mixing weights, which it has none of; and mixing weights', async () => {
      const engine = await start(graph);
      const before = await engine.save();
      await expect(engine.mixingGradient(miniBatch, NO_MIXING)).rejects.toThrow(
        /^a retrained network has no mixing weights/,
      );
      const some = { normal: new Float32Array(1), reduce: new Float32Array() };
      await expect(engine.weightsStep(miniBatch, some, SETTINGS)).rejects.toThrow(RangeError);
      expect(await engine.save()).toEqual(before);
    });

    it('a weight of a head that is not there, or is no weight; and its logits by running statistics', async () => {
      const engine = await start(graph);
      await expect(engine.weightsStep(miniBatch, NO_MIXING, withHead)).rejects.toThrow('no auxiliary head, got 0.4');
      await expect(engine.weightGradients(miniBatch, NO_MIXING, withHead)).rejects.toThrow(RangeError);
      const other = await start(headed);
      for (const auxiliaryWeight of [-1, Number.NaN]) {
        const refused = other.weightGradients(headedBatch, NO_MIXING, { auxiliaryWeight });
        await expect(refused).rejects.toThrow(`auxiliaryWeight must be finite and at least 0, got ${auxiliaryWeight}`);
      }
      const running = { statistics: 'running', activations: ['auxiliary.logits'] } as const;
      await expect(other.forward(headedBatch, NO_MIXING, running)).rejects.toThrow('auxiliary.logits');
    });

    it('drops of a wrong length, and factors below 0', async () => {
      const engine = await start(graph);
      const dropped = withDrops(graph, miniBatch);
      for (const drops of [dropped.drops.slice(1), dropped.drops.with(0, -1)]) {
        await expect(engine.weightGradients({ ...miniBatch, drops }, NO_MIXING)).rejects.toThrow(RangeError);
      }
    });
  });
}

/** Within 1e-4 of the largest magnitude: what float32 is good for in one pass. */
function expectNear(actual: Float32Array, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  let [largest, worst] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i] as number));
    worst = Math.max(worst, Math.abs((actual[i] as number) - (expected[i] as number)));
  }
  expect(worst).toBeLessThanOrEqual(1e-4 * largest);
}
