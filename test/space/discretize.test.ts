import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import { CELL_KINDS, cellEdges, edgeCount, nodeCount } from '../../src/space/cell.ts';
import {
  type DiscretizedCell,
  type DiscretizeRule,
  describeValidity,
  discretize,
  discretizeColumns,
} from '../../src/space/discretize.ts';
import { connectedNodes } from '../../src/space/genotype.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';
import { findSpace, repeatColumns } from '../../src/space/spaces.ts';
import { METHOD_UNITS } from '../support/method-units.ts';

interface GoldenCase {
  readonly name: string;
  readonly primitives: 'fairdarts' | 'darts';
  readonly rule: DiscretizeRule;
  readonly threshold: number | null;
  readonly mixingWeights: { readonly normal: number[][]; readonly reduce: number[][] };
  readonly entries: { readonly normal: GoldenEntry[]; readonly reduce: GoldenEntry[] };
  readonly connectedNodes: { readonly normal: number[]; readonly reduce: number[] };
  readonly valid: { readonly normal: boolean; readonly reduce: boolean };
}
type GoldenEntry = [primitive: string, to: number, from: number];

// Final weights that FairDARTS's repository lists, and drawn ones with ties; see README.md of the golden data.
const golden = JSON.parse(readFileSync(new URL('../golden/discretize.json', import.meta.url), 'utf8')) as {
  cases: GoldenCase[];
};

const RULES = ['top2', 'threshold_sparse', 'threshold_edge'] as const;
const triples = (cell: DiscretizedCell): GoldenEntry[] => cell.choices.map((c) => [c.primitive, c.to, c.from]);

/** A space and mixing weights in it; few different values, so that ties are common. */
const spaces = fc
  .record({
    nodes: fc.integer({ min: 1, max: 5 }),
    primitives: fc.subarray<Primitive>([...DARTS_PRIMITIVES], { minLength: 1 }),
    values: fc.constantFrom(4, 1000),
  })
  .chain(({ nodes, primitives, values }) => {
    const length = cellEdges(nodes).length * primitives.length;
    const weight = fc.integer({ min: 0, max: values }).map((n) => n / values);
    return fc.record({
      shape: fc.constant({ nodes, primitives }),
      mixing: fc.array(weight, { minLength: length, maxLength: length }),
    });
  });

describe('the golden cases', () => {
  it.each(golden.cases)('$name', ({ primitives, rule, threshold, mixingWeights, ...expected }) => {
    const shape = { nodes: 4, primitives: primitives === 'darts' ? DARTS_PRIMITIVES : FAIR_DARTS_PRIMITIVES };
    for (const kind of CELL_KINDS) {
      const cell = discretize(shape, mixingWeights[kind].flat(), rule, threshold);
      expect(triples(cell)).toEqual(expected.entries[kind]);
      expect(cell.connectedNodes).toEqual(expected.connectedNodes[kind]);
      expect(cell.valid).toBe(expected.valid[kind]);
      const used = expected.connectedNodes[kind].length;
      expect(cell.degenerate).toBe(used === 1); // of 4 nodes
      expect(cell.reason === null).toBe(used >= 2);
    }
  });
});

