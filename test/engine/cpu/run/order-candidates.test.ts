import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Rerun } from '../../../../src/engine/cpu/plan/plan.ts';
import { orderCandidates } from '../../../../src/engine/cpu/run/order-candidates.ts';
import type { MixingWeights } from '../../../../src/engine/engine.ts';

const schedule = new Int32Array();
/** Nodes of two cells in the order of a network whose first cell reduces; position 1 of either is of no operation. */
const RERUNS: readonly Rerun[] = [
  { kind: 'reduce', positions: [0, 2], schedule },
  { kind: 'reduce', positions: [3], schedule },
  { kind: 'normal', positions: [0], schedule },
  { kind: 'normal', positions: [2, 3], schedule },
];

const matrix = fc.array(fc.constantFrom(0, 0.5, 1, Number.NaN), { minLength: 4, maxLength: 4 });
const candidate = fc.record({ normal: matrix, reduce: matrix }).map(({ normal, reduce }): MixingWeights => {
  return { normal: Float32Array.from(normal), reduce: Float32Array.from(reduce) };
});
const numbers = fc.constantFrom(0, 0.5, 1);

/** The weights of the first so many nodes, as text. */
function prefix(mixing: MixingWeights, nodes: number): string {
  return JSON.stringify(
    RERUNS.slice(0, nodes).map(({ kind, positions }) => positions.map((at) => `${mixing[kind][at]}`)),
  );
}

it('every candidate has one turn, and takes over the nodes that are the same in the one before, and no others', () => {
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 8 }), (candidates) => {
      const turns = orderCandidates(candidates, RERUNS);
      expect(turns.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...candidates.keys()]);
      for (const [i, { index, rerun }] of turns.entries()) {
        if (i === 0) {
          expect(rerun).toBeNull();
          continue;
        }
        const [before, now] = [turns[i - 1]?.index as number, index].map((at) => candidates[at] as MixingWeights);
        const kept = rerun === null ? RERUNS.length : RERUNS.indexOf(rerun);
        expect(prefix(now as MixingWeights, kept)).toBe(prefix(before as MixingWeights, kept));
        if (rerun === null) continue;
        expect(prefix(now as MixingWeights, kept + 1)).not.toBe(prefix(before as MixingWeights, kept + 1));
      }
    }),
  );
});

it('no node is computed twice from the same weights', () => {
  const finite = fc.record({
    normal: fc.array(numbers, { minLength: 4, maxLength: 4 }),
    reduce: fc.array(numbers, { minLength: 4, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 8 }), (drawn) => {
      const candidates = drawn.map(({ normal, reduce }) => {
        return { normal: Float32Array.from(normal), reduce: Float32Array.from(reduce) };
      });
      const computed = orderCandidates(candidates, RERUNS).map(({ rerun }, i) => {
        if (i === 0) return RERUNS.length;
        return rerun === null ? 0 : RERUNS.length - RERUNS.indexOf(rerun);
      });
      const different = RERUNS.flatMap((_, i) => [...new Set(candidates.map((each) => prefix(each, i + 1)))]);
      expect(computed.reduce((sum, nodes) => sum + nodes, 0)).toBe(different.length);
    }),
  );
});

it('equal candidates share one turn’s work, whatever their weights without an operation', () => {
  const one = { normal: Float32Array.of(1, 2, 3, 4), reduce: Float32Array.of(5, 6, 7, 8) };
  const same = { ...one, normal: one.normal.with(1, 9) };
  expect(orderCandidates([one, same, one], RERUNS).map(({ rerun }) => rerun)).toEqual([null, null, null]);
});
