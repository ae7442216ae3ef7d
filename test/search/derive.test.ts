import { describe, expect, it } from 'vitest';
import { darts } from '../../src/search/darts.ts';
import { deriveCells, deriveProjected } from '../../src/search/derive.ts';
import { fairDarts } from '../../src/search/fair-darts.ts';
import { beginProjections } from '../../src/search/projection.ts';
import { alphaSize } from '../../src/space/alpha.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';

/** Alpha of a space of one node, by row: normal from 0, from 1, then reduce. */
const flat = (...rows: number[][]): Float64Array => Float64Array.from(rows.flat());

describe('deriveCells', () => {
  it('relaxes and discretizes each cell by the method', () => {
    const shape = { nodes: 1, primitives: ['none', 'skip_connect', 'sep_conv_3x3'] as const };
    const alpha = flat([9, 1, 0], [9, 0, 1], [0, 0, Math.log(2)], [0, 0, 0]);
    const { genotype, cells } = deriveCells(darts, null, shape, alpha);
    expect(genotype).toEqual({
      normal: [
        { primitive: 'skip_connect', from: 0, to: 2 },
        { primitive: 'sep_conv_3x3', from: 1, to: 2 },
      ],
      reduce: [
        { primitive: 'sep_conv_3x3', from: 0, to: 2 },
        { primitive: 'skip_connect', from: 1, to: 2 },
      ],
    });
    // Softmax of (0, 0, log 2) is (1/4, 1/4, 1/2).
    expect(cells.reduce.choices[0]?.weight).toBeCloseTo(0.5, 15);
    expect(cells.reduce.choices[0]?.margin).toBeCloseTo(0.25, 15);
  });

  it('takes the operations of each edge, and never none', () => {
    const primitives = {
      normal: [
        ['skip_connect', 'none'],
        ['none', 'dil_conv_5x5'],
      ],
      reduce: [
        ['noise', 'sep_conv_3x3'],
        ['avg_pool_3x3', 'max_pool_3x3'],
      ],
    } as const;
    const alpha = flat([0, 9], [9, 0], [1, 0], [0, Math.log(3)]);
    const { genotype, meanMixing } = deriveCells(darts, null, { nodes: 1, primitives }, alpha);
    expect(genotype.normal.map(({ primitive }) => primitive)).toEqual(['skip_connect', 'dil_conv_5x5']);
    expect(genotype.reduce.map(({ primitive }) => primitive)).toEqual(['max_pool_3x3', 'noise']);
    expect(meanMixing.after.reduce).toBeCloseTo((Math.E / (Math.E + 1) + 3 / 4) / 4, 15);
  });

  it('limits the skip connections of the normal cell alone', () => {
    const shape = { nodes: 1, primitives: ['skip_connect', 'sep_conv_3x3'] as const };
    const alpha = flat([2, 0], [1, 0], [2, 0], [1, 0]);
    const primitivesBy = (maxSkips?: number | null) => {
      const { genotype, cells } = deriveCells(darts, null, shape, alpha, maxSkips);
      expect(cells.normal.choices).toHaveLength(2);
      return [genotype.normal, genotype.reduce].map((cell) => cell.map(({ primitive }) => primitive));
    };
    const skips = ['skip_connect', 'skip_connect'];
    expect(primitivesBy(1)).toEqual([['skip_connect', 'sep_conv_3x3'], skips]);
    expect(primitivesBy(0)[1]).toEqual(skips);
    expect(primitivesBy(null)).toEqual([skips, skips]);
    expect(primitivesBy()).toEqual(primitivesBy(2));
  });

  it('uses the threshold on the sigmoid of alpha, not on alpha', () => {
    const shape = { nodes: 1, primitives: ['skip_connect'] as const };
    const logit = Math.log(0.85 / 0.15);
    const { genotype, cells } = deriveCells(fairDarts, 0.85, shape, flat([logit + 1e-9], [0.86], [logit - 1e-9], [0]));
    expect(genotype).toEqual({ normal: [{ primitive: 'skip_connect', from: 0, to: 2 }], reduce: [] });
    expect([cells.normal.valid, cells.normal.reason]).toEqual([true, null]);
    expect([cells.reduce.valid, cells.reduce.connectedNodes]).toEqual([false, []]);
    expect(cells.reduce.reason).toBe(
      'no operation reaches the threshold 0.85: the strongest, skip_connect from node 0 to 2, has 0.8500',
    );
  });

  it.each([darts, fairDarts])(
    '$name: the genotype of any alpha can be written in the method’s own dialect',
    (method) => {
      const shape = { nodes: 4, primitives: method.primitives };
      const alpha = Float64Array.from({ length: alphaSize(shape) }, (_, i) => Math.sin(7 * i) * 3);
      const { genotype } = deriveCells(method, method.defaults.threshold, shape, alpha);
      expect(genotype.normal.length).toBeGreaterThan(0);
      expect(writeGenotype(genotype, method.dialect)).toContain('normal_concat=range(2, 6)');
    },
  );

  it('refuses an alpha that does not fit the space, or a rule without its threshold', () => {
    const shape = { nodes: 1, primitives: ['skip_connect'] as const };
    expect(() => deriveCells(fairDarts, 0.85, shape, new Float64Array(3))).toThrow('alpha must have 4 coordinates');
    expect(() => deriveCells(fairDarts, null, shape, new Float64Array(4))).toThrow(
      'the rule threshold_sparse needs a threshold, got null',
    );
  });
});

