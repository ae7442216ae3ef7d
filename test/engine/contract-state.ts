import { describe, expect, it } from 'vitest';
import type { NetworkState } from '../../src/engine/engine.ts';
import { createBench, SETTINGS } from './bench.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { copy, initialState } from './fixtures.ts';

/** What a call changes and what it does not; what is refused. */
export function describeState(name: string, create: CreateEngine, size: ContractSize): void {
  const { graph, miniBatch, otherMiniBatch, mixing, otherMixing, start, callEverything } = createBench(create, size);

  describe(`${name}: what a call changes`, () => {
    it('is nothing for losses, forward and weightGradients', async () => {
      const engine = await start();
      await callEverything(engine);
      const before = await engine.save();
      await engine.losses(otherMiniBatch, [mixing, otherMixing], { perExample: true });
      await engine.forward(otherMiniBatch, mixing, { statistics: 'batch', activations: ['cells.0'] });
      await engine.forward(otherMiniBatch, mixing, { statistics: 'running' });
      await engine.weightGradients(otherMiniBatch, mixing);
      expect(await engine.save()).toEqual(before);
    });

    it('is only the running statistics for mixingGradient, and the same of them for weightsStep', async () => {
      const engine = await start();
      const before = await engine.save();
      await engine.mixingGradient(miniBatch, mixing);
      const after = await engine.save();
      expect(after.weights).toEqual(before.weights);
      expect(after.velocity).toEqual({});
      expect(after.statistics).not.toEqual(before.statistics);

      const other = await start();
      await other.weightsStep(miniBatch, mixing, SETTINGS);
      expect((await other.save()).statistics).toEqual(after.statistics);
    });

    it('is no argument, and no result of an earlier call', async () => {
      const engine = await start();
      const args = {
        miniBatch: copy(miniBatch),
        otherMiniBatch: copy(otherMiniBatch),
        mixing: copy(mixing),
        other: copy(otherMixing),
      };
      await callEverything(engine);
      expect({ miniBatch, otherMiniBatch, mixing, other: otherMixing }).toEqual(args);

      const state = await engine.save();
      const kept = copy(state);
      await callEverything(engine);
      expect(state).toEqual(kept);
    });

    it('is not the state where a caller writes to a result, or to an argument once the call is over', async () => {
      const engine = await start();
      await engine.weightsStep(miniBatch, mixing, SETTINGS);
      const saved = await engine.save();
      const expected = copy(saved);
      overwrite(saved);
      expect(await engine.save()).toEqual(expected);

      const given = copy(expected);
      await engine.restore(given);
      overwrite(given);
      expect(await engine.save()).toEqual(expected);

      const activations = ['image', 'stem', 'logits'];
      const pictures = copy(miniBatch);
      const result = await engine.forward(pictures, mixing, { statistics: 'batch', activations });
      result.logits.fill(7);
      for (const values of Object.values(result.activations)) values.fill(7);
      expect(pictures).toEqual(miniBatch);
    });
  });

  describe(`${name}: restore`, () => {
    it('takes empty velocity and statistics for those before any step', async () => {
      const engine = await start();
      await callEverything(engine);
      await engine.restore(initialState(graph));
      const { weights, velocity, statistics } = await engine.save();
      expect(weights).toEqual(initialState(graph).weights);
      expect(velocity).toEqual({});
      const names = graph.norms.flatMap((norm) => [`${norm.name}.mean`, `${norm.name}.variance`]);
      expect(Object.keys(statistics).toSorted()).toEqual(names.toSorted());
      for (const { name, channels } of graph.norms) {
        expect(statistics[`${name}.mean`]).toEqual(new Float32Array(channels));
        expect(statistics[`${name}.variance`]).toEqual(new Float32Array(channels).fill(1));
      }
    });

    it.each(['weights', 'velocity', 'statistics'] as const)('refuses wrong %s, and keeps what it had', async (part) => {
      const engine = await start();
      await engine.weightsStep(miniBatch, mixing, SETTINGS);
      const before = await engine.save();
      const names = Object.keys(before[part]);
      const tensorName = names.at(-1) as string;
      const { [tensorName]: tensor, ...rest } = before[part];
      const changed = new Float32Array((tensor as Float32Array).length + 1);
      const wrong: [Record<string, Float32Array>, string][] = [
        [rest, `${tensorName} is missing`],
        [{ ...before[part], 'cells.9.unknown': new Float32Array(1) }, 'cells.9.unknown'],
        [{ ...rest, [tensorName]: changed }, `${tensorName} must have ${changed.length - 1} values`],
        [{ ...rest, [tensorName]: (tensor as Float32Array).with(0, Number.NaN) }, `${tensorName} holds NaN`],
      ];
      const other = initialState(graph, 3);
      for (const [tensors, message] of wrong) {
        const refused = engine.restore({ ...before, weights: other.weights, [part]: tensors });
        await expect(refused).rejects.toThrow(RangeError);
        await expect(engine.restore({ ...before, weights: other.weights, [part]: tensors })).rejects.toThrow(message);
      }
      expect(await engine.save()).toEqual(before);
    });
  });

  describe(`${name}: pictures`, () => {
    it('of a wrong length, or none, are refused by every call, which leaves the engine as it was', async () => {
      const engine = await start();
      const before = await engine.save();
      const none = { images: new Float32Array(), labels: new Uint16Array() };
      for (const wrong of [
        { ...miniBatch, images: miniBatch.images.slice(1) },
        { ...miniBatch, labels: miniBatch.labels.slice(1) },
        none,
      ]) {
        const calls = [
          engine.weightsStep(wrong, mixing, SETTINGS),
          engine.mixingGradient(wrong, mixing),
          engine.losses(wrong, [mixing], { perExample: false }),
          engine.forward(wrong, mixing, { statistics: 'batch' }),
          engine.weightGradients(wrong, mixing),
        ];
        for (const call of await Promise.allSettled(calls)) {
          expect(call).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
        }
      }
      expect(await engine.save()).toEqual(before);
      const [answer] = await engine.losses(miniBatch, [mixing], { perExample: false });
      expect(answer?.loss).toBeGreaterThan(0);
    });
  });
}

/** Spoils every tensor of a state. */
function overwrite({ weights, velocity, statistics }: NetworkState): void {
  for (const tensors of [weights, velocity, statistics]) for (const values of Object.values(tensors)) values.fill(7);
}
