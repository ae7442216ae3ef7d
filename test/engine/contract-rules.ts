import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CandidateLoss, Engine } from '../../src/engine/engine.ts';
import { stepSgd } from '../../src/engine/sgd.ts';
import { createBench, SETTINGS } from './bench.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { copy, initialState, moved } from './fixtures.ts';

/** Same bits for the same calls, however they are grouped; what the calls say. */
export function describeRules(name: string, create: CreateEngine, size: ContractSize): void {
  const { graph, miniBatch, otherMiniBatch, mixing, otherMixing, start, callEverything } = createBench(create, size);
  const { image, runs } = size;

  describe(`${name}: same state and arguments, same bits`, () => {
    it('of another engine, and of the same one after it was set back', async () => {
      const one = await start();
      const first = await callEverything(one);
      const other = await start();
      expect(await callEverything(other)).toEqual(first);
      await one.restore(initialState(graph));
      expect(await callEverything(one)).toEqual(first);
    });

    it('of calls that are made without waiting, in their order, engines side by side', async () => {
      const sequence = (engine: Engine) => [
        engine.weightsStep(miniBatch, mixing, SETTINGS),
        engine.save(),
        engine.losses(otherMiniBatch, [mixing], { perExample: true }),
        engine.mixingGradient(otherMiniBatch, mixing),
        engine.weightsStep(otherMiniBatch, otherMixing, SETTINGS),
        engine.forward(miniBatch, mixing, { statistics: 'running' }),
        engine.save(),
        engine.restore(initialState(graph, 2)),
        engine.losses(miniBatch, [otherMixing], { perExample: true }),
      ];
      const [one, other] = [await start(), await start()];
      const together = [sequence(one), sequence(other)].map((calls) => Promise.all(calls));

      const waiting = await start();
      const apart = [
        await waiting.weightsStep(miniBatch, mixing, SETTINGS),
        await waiting.save(),
        await waiting.losses(otherMiniBatch, [mixing], { perExample: true }),
        await waiting.mixingGradient(otherMiniBatch, mixing),
        await waiting.weightsStep(otherMiniBatch, otherMixing, SETTINGS),
        await waiting.forward(miniBatch, mixing, { statistics: 'running' }),
        await waiting.save(),
        await waiting.restore(initialState(graph, 2)),
        await waiting.losses(miniBatch, [otherMixing], { perExample: true }),
      ];
      expect(await together[0]).toEqual(apart);
      expect(await together[1]).toEqual(apart);
    });

    it('of an engine that was saved and restored, and goes on', async () => {
      const one = await start();
      await callEverything(one);
      const saved = await one.save();
      const end = await callEverything(one);
      const other = await start(saved);
      expect(await other.save()).toEqual(saved);
      expect(await callEverything(other)).toEqual(end);
    });
  });

  describe(`${name}: losses`, () => {
    const candidates = [
      mixing,
      otherMixing,
      moved(mixing, 'normal', 0, 0.25),
      moved(mixing, 'reduce', mixing.reduce.length - 1, -0.25),
      { normal: mixing.normal, reduce: otherMixing.reduce },
      copy(mixing),
    ];

    it('of a candidate do not depend on the others, in any order and grouping', async () => {
      const engine = await start();
      const alone: CandidateLoss[] = [];
      for (const candidate of candidates) {
        alone.push(...(await engine.losses(miniBatch, [candidate], { perExample: true })));
      }
      expect(alone[5]).toEqual(alone[0]);
      expect(new Set(alone.slice(0, 5).map(({ loss }) => loss)).size).toBe(5);

      const indices = fc.array(fc.nat(candidates.length - 1), { minLength: 2, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(indices, fc.boolean(), async (asked, perExample) => {
          const together = await engine.losses(
            miniBatch,
            asked.map((i) => candidates[i] as (typeof candidates)[number]),
            { perExample },
          );
          const expected = asked.map((i) => alone[i] as (typeof alone)[number]);
          expect(together).toEqual(perExample ? expected : expected.map(({ correct, loss }) => ({ correct, loss })));
        }),
        { numRuns: runs, seed: 1 },
      );
    });

    it('of candidates that differ in one coordinate, as proposals do, do not depend on the others', async () => {
      const engine = await start();
      const entries = fc.nat(mixing.normal.length - 1);
      const proposal = fc.tuple(fc.constantFrom('normal', 'reduce'), entries, fc.constantFrom(-0.1, 0.1));
      const proposals = fc.array(proposal, { minLength: 2, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(proposals, async (moves) => {
          const group = moves.map(([kind, entry, change]) => moved(mixing, kind, entry, change));
          const together = await engine.losses(miniBatch, group, { perExample: true });
          for (const [i, each] of group.entries()) {
            expect(await engine.losses(miniBatch, [each], { perExample: true })).toEqual([together[i]]);
          }
        }),
        { numRuns: Math.ceil(runs / 2), seed: 1 },
      );
    });

    it('are the mean of those of each example, and follow the pictures when they change places', async () => {
      const engine = await start();
      const [answer] = await engine.losses(miniBatch, [mixing], { perExample: true });
      const perExample = answer?.perExample as Float32Array;
      const mean = perExample.reduce((sum, loss) => sum + loss, 0) / 4;
      // Each example's loss was rounded to float32 on its own.
      expect(Math.abs((answer?.loss as number) / mean - 1)).toBeLessThan(1e-6);

      const size = image * image * 3;
      const order = [2, 0, 3, 1];
      const images = new Float32Array(miniBatch.images.length);
      for (const [to, from] of order.entries()) {
        images.set(miniBatch.images.subarray(from * size, (from + 1) * size), to * size);
      }
      const shuffled = { images, labels: Uint16Array.from(order, (from) => miniBatch.labels[from] as number) };
      const [again] = await engine.losses(shuffled, [mixing], { perExample: true });
      for (const [to, from] of order.entries()) {
        // Statistics of the mini-batch are summed in another order, in float32 where the backend likes.
        expect(again?.perExample?.[to]).toBeCloseTo(perExample[from] as number, 4);
      }
    });

    it('agree with the other calls on the same mini-batch', async () => {
      const engine = await start();
      const [alone] = await engine.losses(miniBatch, [mixing], { perExample: true });
      const { loss } = alone as CandidateLoss;
      const forward = await engine.forward(miniBatch, mixing, { statistics: 'batch' });
      const gradient = await engine.mixingGradient(miniBatch, mixing);
      const step = await engine.weightsStep(miniBatch, mixing, SETTINGS);
      // The passes are the same; an engine may order their sums otherwise in float32.
      for (const other of [forward, gradient, step]) expect(Math.abs(other.loss / loss - 1)).toBeLessThan(1e-5);
      expect([gradient.correct, step.correct]).toEqual([forward.correct, forward.correct]);
      // A joint step compares the losses of its proposals with that of its gradient.
      const { gradient: _, ...same } = gradient;
      expect(same).toEqual(alone);
    });

    it('of no candidate are none', async () => {
      const engine = await start();
      expect(await engine.losses(miniBatch, [], { perExample: true })).toEqual([]);
    });
  });

  describe(`${name}: weightsStep`, () => {
    it('is stepSgd on weightGradients, bit for bit, clipped and not', async () => {
      const engine = await start();
      for (const clipNorm of [1e-2, 1e3, 1e-1]) {
        const settings = { ...SETTINGS, clipNorm };
        const before = await engine.save();
        const flat = (tensors: Record<string, Float32Array>): Float32Array => {
          return Float32Array.from(graph.weights.flatMap(({ name }) => [...(tensors[name] as Float32Array)]));
        };
        const weights = flat(before.weights);
        const velocity =
          Object.keys(before.velocity).length === 0 ? new Float32Array(weights.length) : flat(before.velocity);
        const norm = stepSgd(weights, flat(await engine.weightGradients(miniBatch, mixing)), velocity, settings);
        expect(norm).toBeGreaterThan(0.1);

        const { gradientNorm } = await engine.weightsStep(miniBatch, mixing, settings);
        const after = await engine.save();
        expect(gradientNorm).toBe(norm);
        expect(flat(after.weights)).toEqual(weights);
        expect(flat(after.velocity)).toEqual(velocity);
      }
    });

    it('lowers the loss of its own mini-batch', async () => {
      const engine = await start();
      const losses = [];
      for (let step = 0; step < 5; step++) losses.push((await engine.weightsStep(miniBatch, mixing, SETTINGS)).loss);
      expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    });
  });

  describe(`${name}: forward`, () => {
    it.each(['batch', 'running'] as const)(
      'says what the logits say by %s: loss and right ones',
      async (statistics) => {
        const engine = await start();
        await engine.mixingGradient(miniBatch, mixing); // running statistics that are not 0 and 1
        const { logits, loss, correct } = await engine.forward(miniBatch, mixing, { statistics });
        const rows = [...miniBatch.labels].map((label, i) => ({ label, row: [...logits.subarray(5 * i, 5 * i + 5)] }));
        const each = rows.map(({ label, row }) => {
          return Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (row[label] as number);
        });
        expect(loss).toBeCloseTo(each.reduce((sum, value) => sum + value, 0) / 4, 10);
        expect(correct).toBe(rows.filter(({ label, row }) => row.indexOf(Math.max(...row)) === label).length);
      },
    );

    it('by the running statistics treats every picture by itself, by the mini-batch it does not', async () => {
      const engine = await start();
      for (let i = 0; i < 3; i++) await engine.mixingGradient(miniBatch, mixing);
      const first = { images: miniBatch.images.slice(0, image * image * 3), labels: miniBatch.labels.slice(0, 1) };
      const alone = await engine.forward(first, mixing, { statistics: 'running' });
      const together = await engine.forward(miniBatch, mixing, { statistics: 'running' });
      const byBatch = await engine.forward(miniBatch, mixing, { statistics: 'batch' });
      const largest = Math.max(...alone.logits.map(Math.abs));
      for (const [i, logit] of alone.logits.entries()) {
        // float32 on sums that may be split otherwise for another batch size
        expect(Math.abs((together.logits[i] as number) - logit)).toBeLessThan(1e-5 * largest);
      }
      expect(Math.abs((byBatch.logits[0] as number) - (alone.logits[0] as number))).toBeGreaterThan(1e-3);
    });
  });

  describe(`${name}: description`, () => {
    it('names the engine, its backend and the reason', async () => {
      const { description } = await start();
      expect(description.backend).not.toBe('');
      expect(description.reason).not.toBe('');
      expect(typeof description.usesGpu).toBe('boolean');
    });
  });
}
