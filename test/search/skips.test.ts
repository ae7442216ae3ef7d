import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import { countSkips, limitsSkips, restrictSkips } from '../../src/search/skips.ts';
import { cellEdges } from '../../src/space/cell.ts';
import { type ColumnsRule, discretizeColumns } from '../../src/space/discretize.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { repeatColumns } from '../../src/space/spaces.ts';
import { flat, METHOD_UNITS } from '../support/method-units.ts';

describe('restrictSkips', () => {
  it.each(METHOD_UNITS.skipRestriction.cases)('keeps at most $most, as P-DARTS does', (golden) => {
    const { choices } = restrictSkips(golden.candidates, flat(golden.probabilities), golden.most);
    const edges = cellEdges(4);
    const kept = choices.map(({ primitive, from, to }) => {
      return [edges.findIndex((edge) => edge.from === from && edge.to === to), primitive] as const;
    });
    // The golden cells list edges in ascending order.
    expect(kept.toSorted(([a], [b]) => a - b)).toEqual(golden.kept);
  });

  it('is top2 with a limit of two a node, and keeps no more than the limit in the space of DARTS', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 8 }), (seed, most) => {
        const random = Random.fromSeed(seed, 'skips');
        const { normal } = repeatColumns(4, DARTS_PRIMITIVES);
        // Skip connections are favored, so that there is something to restrict.
        const alpha = Float64Array.from({ length: 14 * 8 }, (_, i) => random.normal() + (i % 8 === 3 ? 2 : 0));
        const mixing = softmaxRows(alpha, 8);
        expect(restrictSkips(normal, mixing, 8)).toEqual(discretizeColumns(normal, mixing, 'top2', null));
        const cell = restrictSkips(normal, mixing, most);
        expect(countSkips(cell.choices)).toBeLessThanOrEqual(most);
        expect(cell.choices).toHaveLength(8);
      }),
      { numRuns: 50 },
    );
  });

  it('takes the least likely first, of equal ones that of the first edge', () => {
    const columns = repeatColumns(1, ['skip_connect', 'sep_conv_3x3'] as const).normal;
    const primitives = (mixing: readonly number[]) =>
      restrictSkips(columns, mixing, 1)
        .choices.toSorted((a, b) => a.from - b.from)
        .map(({ primitive }) => primitive);
    expect(primitives([0.9, 0.1, 0.6, 0.4])).toEqual(['skip_connect', 'sep_conv_3x3']);
    expect(primitives([0.6, 0.4, 0.9, 0.1])).toEqual(['sep_conv_3x3', 'skip_connect']);
    expect(primitives([0.75, 0.25, 0.75, 0.25])).toEqual(['sep_conv_3x3', 'skip_connect']);
  });

  it('holds for pairs too, and for no rule with a threshold', () => {
    const { normal } = repeatColumns(4, DARTS_PRIMITIVES);
    const mixing = softmaxRows(
      Float64Array.from({ length: 14 * 8 }, (_, i) => (i % 8 === 3 ? 1 + i / 100 : 0)),
      8,
    );
    const { choices } = restrictSkips(normal, mixing, 2, 'pairs');
    expect(countSkips(discretizeColumns(normal, mixing, 'pairs', null).choices)).toBe(8);
    expect(choices).toHaveLength(8);
    // The likeliest are those of the last edges.
    const kept = choices.filter(({ primitive }) => primitive === 'skip_connect');
    expect(kept.map(({ from, to }) => [from, to])).toEqual([
      [4, 5],
      [3, 5],
    ]);
    const rules: ColumnsRule[] = ['top2', 'pairs', 'threshold_sparse', 'threshold_edge'];
    expect(rules.map(limitsSkips)).toEqual([true, true, false, false]);
  });

  it('keeps a skip connection that nothing can replace', () => {
    const columns = repeatColumns(2, ['none', 'skip_connect'] as const).normal;
    expect(countSkips(restrictSkips(columns, new Float64Array(10).fill(0.5), 0).choices)).toBe(4);
  });
});