describe('discretize', () => {
  it('never chooses none, and keeps at most two an edge or a node, whatever the rule', () => {
    fc.assert(
      fc.property(spaces, fc.constantFrom(...RULES), ({ shape, mixing }, rule) => {
        const { choices } = discretize(shape, mixing, rule, 0.5);
        expect(choices.map(({ primitive }) => primitive)).not.toContain('none');
        const places = choices.map(({ from, to }) => (rule === 'threshold_edge' ? `${from} ${to}` : `${to}`));
        for (const place of places) expect(places.filter((p) => p === place).length).toBeLessThanOrEqual(2);
        if (rule !== 'top2') for (const { weight } of choices) expect(weight).toBeGreaterThanOrEqual(0.5);
      }),
    );
  });

  it('keeps two operations a node by top2, and by threshold_sparse those of them that reach the threshold', () => {
    fc.assert(
      fc.property(spaces, ({ shape, mixing }) => {
        const top2 = discretize(shape, mixing, 'top2', null);
        const candidates = shape.primitives.some((p) => p !== 'none');
        expect(top2.choices).toHaveLength(candidates ? 2 * shape.nodes : 0);
        const sparse = discretize(shape, mixing, 'threshold_sparse', 0.5);
        expect(triples(sparse)).toEqual(triples({ ...top2, choices: top2.choices.filter((c) => c.weight >= 0.5) }));
      }),
    );
  });

  it('keeps a weight that equals the threshold', () => {
    const shape = { nodes: 1, primitives: ['skip_connect'] as const };
    for (const rule of ['threshold_sparse', 'threshold_edge'] as const) {
      expect(discretize(shape, [0.85, 0.85 - 1e-12], rule, 0.85).choices).toEqual([
        { primitive: 'skip_connect', from: 0, to: 2, weight: 0.85, runnerUp: 'threshold', margin: 0 },
      ]);
    }
  });

  describe('margins', () => {
    const shape = { nodes: 1, primitives: ['none', 'skip_connect', 'sep_conv_3x3', 'dil_conv_3x3'] as const };
    const mixing = [1, 0.5, 0.75, 0.625, 1, 0.25, 0.25, 0.875];

    it('are those to the next primitive of the edge, none left out', () => {
      const [first, second] = discretize(shape, mixing, 'top2', null).choices;
      expect(first).toMatchObject({ primitive: 'dil_conv_3x3', from: 1, margin: 0.625 });
      expect(first?.runnerUp).toEqual({ primitive: 'skip_connect', from: 1, to: 2, weight: 0.25 });
      expect(second).toMatchObject({ primitive: 'sep_conv_3x3', from: 0, margin: 0.125 });
    });

    it('are those to the third source where that is stronger', () => {
      const one = { nodes: 2, primitives: ['skip_connect'] as const };
      const { choices } = discretize(one, [0.5, 0.25, 0.75, 0.5, 0.625], 'top2', null);
      expect(choices.map(({ from, margin }) => [from, margin])).toEqual([
        [0, null],
        [1, null],
        [0, 0.25],
        [2, 0.125],
      ]);
    });

    it('are those to the threshold where nothing stronger is left out', () => {
      expect(discretize(shape, mixing, 'threshold_sparse', 0.75).choices).toMatchObject([
        { from: 1, runnerUp: 'threshold', margin: 0.125 },
        { from: 0, runnerUp: 'threshold', margin: 0 },
      ]);
      expect(discretize(shape, mixing, 'threshold_edge', 0.25).choices).toMatchObject([
        { from: 0, primitive: 'dil_conv_3x3', margin: 0.125, runnerUp: { primitive: 'skip_connect' } },
        { from: 0, primitive: 'sep_conv_3x3', margin: 0.25, runnerUp: { primitive: 'skip_connect' } },
        { from: 1, primitive: 'sep_conv_3x3', margin: 0, runnerUp: 'threshold' },
        { from: 1, primitive: 'dil_conv_3x3', margin: 0.625, runnerUp: 'threshold' },
      ]);
    });

    it('say how far a weight can fall before the choice changes', () => {
      const kept = (cell: DiscretizedCell): string[] => triples(cell).map(String).sort();
      fc.assert(
        fc.property(spaces, fc.constantFrom(...RULES), fc.nat(), ({ shape, mixing }, rule, pick) => {
          const cell = discretize(shape, mixing, rule, 0.5);
          const choice = cell.choices[pick % Math.max(1, cell.choices.length)];
          if (choice === undefined || choice.margin === null) return;
          expect(choice.margin).toBeGreaterThanOrEqual(0);
          const edges = cellEdges(shape.nodes);
          const row = edges.findIndex(({ from, to }) => from === choice.from && to === choice.to);
          const place = row * shape.primitives.length + shape.primitives.indexOf(choice.primitive);
          const lowered = (by: number) => discretize(shape, mixing.with(place, choice.weight - by), rule, 0.5);
          // Weights are multiples of 1/1000: less than that on either side decides.
          expect(kept(lowered(choice.margin - 1e-6))).toEqual(kept(cell));
          expect(kept(lowered(choice.margin + 1e-6))).not.toEqual(kept(cell));
        }),
      );
    });
  });

  describe('an invalid cell', () => {
    const shape = { nodes: 2, primitives: ['skip_connect', 'sep_conv_3x3'] as const };

    it('names the strongest operation where none reaches the threshold', () => {
      const mixing = [0.1, 0.2, 0.3, 0.1, 0.1, 0.51234567, 0, 0, 0, 0];
      expect(discretize(shape, mixing, 'threshold_sparse', 0.85)).toEqual({
        choices: [],
        connectedNodes: [],
        valid: false,
        degenerate: false,
        reason: 'no operation reaches the threshold 0.85: the strongest, sep_conv_3x3 from node 0 to 3, has 0.5123',
      });
    });

    it('names the first kept operation where all of them read absent nodes', () => {
      const mixing = [0, 0, 0, 0, 0, 0, 0, 0, 0.9, 0];
      expect(discretize(shape, mixing, 'threshold_sparse', 0.85)).toMatchObject({
        valid: false,
        reason: 'no kept operation starts at an input of the cell: the first is skip_connect from node 2 to 3',
      });
    });

    it('comes of a space with no primitive but none', () => {
      const none = { nodes: 1, primitives: ['none'] as const };
      expect(discretize(none, [1, 1], 'top2', null).reason).toBe('the space has no primitive but none');
    });
  });

  it('is degenerate with fewer than half of its nodes, which an activation must reach', () => {
    const cell = (nodes: number, kept: readonly (readonly [from: number, to: number])[]) => {
      const edges = cellEdges(nodes).map(({ from, to }) => kept.some(([a, b]) => a === from && b === to));
      return discretize({ nodes, primitives: ['skip_connect'] }, edges.map(Number), 'threshold_sparse', 0.5);
    };
    const one = cell(4, [
      [0, 2],
      [3, 4], // nothing feeds node 3
    ]);
    expect(one).toMatchObject({ valid: true, degenerate: true, reason: 'it uses 1 of 4 nodes' });
    expect(describeValidity(one)).toBe('degenerate: it uses 1 of 4 nodes');
    const half = cell(4, [
      [0, 2],
      [2, 5],
    ]);
    expect(half).toMatchObject({ valid: true, degenerate: false, reason: null });
    expect(describeValidity(half)).toBe('valid');
    expect(cell(3, [[1, 4]])).toMatchObject({ degenerate: true, reason: 'it uses 1 of 3 nodes' });
    for (const nodes of [1, 2]) expect(cell(nodes, [[0, 2]]).degenerate).toBe(false);
    const none = cell(4, []);
    expect(none).toMatchObject({ valid: false, degenerate: false });
    expect(describeValidity(none)).toMatch(/^invalid: no operation reaches the threshold/);
    expect(describeValidity({ ...none, reason: null })).toBe('invalid: no reason is recorded');
  });

  it('refuses what cannot be judged', () => {
    const shape = { nodes: 1, primitives: ['skip_connect'] as readonly Primitive[] };
    expect(() => discretize(shape, [1], 'top2', null)).toThrow('a cell of this space has 2 mixing weights, got 1');
    expect(() => discretize(shape, [0, Number.NaN], 'top2', null)).toThrow(
      'mixing weights must be finite, got NaN for skip_connect from node 1 to 2',
    );
    expect(() => discretize(shape, [0, 0], 'threshold_edge', null)).toThrow(
      'the rule threshold_edge needs a threshold, got null',
    );
  });
});