describe('meanMixing', () => {
  it('means all mixing weights before discretization, and after it those that are kept', () => {
    const shape = { nodes: 1, primitives: ['skip_connect', 'sep_conv_3x3'] } as const;
    const logit = (mixing: number): number => Math.log(mixing / (1 - mixing));
    const normal = [0.9, 0.5, 0.2, 0.4]; // two edges of two primitives; only 0.9 is above the threshold
    const reduce = [0.1, 0.2, 0.3, 0.4];
    const position = Float64Array.from([...normal, ...reduce], logit);
    const { before, after } = deriveCells(fairDarts, 0.85, shape, position).meanMixing;
    expect(before.normal).toBeCloseTo(0.5, 12);
    expect(before.reduce).toBeCloseTo(0.25, 12);
    expect(after.normal).toBeCloseTo(0.9 / 4, 12);
    expect(after.reduce).toBe(0);
  });
});

describe('deriveProjected', () => {
  const shape = { nodes: 2, primitives: ['skip_connect', 'sep_conv_3x3'] as const };
  const nothing = beginProjections(2);
  const alpha = Float64Array.from({ length: alphaSize(shape) }, (_, i) => Math.sin(7 * i));

  it('is deriveCells without margins where nothing is decided', () => {
    const { cells, genotype, meanMixing } = deriveProjected(darts, shape, alpha, nothing);
    const plain = deriveCells(darts, null, shape, alpha);
    expect({ genotype, meanMixing }).toEqual({ genotype: plain.genotype, meanMixing: plain.meanMixing });
    const bare = plain.cells.normal.choices.map((choice) => ({ ...choice, runnerUp: null, margin: null }));
    expect(cells.normal).toEqual({ ...plain.cells.normal, choices: bare });
  });

  it('keeps what is decided, whatever alpha says', () => {
    // From both inputs to node 2; the edges to node 3 are 0, 1 and 2, of which the second is dropped.
    const normal = { operations: [1, 0, 0, 1, 1], dropped: [false, false, false, true, false] };
    const wished = alpha.map((_, i) => (i % 2 === 0 ? 9 : -9));
    const { genotype, cells } = deriveProjected(darts, shape, wished, { ...nothing, normal });
    expect(genotype.normal).toEqual([
      { primitive: 'sep_conv_3x3', from: 0, to: 2 },
      { primitive: 'skip_connect', from: 1, to: 2 },
      { primitive: 'skip_connect', from: 0, to: 3 },
      { primitive: 'sep_conv_3x3', from: 2, to: 3 },
    ]);
    expect(cells.normal.choices.map(({ weight }) => weight)).toEqual([1, 1, 1, 1]);
    expect(genotype.reduce.every(({ primitive }) => primitive === 'skip_connect')).toBe(true);
  });
});
