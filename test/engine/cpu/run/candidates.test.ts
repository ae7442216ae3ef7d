import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type CpuEngine, createCpuEngine } from '../../../../src/engine/cpu/cpu-engine.ts';
import { planNetwork } from '../../../../src/engine/cpu/plan/plan.ts';
import { builtKernels } from '../../../../src/engine/cpu/run/kernels.ts';
import { orderCandidates } from '../../../../src/engine/cpu/run/order-candidates.ts';
import { copy, initialState, randomMiniBatch, randomMixing, smallSupernet } from '../../fixtures.ts';

const PICTURES = 5;
/** Cells 1 and 3 of five reduce: cells of either kind come before and after. */
const graph = smallSupernet({ layers: 5 });
const miniBatch = randomMiniBatch(graph, PICTURES, 1);
const base = randomMixing(graph, 1);
const { reruns } = planNetwork(graph, PICTURES);

/** A base, and candidates that differ from it or from each other in one coordinate, as proposals do, or in two. */
const move = fc.record({
  kind: fc.constantFrom('normal', 'reduce'),
  at: fc.nat(base.normal.length - 1),
  to: fc.constantFrom(0, 0.3, 0.7),
});
const group = fc.array(fc.array(move, { maxLength: 2 }), { minLength: 2, maxLength: 6 }).map((candidates) => {
  return candidates.map((moves) => {
    const mixing = copy(base);
    for (const { kind, at, to } of moves) mixing[kind][at] = to;
    return mixing;
  });
});

describe.each(builtKernels().flatMap((kernels) => [1, 2, 3].map((threads) => [kernels, threads] as const)))(
  'candidates on %s kernels with %i threads',
  (kernels, threads) => {
    const opened: Promise<CpuEngine> = createCpuEngine(graph, { kernels, threads }).then(async (engine) => {
      await engine.restore(initialState(graph));
      return engine;
    });
    afterAll(async () => (await opened).dispose());

    it('have the losses that each has alone, to the bit, in any company and order', async () => {
      const engine = await opened;
      await fc.assert(
        fc.asyncProperty(group, async (candidates) => {
          const together = await engine.losses(miniBatch, candidates, { perExample: true });
          const alone = [];
          for (const each of candidates) alone.push(...(await engine.losses(miniBatch, [each], { perExample: true })));
          expect(together).toEqual(alone);
        }),
        { numRuns: 12 / threads, seed: threads },
      );
    });

    it('begin at every node of either kind', async () => {
      const engine = await opened;
      const candidates = [
        base,
        ...reruns.map(({ kind, positions: [at = 0] }) => ({ ...base, [kind]: base[kind].with(at, 0) })),
      ];
      const begun = orderCandidates(candidates, reruns).map(({ rerun }) => rerun);
      expect(new Set(begun)).toEqual(new Set([null, ...reruns]));
      const together = await engine.losses(miniBatch, candidates, { perExample: true });
      for (const [i, each] of candidates.entries()) {
        expect(await engine.losses(miniBatch, [each], { perExample: true })).toEqual([together[i]]);
      }
      expect(new Set(together.map(({ loss }) => loss)).size).toBe(candidates.length);
    });
  },
);