describe('discretizeColumns', () => {
  const { normal } = findSpace('s1', 4);

  it('keeps what each edge offers, where edges differ', () => {
    // The second column everywhere: 12 of the 14 edges have a convolution there.
    const mixing = Float64Array.from({ length: 28 }, (_, i) => (i % 2 === 1 ? 0.75 : 0.25) - i / 1000);
    const { choices } = discretizeColumns(normal, mixing, 'top2', null);
    expect(choices.map(({ primitive, from, to }) => [primitive, from, to])).toEqual([
      ['dil_conv_3x3', 0, 2],
      ['dil_conv_5x5', 1, 2],
      ['dil_conv_5x5', 0, 3],
      ['sep_conv_3x3', 1, 3],
      ['skip_connect', 0, 4],
      ['sep_conv_3x3', 1, 4],
      ['sep_conv_3x3', 0, 5],
      ['skip_connect', 1, 5],
    ]);
  });

  it('keeps noise where it is the strongest', () => {
    const { choices, valid } = discretizeColumns(
      findSpace('s4', 4).normal,
      Float64Array.from({ length: 28 }, (_, i) => (i % 2 === 0 ? 0.75 : 0.25)),
      'top2',
      null,
    );
    expect(new Set(choices.map(({ primitive }) => primitive))).toEqual(new Set(['noise']));
    expect(valid).toBe(true);
  });

  it.each(METHOD_UNITS.derive.operationsOfNode)('keeps pairs as GDAS does: $entries', ({ ops, alphas, entries }) => {
    const { normal: columns } = repeatColumns(4, ops);
    const { choices } = discretizeColumns(columns, softmaxRows(alphas.flat(), ops.length), 'pairs', null);
    expect(choices.map(({ primitive, from }) => [primitive, from])).toEqual(entries);
  });

  it('lets pairs stand on one edge, and tells their margins to the node’s third', () => {
    const { normal: columns } = repeatColumns(1, ['none', 'skip_connect', 'sep_conv_3x3'] as const);
    const { choices } = discretizeColumns(columns, [1, 0.5, 0.75, 1, 0.25, 0.375], 'pairs', null);
    const runnerUp = { primitive: 'sep_conv_3x3', from: 1, to: 2, weight: 0.375 };
    expect(choices).toEqual([
      { primitive: 'sep_conv_3x3', from: 0, to: 2, weight: 0.75, runnerUp, margin: 0.375 },
      { primitive: 'skip_connect', from: 0, to: 2, weight: 0.5, runnerUp, margin: 0.125 },
    ]);
    const single = discretizeColumns(repeatColumns(1, ['skip_connect']).normal, [0.5, 0.5], 'pairs', null);
    expect(single.choices.map(({ from, margin }) => [from, margin])).toEqual([
      [0, null],
      [1, null],
    ]);
  });

  it('refuses a number of edges that no cell has', () => {
    for (let nodes = 1; nodes <= 10; nodes++) expect(nodeCount(edgeCount(nodes))).toBe(nodes);
    expect(() => discretizeColumns([['none'], ['none'], ['none']], [1, 1, 1], 'top2', null)).toThrow(
      'a cell has 2, 5, 9, 14, ... edges, got 3',
    );
  });
});

describe('connectedNodes', () => {
  const entry = (from: number, to: number) => ({ primitive: 'skip_connect', from, to }) as const;

  it('follows chains from the inputs in any order of entries, and stops at absent nodes', () => {
    expect(connectedNodes([entry(3, 5), entry(0, 3), entry(4, 6), entry(3, 6), entry(2, 4)])).toEqual([3, 5, 6]);
    expect(connectedNodes([entry(2, 3)])).toEqual([]);
    expect(connectedNodes([])).toEqual([]);
  });
});
